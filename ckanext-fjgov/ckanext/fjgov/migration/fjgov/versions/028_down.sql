DROP TABLE fjgov_stream_member, fjgov_stream;
