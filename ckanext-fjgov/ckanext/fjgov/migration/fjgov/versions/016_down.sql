DROP TABLE fjgov_grant;
DROP TABLE fjgov_application;
