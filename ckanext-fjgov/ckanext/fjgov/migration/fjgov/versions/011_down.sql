-- The log is built again without the other directories by the next drain; readers meet a new epoch
-- and compare catalogs.
DELETE FROM fjgov_change;
DELETE FROM fjgov_digest;
DELETE FROM fjgov_checkpoint;
UPDATE fjgov_head SET epoch = gen_random_uuid()::text;
INSERT INTO fjgov_change_note (kind, record_id) SELECT 'unit', id FROM "group" WHERE is_organization;
INSERT INTO fjgov_change_note (kind, record_id) SELECT 'entry', id FROM package;
