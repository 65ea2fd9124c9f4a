DROP TABLE fjgov_mount;
