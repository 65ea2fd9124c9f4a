DO $$
DECLARE
    tbl text;
BEGIN
    FOREACH tbl IN ARRAY ARRAY['package', 'resource', 'package_tag', 'tag', 'member', 'group'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS fjgov_note_insert ON %I', tbl);
        EXECUTE format('DROP TRIGGER IF EXISTS fjgov_note_update ON %I', tbl);
        EXECUTE format('DROP TRIGGER IF EXISTS fjgov_note_delete ON %I', tbl);
        EXECUTE format('DROP TRIGGER IF EXISTS fjgov_no_truncate ON %I', tbl);
    END LOOP;
END $$;
DROP TABLE fjgov_finding, fjgov_audit, fjgov_appointment, fjgov_nonce, fjgov_index_outbox, fjgov_held,
    fjgov_sync_issue, fjgov_sync_run, fjgov_node, fjgov_identifier, fjgov_counter, fjgov_title,
    fjgov_address, fjgov_digest, fjgov_head, fjgov_change, fjgov_change_note;
DROP FUNCTION fjgov_note_package_rows, fjgov_note_child_rows, fjgov_note_tag_rows,
    fjgov_note_member_rows, fjgov_note_group_rows, fjgov_refuse_truncate, fjgov_refuse_change;
