-- Who signed a base indicator, for which side: the two signatures are those of two people.  The
-- record holds document and day only, since it travels and persons do not.
CREATE TABLE fjgov_indicator_signature (
    package_id text NOT NULL,
    indicator  text NOT NULL,
    side       text NOT NULL CHECK (side IN ('lead', 'office')),
    user_id    text NOT NULL,
    signed_at  timestamptz NOT NULL,
    PRIMARY KEY (package_id, indicator, side)
);

-- Signatures of before are known from the audit.
INSERT INTO fjgov_indicator_signature (package_id, indicator, side, user_id, signed_at)
SELECT DISTINCT ON (p.id, d.detail ->> 'indicator', d.detail ->> 'side')
       p.id, d.detail ->> 'indicator', d.detail ->> 'side', u.id, a.at
  FROM fjgov_audit a
  CROSS JOIN LATERAL (SELECT convert_from(a.row_bytes, 'UTF8')::jsonb -> 'detail' AS detail) d
  JOIN package p ON p.name = d.detail ->> 'record'
  JOIN "user" u ON u.name = a.actor
 WHERE a.event = 'indicator_signed'
 ORDER BY p.id, d.detail ->> 'indicator', d.detail ->> 'side', a.seq DESC;
