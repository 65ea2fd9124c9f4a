DROP TABLE fjgov_indicator_signature;
