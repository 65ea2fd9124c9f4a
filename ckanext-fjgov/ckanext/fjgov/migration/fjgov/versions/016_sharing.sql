-- What is asked for while an application (申请书) is a draft; what was submitted is in its events.
CREATE TABLE fjgov_application (
    node     text NOT NULL,
    number   text NOT NULL,
    form     integer NOT NULL,
    title    text NOT NULL,
    terms    jsonb NOT NULL,
    author   text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (node, number),
    FOREIGN KEY (node, number) REFERENCES fjgov_case (node, number)
);

-- What a grant gives; it never changes. What became of it is the state of its case.
CREATE TABLE fjgov_grant (
    node        text NOT NULL,
    number      text NOT NULL,
    application text NOT NULL,
    entry       text NOT NULL,
    title       text NOT NULL,
    items       text[] NOT NULL CHECK (items <> '{}'),
    mode        text NOT NULL,
    purpose     text NOT NULL,
    business    text NOT NULL,
    unit        text NOT NULL,
    users       text[] NOT NULL DEFAULT '{}',
    starts      timestamptz NOT NULL,
    until       timestamptz NOT NULL CHECK (until > starts),
    PRIMARY KEY (node, number),
    FOREIGN KEY (node, number) REFERENCES fjgov_case (node, number),
    FOREIGN KEY (node, application) REFERENCES fjgov_case (node, number)
);
CREATE INDEX fjgov_grant_entry ON fjgov_grant (entry, unit);
CREATE INDEX fjgov_grant_until ON fjgov_grant (until);
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_grant
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
