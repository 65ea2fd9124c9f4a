DROP TABLE fjgov_reference;
