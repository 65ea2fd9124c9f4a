-- The application system (应用系统) that alone may use a grant, by its registration number.
ALTER TABLE fjgov_grant ADD COLUMN system text NOT NULL DEFAULT '';
ALTER TABLE fjgov_grant ADD CONSTRAINT fjgov_grant_holder CHECK (system = '' OR users = '{}');

-- Tokens of application systems (系统令牌): only the digest of what was shown once.
CREATE TABLE fjgov_system_token (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record     text NOT NULL,
    number     text NOT NULL CHECK (number <> ''),
    unit       text NOT NULL,
    name       text NOT NULL,
    digest     text NOT NULL UNIQUE,
    ending     text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires    timestamptz NOT NULL CHECK (expires > created_at),
    used_at    timestamptz,
    revoked_at timestamptz,
    revoked_by text NOT NULL DEFAULT '',
    reason     text NOT NULL DEFAULT '',
    CHECK ((revoked_at IS NULL) = (revoked_by = ''))
);
CREATE INDEX fjgov_system_token_record ON fjgov_system_token (record, id DESC);

CREATE FUNCTION fjgov_keep_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL OR (OLD.id, OLD.record, OLD.number, OLD.unit, OLD.name,
        OLD.digest, OLD.ending, OLD.created_by, OLD.created_at, OLD.expires) IS DISTINCT FROM
        (NEW.id, NEW.record, NEW.number, NEW.unit, NEW.name, NEW.digest, NEW.ending,
        NEW.created_by, NEW.created_at, NEW.expires) THEN
        RAISE EXCEPTION 'a token is used and revoked, and not changed otherwise';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fjgov_kept BEFORE UPDATE ON fjgov_system_token
    FOR EACH ROW EXECUTE FUNCTION fjgov_keep_token();
CREATE TRIGGER fjgov_append_only BEFORE DELETE OR TRUNCATE ON fjgov_system_token
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
