DROP TABLE fjgov_mail_declined;
DROP TABLE fjgov_mail_server;
DROP TABLE fjgov_mail;
ALTER TABLE fjgov_notice DROP COLUMN mailed;
DROP TABLE fjgov_system_token;
DROP FUNCTION fjgov_keep_token();
ALTER TABLE fjgov_grant DROP CONSTRAINT fjgov_grant_holder;
ALTER TABLE fjgov_grant DROP COLUMN system;
