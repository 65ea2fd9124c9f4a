DROP TABLE fjgov_batch_result;
DROP TABLE fjgov_batch;
