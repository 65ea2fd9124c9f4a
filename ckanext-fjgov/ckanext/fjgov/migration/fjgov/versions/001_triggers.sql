-- Every write to a catalogued table leaves a note in the writer's own transaction. Statement
-- triggers with transition tables allow one event each, hence the three triggers a table.

CREATE FUNCTION fjgov_note_package_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT 'entry', id FROM new_rows;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT 'entry', id FROM old_rows;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION fjgov_note_child_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT DISTINCT 'entry', package_id FROM new_rows WHERE package_id IS NOT NULL;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT DISTINCT 'entry', package_id FROM old_rows WHERE package_id IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION fjgov_note_tag_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO fjgov_change_note (kind, record_id)
    SELECT DISTINCT 'entry', pt.package_id FROM package_tag pt JOIN old_rows o ON pt.tag_id = o.id;
    RETURN NULL;
END $$;

CREATE FUNCTION fjgov_note_member_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT DISTINCT 'entry', table_id FROM new_rows WHERE table_name = 'package';
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT DISTINCT 'entry', table_id FROM old_rows WHERE table_name = 'package';
    END IF;
    RETURN NULL;
END $$;

-- A changed unit is a change of its own and may change what its entries show.
CREATE FUNCTION fjgov_note_group_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP IN ('INSERT', 'UPDATE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT 'unit', id FROM new_rows WHERE is_organization;
    END IF;
    IF TG_OP IN ('UPDATE', 'DELETE') THEN
        INSERT INTO fjgov_change_note (kind, record_id) SELECT 'unit', id FROM old_rows WHERE is_organization;
        INSERT INTO fjgov_change_note (kind, record_id)
        SELECT 'entry', p.id FROM package p JOIN old_rows o ON p.owner_org = o.id;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION fjgov_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'TRUNCATE of % is refused: it would leave no trace in the change log', TG_TABLE_NAME;
END $$;

CREATE FUNCTION fjgov_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % is refused: the audit is append-only (Article 36)', TG_OP, TG_TABLE_NAME;
END $$;

DO $$
DECLARE
    spec record;
BEGIN
    FOR spec IN
        SELECT * FROM (VALUES
            ('package', 'fjgov_note_package_rows'),
            ('resource', 'fjgov_note_child_rows'),
            ('package_tag', 'fjgov_note_child_rows'),
            ('tag', 'fjgov_note_tag_rows'),
            ('member', 'fjgov_note_member_rows'),
            ('group', 'fjgov_note_group_rows')
        ) AS t (tbl, fn)
    LOOP
        IF spec.tbl <> 'tag' THEN
            EXECUTE format('CREATE TRIGGER fjgov_note_insert AFTER INSERT ON %I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION %I()', spec.tbl, spec.fn);
            EXECUTE format('CREATE TRIGGER fjgov_note_delete AFTER DELETE ON %I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION %I()', spec.tbl, spec.fn);
        END IF;
        EXECUTE format('CREATE TRIGGER fjgov_note_update AFTER UPDATE ON %I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION %I()', spec.tbl, spec.fn);
        EXECUTE format('CREATE TRIGGER fjgov_no_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION fjgov_refuse_truncate()', spec.tbl);
    END LOOP;
END $$;

CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE ON fjgov_audit
    FOR EACH ROW EXECUTE FUNCTION fjgov_refuse_change();
CREATE TRIGGER fjgov_no_truncate BEFORE TRUNCATE ON fjgov_audit
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_refuse_truncate();

-- A catalog that already exists is taken into the log by its first drain.
INSERT INTO fjgov_change_note (kind, record_id) SELECT 'unit', id FROM "group" WHERE is_organization;
INSERT INTO fjgov_change_note (kind, record_id) SELECT 'entry', id FROM package;
