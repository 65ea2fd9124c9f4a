-- What 省数字办 decided about collection items (Art. 6, 7), beside the records that units report:
-- each decision with the version of the item that it is about.  Only the province writes here.
CREATE TABLE fjgov_collection_decision (
    number      bigint PRIMARY KEY CHECK (number > 0),
    node        text NOT NULL,
    item_id     text NOT NULL,
    record      text NOT NULL,
    revision    text NOT NULL CHECK (revision ~ '^[0-9a-f]{64}$'),
    version     jsonb NOT NULL,
    adjustment  jsonb,
    reason      text NOT NULL,
    is_carried  boolean NOT NULL,
    decided_at  timestamptz NOT NULL,
    case_number text NOT NULL,
    case_seq    integer NOT NULL,
    CHECK (adjustment IS NULL OR reason <> '')
);
CREATE INDEX fjgov_collection_decision_record ON fjgov_collection_decision (node, record);

CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_collection_decision
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();

-- The overall collection catalog: at the province made from records and decisions, at a city
-- copied from the province.  Items that left it stay as `del`, so that copies follow.
CREATE TABLE fjgov_collection_item (
    node       text NOT NULL,
    item_id    text NOT NULL,
    record     text NOT NULL,
    seq        bigint NOT NULL,
    generation bigint NOT NULL,
    op         text NOT NULL CHECK (op IN ('put', 'del')),
    hash       text NOT NULL,
    bytes      bytea,
    changed_at timestamptz NOT NULL,
    state      text NOT NULL,
    unit       text NOT NULL,
    unit_name  text NOT NULL,
    name       text NOT NULL,
    title      text NOT NULL,
    business_object text NOT NULL,
    PRIMARY KEY (node, item_id),
    CHECK ((op = 'put') = (bytes IS NOT NULL))
);
CREATE UNIQUE INDEX fjgov_collection_item_seq ON fjgov_collection_item (seq, generation);
CREATE INDEX fjgov_collection_item_record ON fjgov_collection_item (node, record);
CREATE INDEX fjgov_collection_item_unit ON fjgov_collection_item (unit) WHERE op = 'put';

-- Where the catalog stands here, and what is known of the node that it is copied from.
CREATE TABLE fjgov_collection_head (
    only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    epoch       text NOT NULL DEFAULT '',
    seq         bigint NOT NULL DEFAULT 0,
    digest      text NOT NULL,
    generation  bigint NOT NULL DEFAULT 1,
    verified_at timestamptz,
    tried_at    timestamptz,
    error_zh    text NOT NULL DEFAULT '',
    error_en    text NOT NULL DEFAULT ''
);
INSERT INTO fjgov_collection_head (digest) VALUES (repeat('0', 64) || ':' || '0');

-- Collection records that were written, by whatever way, since somebody last looked.
CREATE TABLE fjgov_collection_note (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    package_id text NOT NULL,
    node       text NOT NULL,
    record     text NOT NULL
);

CREATE FUNCTION fjgov_note_collection_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    written package := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    INSERT INTO fjgov_collection_note (package_id, node, record) VALUES (
        written.id,
        coalesce(written.extras ->> 'home_node', ''),
        coalesce(written.extras ->> 'identifier', ''));
    RETURN NULL;
END $$;
CREATE TRIGGER fjgov_note_collection_write AFTER INSERT OR UPDATE ON package
    FOR EACH ROW WHEN (NEW.type = 'collection_item') EXECUTE FUNCTION fjgov_note_collection_row();
CREATE TRIGGER fjgov_note_collection_purge AFTER DELETE ON package
    FOR EACH ROW WHEN (OLD.type = 'collection_item') EXECUTE FUNCTION fjgov_note_collection_row();

-- Records that were registered before this table was there.
INSERT INTO fjgov_collection_note (package_id, node, record)
SELECT id, coalesce(extras ->> 'home_node', ''), coalesce(extras ->> 'identifier', '')
FROM package WHERE type = 'collection_item' ORDER BY id;
