DROP TABLE fjgov_grant_fetched;
DROP TABLE fjgov_grant_spent;
ALTER TABLE fjgov_grant DROP COLUMN filter, DROP COLUMN quota;
