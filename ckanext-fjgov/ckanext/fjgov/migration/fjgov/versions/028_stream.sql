-- What readers of each whole-catalog document were told of changes, as a stream that is only added
-- to. Pages of it are kept by readers for ever: a stream that cannot go on begins anew under
-- another id.
CREATE TABLE fjgov_stream (
    id        text        PRIMARY KEY,
    audience  text        NOT NULL UNIQUE,
    form      text        NOT NULL,
    page_size integer     NOT NULL CHECK (page_size > 0),
    begun     timestamptz NOT NULL
);

CREATE TABLE fjgov_stream_member (
    stream  text        NOT NULL REFERENCES fjgov_stream ON DELETE CASCADE,
    number  bigint      NOT NULL,
    node    text        NOT NULL,
    kind    text        NOT NULL,
    key     text        NOT NULL,
    subject text        NOT NULL,
    change  text        NOT NULL CHECK (change IN ('create', 'update', 'delete')),
    hash    text        NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE INDEX fjgov_stream_member_record
    ON fjgov_stream_member (stream, node, kind, key, number DESC);
CREATE TRIGGER fjgov_append_only BEFORE UPDATE ON fjgov_stream_member
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
