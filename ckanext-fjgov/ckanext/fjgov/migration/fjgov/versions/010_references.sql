-- Which records name which others (Art. 45), as the records themselves say it: derived from their
-- fields in the transaction that writes them, so that both ways can be asked for.  `target` is an
-- identifier, not a row: what is named may be kept by a node whose records have not come yet.
CREATE TABLE fjgov_reference (
    package_id text NOT NULL REFERENCES package (id) ON DELETE CASCADE,
    field      text NOT NULL,
    target     text NOT NULL,
    PRIMARY KEY (package_id, field, target)
);

CREATE INDEX fjgov_reference_target ON fjgov_reference (target);
