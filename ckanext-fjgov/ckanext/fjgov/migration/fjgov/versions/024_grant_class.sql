-- The share class (共享类型) of the entry when a grant was given; an entry that became stricter since
-- gives nothing under it until its provider has looked at it again. What was given before this
-- column is taken as given for restricted information.
ALTER TABLE fjgov_grant ADD COLUMN share_class text NOT NULL DEFAULT '2';
ALTER TABLE fjgov_grant ALTER COLUMN share_class DROP DEFAULT;

-- The grants of an entry that units hold, as far as they decide about a use. A function, since it is
-- asked with every use and planning it takes longer than reading: here the plan is kept.
CREATE FUNCTION fjgov_grants_of(wanted text, holders text[])
    RETURNS TABLE (number text, entry text, items text[], mode text, state text,
        starts timestamptz, until timestamptz, unit text, users text[], system text,
        filter jsonb, quota jsonb, share_class text)
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
        SELECT g.number, g.entry, g.items, g.mode, c.state, g.starts, g.until, g.unit, g.users,
            g.system, g.filter, g.quota,
            -- What the provider looked at last, else what it was when the grant was given.
            coalesce((SELECT e.payload ->> 'share_class' FROM fjgov_case_event e
                WHERE (e.node, e.number, e.name) = (g.node, g.number, 'confirm')
                ORDER BY e.seq DESC LIMIT 1), g.share_class)
        FROM fjgov_grant g JOIN fjgov_case c ON (c.node, c.number) = (g.node, g.number)
        WHERE g.entry = wanted AND g.unit = ANY (holders);
END $$;
