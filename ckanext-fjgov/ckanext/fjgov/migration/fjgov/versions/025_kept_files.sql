-- Files that resources are mounted as and that this node keeps (文件存放); their content is on disk.
CREATE TABLE fjgov_kept_file (
    resource text PRIMARY KEY,
    sha256   text NOT NULL,
    size     bigint NOT NULL,
    name     text NOT NULL,
    at       timestamptz NOT NULL
);
