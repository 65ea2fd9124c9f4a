-- A call of `package_create` with an idempotency key (幂等键): what was sent and what was answered.
-- The row is written in the transaction of the record, so that there are both or neither.
CREATE TABLE fjgov_call (
    user_id   text NOT NULL,
    key       text NOT NULL,
    body_hash text NOT NULL,
    record_id text NOT NULL,
    answer    jsonb NOT NULL,
    called_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX fjgov_call_called ON fjgov_call (called_at);
