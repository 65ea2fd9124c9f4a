-- Cases (办理事项): the head is the latest state, the events are what happened and never change.
CREATE TABLE fjgov_case (
    node       text NOT NULL,
    number     text NOT NULL,
    kind       text NOT NULL,
    subject    text NOT NULL,
    state      text NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    is_open    boolean NOT NULL,
    opened_at  timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    turn_unit  text,
    turn_roles text[] NOT NULL DEFAULT '{}',
    turn_except text NOT NULL DEFAULT '',
    PRIMARY KEY (node, number)
);
-- One open case of a kind for one subject.
CREATE UNIQUE INDEX fjgov_case_subject ON fjgov_case (kind, subject) WHERE is_open;
CREATE INDEX fjgov_case_any_subject ON fjgov_case (subject);
CREATE INDEX fjgov_case_turn ON fjgov_case (turn_unit, changed_at) WHERE turn_unit IS NOT NULL;

CREATE TABLE fjgov_case_number (
    prefix text    NOT NULL,
    year   integer NOT NULL,
    last   bigint  NOT NULL,
    PRIMARY KEY (prefix, year)
);

CREATE TABLE fjgov_case_party (
    node       text NOT NULL,
    number     text NOT NULL,
    position   integer NOT NULL,
    role       text NOT NULL,
    party_node text NOT NULL,
    unit       text NOT NULL,
    body       text NOT NULL,
    PRIMARY KEY (node, number, position),
    FOREIGN KEY (node, number) REFERENCES fjgov_case (node, number),
    CHECK ((unit = '') <> (body = ''))
);
CREATE INDEX fjgov_case_party_unit ON fjgov_case_party (unit);

CREATE TABLE fjgov_case_event (
    node        text NOT NULL,
    number      text NOT NULL,
    seq         integer NOT NULL,
    name        text NOT NULL,
    before      text NOT NULL,
    after       text NOT NULL,
    at          timestamptz NOT NULL,
    user_id     text NOT NULL,
    unit        text NOT NULL,
    role        text NOT NULL,
    appointment bigint,
    level       text NOT NULL,
    certificate text,
    article     text NOT NULL,
    reason      text NOT NULL,
    payload     jsonb NOT NULL,
    PRIMARY KEY (node, number, seq),
    FOREIGN KEY (node, number) REFERENCES fjgov_case (node, number)
);

CREATE FUNCTION fjgov_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the history of a case is append-only', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_case_event
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();

CREATE TABLE fjgov_case_clock (
    node        text NOT NULL,
    number      text NOT NULL,
    position    integer NOT NULL,
    name        text NOT NULL,
    article     text NOT NULL,
    owner       text NOT NULL,
    days        integer NOT NULL,
    started     timestamptz NOT NULL,
    last_day    date NOT NULL,
    due_at      timestamptz NOT NULL,
    calendar    text NOT NULL,
    provisional boolean NOT NULL,
    pauses      jsonb NOT NULL DEFAULT '[]',
    is_running  boolean NOT NULL,
    done        timestamptz,
    lapsed      timestamptz,
    PRIMARY KEY (node, number, position),
    FOREIGN KEY (node, number) REFERENCES fjgov_case (node, number)
);
CREATE INDEX fjgov_case_clock_due ON fjgov_case_clock (due_at) WHERE is_running;

-- One row for one recipient; those of other nodes wait here until the nodes exchange cases.
CREATE TABLE fjgov_case_delivery (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node       text NOT NULL,
    number     text NOT NULL,
    seq        integer NOT NULL,
    role       text NOT NULL,
    party_node text NOT NULL,
    unit       text NOT NULL,
    body       text NOT NULL,
    sent       timestamptz NOT NULL,
    received   timestamptz,
    proof      text NOT NULL DEFAULT '',
    FOREIGN KEY (node, number, seq) REFERENCES fjgov_case_event (node, number, seq)
);
CREATE INDEX fjgov_case_delivery_case ON fjgov_case_delivery (node, number);
CREATE INDEX fjgov_case_delivery_waiting ON fjgov_case_delivery (id) WHERE received IS NULL;

CREATE TABLE fjgov_notice (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node    text NOT NULL,
    number  text NOT NULL,
    seq     integer NOT NULL,
    unit    text NOT NULL,
    roles   text[] NOT NULL,
    user_id text NOT NULL,
    at      timestamptz NOT NULL,
    FOREIGN KEY (node, number, seq) REFERENCES fjgov_case_event (node, number, seq),
    CHECK ((user_id = '') = (roles <> '{}'))
);
CREATE INDEX fjgov_notice_unit ON fjgov_notice (unit, id DESC);
CREATE INDEX fjgov_notice_user ON fjgov_notice (user_id, id DESC) WHERE user_id <> '';

-- The revision of a listed entry that is being made or reviewed; the listed one stays as it is.
CREATE TABLE fjgov_revision (
    package_id text PRIMARY KEY REFERENCES package (id) ON DELETE CASCADE,
    candidate  jsonb NOT NULL,
    base_hash  text NOT NULL,
    author     text NOT NULL,
    saved_at   timestamptz NOT NULL,
    -- Real addresses that come with it, as rows of record, field and address.
    addresses  jsonb NOT NULL DEFAULT '[]'
);

CREATE TABLE fjgov_notice_read (
    notice_id bigint NOT NULL REFERENCES fjgov_notice (id),
    user_id   text NOT NULL,
    read_at   timestamptz NOT NULL,
    PRIMARY KEY (notice_id, user_id)
);
CREATE INDEX fjgov_notice_read_user ON fjgov_notice_read (user_id);
