DROP TABLE fjgov_work_notice;
