-- Records of the directories beside the entries (Art. 45) have a place in the change log: those that
-- were registered before are taken into it by the next drain.
INSERT INTO fjgov_change_note (kind, record_id)
SELECT 'entry', id FROM package
WHERE type IN ('collection_item', 'gov_database', 'app_system', 'permit_type');
