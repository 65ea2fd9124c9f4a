DROP TABLE fjgov_use_seal;
DROP TABLE fjgov_use_pending;
DROP TABLE fjgov_use_event;
