-- Jobs of processing to order (定制加工), and the tables that each reads.
CREATE TABLE fjgov_processing (
    id         integer GENERATED ALWAYS AS IDENTITY UNIQUE,
    number     text PRIMARY KEY,
    title      text NOT NULL,
    author     text NOT NULL,
    unit       text NOT NULL,
    level      text NOT NULL,
    spec       jsonb NOT NULL,
    state      text NOT NULL DEFAULT 'queued' CHECK (state IN
               ('queued', 'running', 'done', 'failed', 'cancelled', 'expired')),
    cancelled  boolean NOT NULL DEFAULT false,
    job        text NOT NULL,
    attempts   integer NOT NULL DEFAULT 0,
    done       bigint NOT NULL DEFAULT 0,
    total      bigint NOT NULL DEFAULT 0,
    folder     text NOT NULL DEFAULT '',
    report     jsonb,
    problem    jsonb,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    changed_at timestamptz NOT NULL,
    ended_at   timestamptz,
    keep_until timestamptz
);
CREATE INDEX fjgov_processing_unit ON fjgov_processing (unit, created_at DESC);
CREATE INDEX fjgov_processing_live ON fjgov_processing (state, changed_at)
    WHERE state IN ('queued', 'running', 'done');

CREATE TABLE fjgov_processing_input (
    number   text NOT NULL REFERENCES fjgov_processing ON DELETE CASCADE,
    place    integer NOT NULL,
    grant_no text NOT NULL,
    entry    text NOT NULL,
    resource text NOT NULL,
    title    text NOT NULL,
    PRIMARY KEY (number, place)
);
