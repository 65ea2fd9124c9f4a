DROP TABLE fjgov_processing_input;
DROP TABLE fjgov_processing;
