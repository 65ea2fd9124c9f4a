-- What rows a grant gives (行筛选条件), and how much in a day (使用配额); both never change.
ALTER TABLE fjgov_grant
    ADD COLUMN filter jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(filter) = 'array'),
    ADD COLUMN quota  jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(quota) = 'object');

-- What of a quota was taken on a day, in China; taken before the first byte.
CREATE TABLE fjgov_grant_spent (
    node   text NOT NULL,
    number text NOT NULL,
    day    date NOT NULL,
    uses   bigint NOT NULL CHECK (uses >= 0),
    rows   bigint NOT NULL CHECK (rows >= 0),
    PRIMARY KEY (node, number, day),
    FOREIGN KEY (node, number) REFERENCES fjgov_grant (node, number)
);
-- A file of rows that is fetched again, or on from where it broke off, counts once a day.
CREATE TABLE fjgov_grant_fetched (
    node   text NOT NULL,
    number text NOT NULL,
    day    date NOT NULL,
    file   text NOT NULL,
    PRIMARY KEY (node, number, day, file),
    FOREIGN KEY (node, number) REFERENCES fjgov_grant (node, number)
);
