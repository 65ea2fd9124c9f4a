-- A foreign source is a node whose log is kept here: what its catalog said at the last complete
-- reading, one row a record, with sequence numbers and tombstones of its own.
ALTER TABLE fjgov_node ADD COLUMN kind text NOT NULL DEFAULT 'fjgov';

CREATE TABLE fjgov_source (
    node          text PRIMARY KEY REFERENCES fjgov_node (code),
    definition    text NOT NULL,
    consent_from  date NOT NULL,
    consent_until date NOT NULL,
    added_by      text NOT NULL,
    added_at      timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    ended_by      text,
    end_reason    text NOT NULL DEFAULT '',
    epoch         text NOT NULL DEFAULT gen_random_uuid()::text,
    seq           bigint NOT NULL DEFAULT 0,
    digest        text NOT NULL DEFAULT repeat('0', 64) || chr(58) || '0',
    reading       jsonb NOT NULL DEFAULT '{}',
    read_at       timestamptz,
    CHECK (consent_until >= consent_from)
);

-- An identifier (信息资源标识符) belongs to a remote record for ever, whatever becomes of the source.
CREATE TABLE fjgov_source_binding (
    source     text NOT NULL,
    remote_id  text NOT NULL,
    identifier text NOT NULL UNIQUE,
    bound_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, remote_id)
);

-- The latest state of each record. Real addresses are kept beside the record, never in its bytes.
CREATE TABLE fjgov_source_record (
    source     text   NOT NULL,
    kind       text   NOT NULL,
    key        text   NOT NULL,
    record_id  text   NOT NULL,
    remote_id  text   NOT NULL,
    seq        bigint NOT NULL,
    op         text   NOT NULL CHECK (op IN ('put', 'del')),
    hash       text   NOT NULL,
    bytes      bytea,
    bucket     text   NOT NULL,
    addresses  jsonb  NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (source, kind, key),
    CHECK ((op = 'put') = (bytes IS NOT NULL))
);
CREATE UNIQUE INDEX fjgov_source_record_seq ON fjgov_source_record (source, seq);
CREATE INDEX fjgov_source_record_bucket ON fjgov_source_record (source, bucket) WHERE op = 'put';
CREATE INDEX fjgov_source_record_id ON fjgov_source_record (record_id);

-- What a reading has seen so far; it becomes the log in one step when the listing is complete.
CREATE UNLOGGED TABLE fjgov_source_staged (
    source    text  NOT NULL,
    kind      text  NOT NULL,
    key       text  NOT NULL,
    record_id text  NOT NULL,
    remote_id text  NOT NULL,
    hash      text  NOT NULL,
    bytes     bytea NOT NULL,
    bucket    text  NOT NULL,
    addresses jsonb NOT NULL,
    PRIMARY KEY (source, kind, key)
);
