DROP TABLE fjgov_kept_file;
