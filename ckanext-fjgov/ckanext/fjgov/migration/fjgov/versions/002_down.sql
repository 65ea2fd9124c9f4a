ALTER TABLE fjgov_node DROP COLUMN allow;
ALTER TABLE fjgov_counter ADD COLUMN reserved bigint NOT NULL DEFAULT 0;
ALTER TABLE fjgov_head ADD COLUMN reserved bigint NOT NULL DEFAULT 0;
DROP TABLE fjgov_checkpoint;
