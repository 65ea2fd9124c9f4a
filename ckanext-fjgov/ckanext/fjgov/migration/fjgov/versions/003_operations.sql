-- How a node is operated: its schedule, a pause, and what its log's end was when last asked.
CREATE TABLE fjgov_operation (
    node          text PRIMARY KEY REFERENCES fjgov_node (code) ON DELETE CASCADE,
    rule          text NOT NULL DEFAULT '',
    next_due      timestamptz,
    set_by        text,
    set_at        timestamptz,
    skipped_at    timestamptz,
    skipped_zh    text,
    skipped_en    text,
    paused_at     timestamptz,
    paused_by     text,
    paused_reason text,
    head_seq      bigint,
    head_at       timestamptz,
    oldest_at     timestamptz,
    CHECK ((rule = '') = (next_due IS NULL))
);

-- What a run is to do and who ended it stand beside it: the queue in Redis may be lost.
ALTER TABLE fjgov_sync_run ADD COLUMN trigger text NOT NULL DEFAULT 'person';
ALTER TABLE fjgov_sync_run ADD COLUMN options jsonb NOT NULL DEFAULT '{}';
ALTER TABLE fjgov_sync_run ADD COLUMN handed_at timestamptz;
ALTER TABLE fjgov_sync_run ADD COLUMN cancel_at timestamptz;
ALTER TABLE fjgov_sync_run ADD COLUMN cancel_by text;
ALTER TABLE fjgov_sync_run ADD COLUMN cancel_reason text;
CREATE INDEX fjgov_sync_run_open ON fjgov_sync_run (node) WHERE state IN ('queued', 'running');
CREATE INDEX fjgov_sync_run_queued_at ON fjgov_sync_run (queued_at DESC);

-- A run that the shrink guard stopped waits for a person, who decides on exactly this list.
CREATE TABLE fjgov_review (
    run_id     text PRIMARY KEY REFERENCES fjgov_sync_run (id) ON DELETE CASCADE,
    node       text NOT NULL REFERENCES fjgov_node (code) ON DELETE CASCADE,
    opened_at  timestamptz NOT NULL,
    digest     text NOT NULL,
    listed     integer NOT NULL,
    is_complete boolean NOT NULL,
    decision   text NOT NULL DEFAULT 'open'
        CHECK (decision IN ('open', 'approved', 'refused', 'superseded')),
    decided_at timestamptz,
    decided_by text,
    reason     text
);
CREATE UNIQUE INDEX fjgov_review_open ON fjgov_review (node) WHERE decision = 'open';

CREATE TABLE fjgov_review_record (
    run_id   text NOT NULL REFERENCES fjgov_review (run_id) ON DELETE CASCADE,
    position integer NOT NULL,
    kind     text NOT NULL,
    key      text NOT NULL,
    title    text NOT NULL,
    unit     text NOT NULL,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE fjgov_alarm (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node      text NOT NULL REFERENCES fjgov_node (code) ON DELETE CASCADE,
    kind      text NOT NULL,
    run_id    text REFERENCES fjgov_sync_run (id) ON DELETE SET NULL,
    zh        text NOT NULL,
    en        text NOT NULL,
    opened_at timestamptz NOT NULL,
    seen_at   timestamptz NOT NULL,
    closed_at timestamptz,
    acknowledged_at timestamptz,
    acknowledged_by text,
    note      text
);
CREATE UNIQUE INDEX fjgov_alarm_open ON fjgov_alarm (node, kind) WHERE closed_at IS NULL;
CREATE INDEX fjgov_alarm_opened ON fjgov_alarm (opened_at DESC);

-- When the scheduler was last at work, and when it last removed old rows.
CREATE TABLE fjgov_scheduler (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    ticked_at  timestamptz,
    cleaned_at timestamptz
);
INSERT INTO fjgov_scheduler DEFAULT VALUES;
