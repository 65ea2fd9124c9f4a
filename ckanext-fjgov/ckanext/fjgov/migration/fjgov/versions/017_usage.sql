-- Uses of information (使用记录): a record before the first byte and one after the last.
CREATE TABLE fjgov_use_event (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    use      uuid NOT NULL,
    phase    text NOT NULL CHECK (phase IN ('begin', 'end')),
    at       timestamptz NOT NULL,
    user_id  text NOT NULL,
    unit     text NOT NULL,
    provider text NOT NULL,
    entry    text NOT NULL,
    resource text NOT NULL,
    grant_no text NOT NULL,
    mode     text NOT NULL,
    level    text NOT NULL,
    size     bigint,
    outcome  text NOT NULL DEFAULT '',
    UNIQUE (use, phase)
);
CREATE INDEX fjgov_use_event_provider ON fjgov_use_event (provider, id DESC) WHERE phase = 'begin';
CREATE INDEX fjgov_use_event_unit ON fjgov_use_event (unit, id DESC)
    WHERE phase = 'begin' AND unit <> '';
CREATE INDEX fjgov_use_event_grant ON fjgov_use_event (grant_no, id DESC)
    WHERE phase = 'begin' AND grant_no <> '';

-- Records that no seal covers yet.
CREATE TABLE fjgov_use_pending (
    event bigint PRIMARY KEY REFERENCES fjgov_use_event (id)
);

CREATE TABLE fjgov_use_seal (
    number   bigint PRIMARY KEY,
    at       timestamptz NOT NULL,
    events   bigint[] NOT NULL,
    digests  text[] NOT NULL,
    previous text NOT NULL,
    hash     text NOT NULL
);

CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_use_event
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_use_seal
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
