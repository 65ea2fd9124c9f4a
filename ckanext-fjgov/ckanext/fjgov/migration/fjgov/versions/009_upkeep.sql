-- Quality checks follow the change log: a cursor, what is still to be looked at, and one result for
-- each listed entry. A result holds for a hash of the entry and of the facts it was judged by.
CREATE TABLE fjgov_quality_cursor (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    epoch   text   NOT NULL DEFAULT '',
    seq     bigint NOT NULL DEFAULT 0,
    version text   NOT NULL DEFAULT ''
);
INSERT INTO fjgov_quality_cursor DEFAULT VALUES;

CREATE TABLE fjgov_quality_due (
    node text NOT NULL,
    key  text NOT NULL,
    PRIMARY KEY (node, key)
);

CREATE TABLE fjgov_quality_result (
    node       text NOT NULL,
    key        text NOT NULL,
    package_id text NOT NULL,
    unit       text NOT NULL,
    hash       text NOT NULL,
    facts      text NOT NULL,
    share      numeric(5, 4) NOT NULL,
    missing    jsonb NOT NULL,
    guide_code text NOT NULL,
    updated_on date,
    fresh_until date,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (node, key)
);
CREATE INDEX fjgov_quality_result_unit ON fjgov_quality_result (unit);
CREATE INDEX fjgov_quality_result_key ON fjgov_quality_result (key);
CREATE INDEX fjgov_quality_result_guide ON fjgov_quality_result (guide_code);
CREATE INDEX fjgov_quality_result_package ON fjgov_quality_result (package_id);
CREATE INDEX fjgov_quality_result_fresh ON fjgov_quality_result (fresh_until);

-- What the checks found in the entry itself.
CREATE TABLE fjgov_quality_finding (
    node     text NOT NULL,
    key      text NOT NULL,
    rule     text NOT NULL,
    zh       text NOT NULL,
    en       text NOT NULL,
    PRIMARY KEY (node, key, rule),
    FOREIGN KEY (node, key) REFERENCES fjgov_quality_result (node, key) ON DELETE CASCADE
);
CREATE INDEX fjgov_quality_finding_rule ON fjgov_quality_finding (rule);

-- By what entries are compared: `near` when another entry of the unit has the mark, `far` when one
-- of another unit has it for the same place. Both are kept on either side.
CREATE TABLE fjgov_quality_mark (
    node  text NOT NULL,
    key   text NOT NULL,
    kind  text NOT NULL,
    value text NOT NULL,
    unit  text NOT NULL,
    place text NOT NULL,
    near  boolean NOT NULL DEFAULT false,
    far   boolean NOT NULL DEFAULT false,
    PRIMARY KEY (node, key, kind),
    FOREIGN KEY (node, key) REFERENCES fjgov_quality_result (node, key) ON DELETE CASCADE
);
CREATE INDEX fjgov_quality_mark_value ON fjgov_quality_mark (kind, value);

-- Codes that an entry names as related; `lost` while no listed entry has the code.
CREATE TABLE fjgov_quality_link (
    node text NOT NULL,
    key  text NOT NULL,
    code text NOT NULL,
    lost boolean NOT NULL DEFAULT false,
    PRIMARY KEY (node, key, code),
    FOREIGN KEY (node, key) REFERENCES fjgov_quality_result (node, key) ON DELETE CASCADE
);
CREATE INDEX fjgov_quality_link_code ON fjgov_quality_link (code);

-- Every finding of every entry, those that come from other entries included.
CREATE VIEW fjgov_quality_shown AS
    SELECT node, key, rule, zh, en FROM fjgov_quality_finding
    UNION ALL
    SELECT node, key, CASE kind WHEN 'title' THEN 'Q50' ELSE 'Q52' END, '', ''
        FROM fjgov_quality_mark WHERE near
    UNION ALL
    SELECT node, key, CASE kind WHEN 'title' THEN 'Q51' ELSE 'Q53' END, '', ''
        FROM fjgov_quality_mark WHERE far
    UNION ALL
    SELECT node, key, 'Q18', string_agg(code, '、' ORDER BY code),
           string_agg(code, ', ' ORDER BY code)
        FROM fjgov_quality_link WHERE lost GROUP BY node, key;

-- Figures of units, kept as entries come and go: '' as rule stands for the entries themselves.
CREATE TABLE fjgov_quality_count (
    node    text    NOT NULL,
    unit    text    NOT NULL,
    rule    text    NOT NULL,
    entries bigint  NOT NULL,
    share   numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (node, unit, rule)
);
CREATE INDEX fjgov_quality_count_unit ON fjgov_quality_count (unit);

-- 年度目录维护 (Art. 17): one campaign a unit and year over the entries listed at its start.
CREATE TABLE fjgov_maintenance (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    unit_id   text    NOT NULL,
    year      integer NOT NULL,
    due_on    date    NOT NULL,
    opened_by text    NOT NULL,
    opened_at timestamptz NOT NULL,
    UNIQUE (unit_id, year)
);

CREATE TABLE fjgov_maintenance_entry (
    campaign   bigint  NOT NULL REFERENCES fjgov_maintenance (id),
    position   integer NOT NULL,
    package_id text    NOT NULL,
    identifier text    NOT NULL,
    title      text    NOT NULL,
    hash       text    NOT NULL,
    PRIMARY KEY (campaign, position),
    UNIQUE (campaign, package_id)
);

-- What was decided, append-only; of several decisions on one entry the latest counts.
CREATE TABLE fjgov_maintenance_decision (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign    bigint NOT NULL,
    package_id  text   NOT NULL,
    decision    text   NOT NULL CHECK (decision IN ('confirm', 'change', 'merge', 'withdraw')),
    merged_into text   NOT NULL DEFAULT '',
    note        text   NOT NULL DEFAULT '',
    decided_by  text   NOT NULL,
    role        text   NOT NULL,
    appointment bigint NOT NULL REFERENCES fjgov_appointment (id),
    decided_at  timestamptz NOT NULL,
    FOREIGN KEY (campaign, package_id)
        REFERENCES fjgov_maintenance_entry (campaign, package_id)
);
CREATE INDEX fjgov_maintenance_decision_entry
    ON fjgov_maintenance_decision (campaign, package_id, id DESC);

CREATE TABLE fjgov_maintenance_confirmation (
    campaign     bigint PRIMARY KEY REFERENCES fjgov_maintenance (id),
    note         text   NOT NULL DEFAULT '',
    confirmed_by text   NOT NULL,
    appointment  bigint NOT NULL REFERENCES fjgov_appointment (id),
    confirmed_at timestamptz NOT NULL
);

CREATE FUNCTION fjgov_maintenance_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions of the yearly maintenance are not changed or removed';
END $$;
CREATE TRIGGER fjgov_maintenance_decision_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON fjgov_maintenance_decision FOR EACH STATEMENT EXECUTE FUNCTION fjgov_maintenance_refuse();
CREATE TRIGGER fjgov_maintenance_confirmation_kept BEFORE UPDATE OR DELETE OR TRUNCATE
    ON fjgov_maintenance_confirmation FOR EACH STATEMENT EXECUTE FUNCTION fjgov_maintenance_refuse();
