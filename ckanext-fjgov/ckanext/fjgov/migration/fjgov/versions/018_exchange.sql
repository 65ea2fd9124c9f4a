-- Tables that resources are mounted as (库表挂接); their rows are in the datastore.
CREATE TABLE fjgov_mount (
    resource text PRIMARY KEY,
    entry    text NOT NULL,
    columns  jsonb NOT NULL,
    rows     bigint NOT NULL,
    version  bigint NOT NULL CHECK (version > 0),
    at       timestamptz NOT NULL
);
CREATE INDEX fjgov_mount_entry ON fjgov_mount (entry);
