ALTER TABLE fjgov_upload DROP COLUMN directory;
