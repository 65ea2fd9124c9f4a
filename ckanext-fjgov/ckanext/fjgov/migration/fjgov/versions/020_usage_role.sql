-- The log of uses in a schema of its own: whoever owns a schema may drop what is in it, and the
-- site's role owns `public`.  `fjgov usage protect` hands it to a role of its own.
CREATE SCHEMA fjgov_usage;

CREATE FUNCTION fjgov_usage.fjgov_keep_log() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the log of uses is append-only', TG_OP, TG_TABLE_NAME;
END $$;

DROP TRIGGER fjgov_append_only ON fjgov_use_event;
DROP TRIGGER fjgov_append_only ON fjgov_use_seal;
-- Both rows are written by one statement and records never go, so that the check told nothing and
-- cost every use a row lock.
ALTER TABLE fjgov_use_pending DROP CONSTRAINT fjgov_use_pending_event_fkey;
ALTER TABLE fjgov_use_event SET SCHEMA fjgov_usage;
ALTER TABLE fjgov_use_pending SET SCHEMA fjgov_usage;
ALTER TABLE fjgov_use_seal SET SCHEMA fjgov_usage;
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON fjgov_usage.fjgov_use_event
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_usage.fjgov_keep_log();
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON fjgov_usage.fjgov_use_seal
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_usage.fjgov_keep_log();

-- The newest seal of another node's log as that node told it, each one kept.
CREATE TABLE fjgov_usage_head (
    node    text NOT NULL,
    number  bigint NOT NULL,
    hash    text NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (node, number, hash)
);
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_usage_head
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
