DROP FUNCTION fjgov_grants_of(text, text[]);
ALTER TABLE fjgov_grant DROP COLUMN share_class;
