DROP TABLE fjgov_upload;
