-- Change log (design: one log under every write). One row per record holds its latest state.
CREATE TABLE fjgov_change_note (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    record_id  text NOT NULL
);

CREATE TABLE fjgov_change (
    node        text   NOT NULL,
    kind        text   NOT NULL,
    key         text   NOT NULL,
    record_id   text,
    seq         bigint NOT NULL UNIQUE,
    op          text   NOT NULL CHECK (op IN ('put', 'del')),
    hash        text   NOT NULL,
    bytes       bytea,
    bucket      text   NOT NULL,
    reason      text,
    replaced_by text,
    changed_at  timestamptz NOT NULL,
    PRIMARY KEY (node, kind, key),
    CHECK ((op = 'put') = (bytes IS NOT NULL))
);
CREATE INDEX fjgov_change_record ON fjgov_change (record_id);
CREATE INDEX fjgov_change_node_seq ON fjgov_change (node, seq);
CREATE INDEX fjgov_change_bucket ON fjgov_change (node, bucket) WHERE op = 'put';

CREATE TABLE fjgov_head (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch    text   NOT NULL,
    seq      bigint NOT NULL,
    reserved bigint NOT NULL
);

CREATE TABLE fjgov_digest (
    node   text NOT NULL,
    bucket text NOT NULL,
    total  numeric(78, 0) NOT NULL,
    count  bigint NOT NULL,
    PRIMARY KEY (node, bucket)
);

-- Real addresses live here and nowhere else. record_id is a resource id or, for fields of the
-- entry itself, the package id.
CREATE TABLE fjgov_address (
    record_id  text NOT NULL,
    field      text NOT NULL,
    package_id text NOT NULL REFERENCES package (id) ON DELETE CASCADE,
    address    text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (record_id, field)
);
CREATE INDEX fjgov_address_package ON fjgov_address (package_id);

-- Rule R2: one live record of a unit for one normalised title.
CREATE TABLE fjgov_title (
    package_id text PRIMARY KEY REFERENCES package (id) ON DELETE CASCADE,
    owner_org  text NOT NULL,
    title      text NOT NULL,
    UNIQUE (owner_org, title)
);

-- Counters behind the identifiers that this node issues, and every identifier in use.
CREATE TABLE fjgov_counter (
    kind     text   NOT NULL,
    prefix   text   NOT NULL,
    last     bigint NOT NULL,
    reserved bigint NOT NULL,
    PRIMARY KEY (kind, prefix)
);

CREATE TABLE fjgov_identifier (
    kind       text NOT NULL,
    identifier text NOT NULL,
    record_id  text NOT NULL,
    issued_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, identifier)
);
CREATE INDEX fjgov_identifier_record ON fjgov_identifier (record_id);

-- Nodes, runs, and records that a run could not take.
CREATE TABLE fjgov_node (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    level        text NOT NULL,
    parent       text,
    address      text NOT NULL DEFAULT '',
    scope        jsonb NOT NULL DEFAULT '{}',
    prefixes     jsonb NOT NULL DEFAULT '[]',
    keys         jsonb NOT NULL DEFAULT '[]',
    profile      text NOT NULL DEFAULT 'strict',
    state        text NOT NULL DEFAULT 'active',
    cursor_epoch text,
    cursor_seq   bigint NOT NULL DEFAULT 0,
    cursor_digest text,
    verified_at  timestamptz,
    registered_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE fjgov_sync_run (
    id          text PRIMARY KEY,
    node        text NOT NULL REFERENCES fjgov_node (code),
    state       text NOT NULL,
    requested_by text,
    queued_at   timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    heartbeat_at timestamptz,
    finished_at timestamptz,
    report      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX fjgov_sync_run_node ON fjgov_sync_run (node, queued_at DESC);

CREATE TABLE fjgov_sync_issue (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id  text NOT NULL REFERENCES fjgov_sync_run (id) ON DELETE CASCADE,
    kind    text NOT NULL,
    key     text NOT NULL,
    outcome text NOT NULL,
    reasons jsonb NOT NULL
);
CREATE INDEX fjgov_sync_issue_run ON fjgov_sync_issue (run_id);

-- A record that another node lists and this one does not take, with the reasons. It is part of
-- what the digest comparison expects, so that a refusal does not hide a loss.
CREATE TABLE fjgov_held (
    node    text NOT NULL REFERENCES fjgov_node (code),
    kind    text NOT NULL,
    key     text NOT NULL,
    hash    text NOT NULL,
    bucket  text NOT NULL,
    reasons jsonb NOT NULL,
    held_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (node, kind, key)
);

CREATE TABLE fjgov_index_outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    package_id text NOT NULL
);

CREATE TABLE fjgov_nonce (
    node    text NOT NULL,
    nonce   text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (node, nonce)
);
CREATE INDEX fjgov_nonce_seen ON fjgov_nonce (seen_at);

-- Who may act for a unit, with the document that says so (Articles 16, 18 and 24).
CREATE TABLE fjgov_appointment (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     text NOT NULL,
    unit_id     text NOT NULL,
    role        text NOT NULL,
    document    text NOT NULL DEFAULT '',
    valid_from  date NOT NULL,
    valid_until date,
    appointed_by text NOT NULL,
    appointed_at timestamptz NOT NULL DEFAULT now(),
    CHECK (valid_until IS NULL OR valid_until >= valid_from)
);
CREATE INDEX fjgov_appointment_user ON fjgov_appointment (user_id);
CREATE UNIQUE INDEX fjgov_appointment_open
    ON fjgov_appointment (user_id, unit_id, role) WHERE valid_until IS NULL;

-- Append-only audit (Article 36): each row carries the hash of the one before it.
CREATE TABLE fjgov_audit (
    seq       bigint PRIMARY KEY,
    at        timestamptz NOT NULL,
    event     text NOT NULL,
    actor     text NOT NULL,
    row_bytes bytea NOT NULL,
    hash      text NOT NULL
);

CREATE TABLE fjgov_finding (
    package_id text NOT NULL REFERENCES package (id) ON DELETE CASCADE,
    position   integer NOT NULL,
    rule       text NOT NULL,
    field      text NOT NULL,
    severity   text NOT NULL,
    zh         text NOT NULL,
    en         text NOT NULL,
    PRIMARY KEY (package_id, position)
);

INSERT INTO fjgov_head (epoch, seq, reserved) VALUES (gen_random_uuid()::text, 0, 0);
