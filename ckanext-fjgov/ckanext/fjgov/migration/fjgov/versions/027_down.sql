DROP TABLE fjgov_call;
