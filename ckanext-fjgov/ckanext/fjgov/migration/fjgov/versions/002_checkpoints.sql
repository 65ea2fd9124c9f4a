-- What the digest of this node's own catalog was at each head that a reader may have seen. A
-- cursor whose digest differs belongs to another history: the database was restored.
CREATE TABLE fjgov_checkpoint (
    seq    bigint PRIMARY KEY,
    digest text NOT NULL
);

-- The mark outside the database is exact now; blocks could be issued twice after a restore.
ALTER TABLE fjgov_head DROP COLUMN reserved;
ALTER TABLE fjgov_counter DROP COLUMN reserved;

-- Intranet targets that a node's own address may have, `host-or-network:port`.
ALTER TABLE fjgov_node ADD COLUMN allow jsonb NOT NULL DEFAULT '[]';
