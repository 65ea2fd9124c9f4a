-- Which transaction left a note. The sequencer uses a record that the bulk path prepared only when
-- all notes of that record come from the very transaction that wrote it.
ALTER TABLE fjgov_change_note ADD COLUMN IF NOT EXISTS tx xid8 NOT NULL DEFAULT pg_current_xact_id();

-- The canonical bytes are written once and read as a whole; the default method takes longer to
-- pack them than the rest of the row takes to be written.
DO $$
BEGIN
    ALTER TABLE fjgov_change ALTER COLUMN bytes SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    RAISE NOTICE 'this PostgreSQL was built without lz4; canonical bytes keep the default';
END $$;
