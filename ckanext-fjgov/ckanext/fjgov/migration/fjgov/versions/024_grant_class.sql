-- The share class (共享类型) of the entry when a grant was given; an entry that became stricter since
-- gives nothing under it until its provider has looked at it again. What was given before this
-- column is taken as given for restricted information.
ALTER TABLE fjgov_grant ADD COLUMN share_class text NOT NULL DEFAULT '2';
ALTER TABLE fjgov_grant ALTER COLUMN share_class DROP DEFAULT;
