"""The statements that hand the log over name what they should and nothing that a name smuggles."""

from __future__ import annotations

from ckanext.fjgov.core.usage.protecting import opening, owner_for, protection, quoted


def test_the_site_may_add_and_read_and_nothing_else() -> None:
    statements = protection("site")
    granted = [one for one in statements if one.startswith("GRANT")]
    assert granted == [
        'GRANT USAGE ON SCHEMA fjgov_usage TO "site"',
        'GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA fjgov_usage TO "site"',
        'GRANT DELETE ON fjgov_usage.fjgov_use_pending TO "site"',
        'GRANT SELECT ON ALL SEQUENCES IN SCHEMA fjgov_usage TO "site"',
    ]
    owned = [one for one in statements if "OWNER TO" in one]
    assert len(owned) == 5
    assert all(one.endswith('OWNER TO "site_usage"') for one in owned)
    assert owner_for("site") == "site_usage"
    # What an earlier migration was let do is taken back.
    assert opening("site").replace("GRANT", "REVOKE").replace(" TO ", " FROM ") in statements


def test_odd_names_stay_names() -> None:
    odd = 'a"b; DROP TABLE x; --'
    assert quoted(odd) == '"a""b; DROP TABLE x; --"'
    statements = protection("o'brien")
    assert "rolname = 'o''brien_usage'" in statements[0]
    assert all("'o'b" not in one for one in statements)
