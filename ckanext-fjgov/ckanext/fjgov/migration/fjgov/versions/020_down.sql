DROP TABLE fjgov_usage_head;
DROP TRIGGER fjgov_append_only ON fjgov_usage.fjgov_use_event;
DROP TRIGGER fjgov_append_only ON fjgov_usage.fjgov_use_seal;
ALTER TABLE fjgov_usage.fjgov_use_event SET SCHEMA public;
ALTER TABLE fjgov_usage.fjgov_use_pending SET SCHEMA public;
ALTER TABLE fjgov_usage.fjgov_use_seal SET SCHEMA public;
ALTER TABLE fjgov_use_pending ADD FOREIGN KEY (event) REFERENCES fjgov_use_event (id);
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_use_event
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
CREATE TRIGGER fjgov_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fjgov_use_seal
    FOR EACH STATEMENT EXECUTE FUNCTION fjgov_keep_history();
DROP FUNCTION fjgov_usage.fjgov_keep_log();
DROP SCHEMA fjgov_usage;
