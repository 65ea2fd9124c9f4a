DROP TABLE fjgov_system_token;
DROP FUNCTION fjgov_keep_token();
ALTER TABLE fjgov_grant DROP CONSTRAINT fjgov_grant_holder;
ALTER TABLE fjgov_grant DROP COLUMN system;
