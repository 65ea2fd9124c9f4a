DROP TABLE fjgov_scheduler, fjgov_alarm, fjgov_review_record, fjgov_review, fjgov_operation;
DROP INDEX fjgov_sync_run_open, fjgov_sync_run_queued_at;
ALTER TABLE fjgov_sync_run DROP COLUMN trigger, DROP COLUMN options, DROP COLUMN handed_at,
    DROP COLUMN cancel_at, DROP COLUMN cancel_by, DROP COLUMN cancel_reason;
