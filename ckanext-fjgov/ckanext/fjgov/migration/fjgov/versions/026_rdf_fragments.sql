-- RDF of each record as each kind of reader may have it, and how far it follows the log of changes.
CREATE TABLE fjgov_rdf_fragment (
    audience text  NOT NULL,
    node     text  NOT NULL,
    kind     text  NOT NULL,
    key      text  NOT NULL,
    triples  bytea NOT NULL,
    PRIMARY KEY (audience, node, kind, key)
);
-- They are compressed already.
ALTER TABLE fjgov_rdf_fragment ALTER COLUMN triples SET STORAGE EXTERNAL;

CREATE TABLE fjgov_rdf_state (
    audience text        PRIMARY KEY,
    version  text        NOT NULL,
    epoch    text        NOT NULL,
    seq      bigint      NOT NULL,
    at       timestamptz NOT NULL
);
