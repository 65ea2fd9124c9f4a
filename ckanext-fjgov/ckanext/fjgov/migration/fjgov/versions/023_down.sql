DROP TABLE fjgov_mount_run;
