ALTER TABLE fjgov_change ALTER COLUMN bytes SET COMPRESSION pglz;
ALTER TABLE fjgov_change_note DROP COLUMN tx;
