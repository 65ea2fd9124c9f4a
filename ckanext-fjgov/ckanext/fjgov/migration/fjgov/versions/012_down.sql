DROP TRIGGER fjgov_note_collection_purge ON package;
DROP TRIGGER fjgov_note_collection_write ON package;
DROP FUNCTION fjgov_note_collection_row();
DROP TABLE fjgov_collection_note;
DROP TABLE fjgov_collection_head;
DROP TABLE fjgov_collection_item;
DROP TABLE fjgov_collection_decision;
