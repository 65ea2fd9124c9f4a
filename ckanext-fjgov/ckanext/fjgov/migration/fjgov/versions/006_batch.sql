-- A call of `fjgov_entry_register` with a key: what was sent, and what became of each entry. A
-- result is written in the transaction of its entry, so that a call that was cut off goes on
-- where it ended and writes nothing twice.
CREATE TABLE fjgov_batch (
    user_id   text NOT NULL,
    key       text NOT NULL,
    body_hash text NOT NULL,
    called_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, key)
);
CREATE INDEX fjgov_batch_called ON fjgov_batch (called_at);

CREATE TABLE fjgov_batch_result (
    user_id  text    NOT NULL,
    key      text    NOT NULL,
    position integer NOT NULL,
    result   jsonb   NOT NULL,
    PRIMARY KEY (user_id, key, position),
    FOREIGN KEY (user_id, key) REFERENCES fjgov_batch (user_id, key) ON DELETE CASCADE
);
