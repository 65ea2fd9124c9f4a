ALTER TABLE fjgov_grant DROP COLUMN share_class;
