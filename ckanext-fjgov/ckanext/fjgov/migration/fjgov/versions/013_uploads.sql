-- Workbooks handed in on the portal: the file as it came, what its check and its import said, and
-- the copy with the marks.  A job names the row; all it does is written here.
CREATE TABLE fjgov_upload (
    id         text PRIMARY KEY,
    unit_id    text NOT NULL,
    user_id    text NOT NULL,
    filename   text NOT NULL,
    bytes      integer NOT NULL,
    content    bytea NOT NULL,
    target     text NOT NULL CHECK (target IN ('draft', 'active')),
    state      text NOT NULL CHECK (state IN (
                   'checking', 'marking', 'checked', 'refused', 'importing', 'imported', 'failed')),
    job        text NOT NULL,
    done       integer NOT NULL DEFAULT 0,
    total      integer,
    counts     jsonb NOT NULL DEFAULT '{}',
    report     jsonb,
    marked     bytea,
    problem    text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX fjgov_upload_unit ON fjgov_upload (unit_id, created_at DESC);
