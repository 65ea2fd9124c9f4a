-- Each time that a resource was mounted, refreshed or taken out of the exchange (挂接), and what came
-- of it.  A job names its row; a file that was handed in lies in the storage folder until then.
CREATE TABLE fjgov_mount_run (
    id         text PRIMARY KEY,
    seq        bigserial NOT NULL,
    resource   text NOT NULL,
    entry      text NOT NULL,
    unit_id    text NOT NULL,
    user_id    text NOT NULL,
    kind       text NOT NULL CHECK (kind IN ('table', 'file', 'service')),
    source     text NOT NULL CHECK (source IN ('upload', 'fetch', '')),
    filename   text NOT NULL,
    bytes      bigint NOT NULL DEFAULT 0,
    options    jsonb NOT NULL,
    state      text NOT NULL CHECK (state IN (
                   'waiting', 'reading', 'checked', 'mounted', 'refused', 'failed', 'unmounted')),
    job        text NOT NULL,
    done       bigint NOT NULL DEFAULT 0,
    version    bigint,
    report     jsonb NOT NULL DEFAULT '{}',
    problem    text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL
);

CREATE INDEX fjgov_mount_run_resource ON fjgov_mount_run (resource, seq DESC);
CREATE INDEX fjgov_mount_run_entry ON fjgov_mount_run (entry);
-- Of two who begin at once, one is refused.
CREATE UNIQUE INDEX fjgov_mount_run_one ON fjgov_mount_run (resource)
    WHERE state IN ('waiting', 'reading');
