DROP TABLE fjgov_source_staged;
DROP TABLE fjgov_source_record;
DROP TABLE fjgov_source_binding;
DROP TABLE fjgov_source;
ALTER TABLE fjgov_node DROP COLUMN kind;
