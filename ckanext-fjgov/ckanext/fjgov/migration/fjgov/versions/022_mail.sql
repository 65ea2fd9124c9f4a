-- Notices by e-mail: what was told before this table is not mailed.
ALTER TABLE fjgov_notice ADD COLUMN mailed timestamptz;
UPDATE fjgov_notice SET mailed = now();
CREATE INDEX fjgov_notice_mailed ON fjgov_notice (id) WHERE mailed IS NULL;

-- One row for one notice and person; it is handed to the mail server once at most.
CREATE TABLE fjgov_mail (
    notice_id bigint NOT NULL REFERENCES fjgov_notice (id),
    user_id   text NOT NULL,
    state     text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'failed', 'dropped')),
    tries     integer NOT NULL DEFAULT 0,
    made_at   timestamptz NOT NULL,
    next_at   timestamptz NOT NULL,
    error     text NOT NULL DEFAULT '',
    PRIMARY KEY (notice_id, user_id)
);
CREATE INDEX fjgov_mail_waiting ON fjgov_mail (next_at) WHERE state = 'waiting';

-- How the mail server answers: one row while it does not.
CREATE TABLE fjgov_mail_server (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    failures integer NOT NULL,
    next_at  timestamptz NOT NULL,
    error    text NOT NULL
);

-- Who wants no mail.
CREATE TABLE fjgov_mail_declined (
    user_id text PRIMARY KEY,
    at      timestamptz NOT NULL
);
