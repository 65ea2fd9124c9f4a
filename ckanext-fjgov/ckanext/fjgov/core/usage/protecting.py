"""Statements by which the log of uses passes to a database role of its own (Art. 30, 36).

The site's role then adds records and reads them, and takes records off the list of those without
a seal; it changes, deletes, truncates, drops and alters nothing. An administrator of the database
runs them: the site's role cannot give away what it owns, and must not be able to take it back.
"""

from __future__ import annotations

SCHEMA = "fjgov_usage"
RECORDS = ("fjgov_use_event", "fjgov_use_seal")
WAITING = "fjgov_use_pending"
_KEEPER = "fjgov_keep_log()"


def owner_for(site: str) -> str:
    """Name the role that holds the log beside the site's role."""
    return f"{site}_usage"


def protection(site: str) -> tuple[str, ...]:
    """Give the statements that hand the log over; they may be run again at any time.

    Args:
        site: the role with which the site connects.
    """
    role, owner = quoted(site), quoted(owner_for(site))
    tables = [f"{SCHEMA}.{name}" for name in (*RECORDS, WAITING)]
    made = (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE"
        f" rolname = {_literal(owner_for(site))}) THEN CREATE ROLE {owner} NOLOGIN; END IF; END $$"
    )
    return (
        made,
        f"REVOKE {owner} FROM {role}",
        f"ALTER SCHEMA {SCHEMA} OWNER TO {owner}",
        f"ALTER FUNCTION {SCHEMA}.{_KEEPER} OWNER TO {owner}",
        *(f"ALTER TABLE {table} OWNER TO {owner}" for table in tables),
        f"REVOKE ALL ON SCHEMA {SCHEMA} FROM PUBLIC, {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM PUBLIC, {role}",
        f"GRANT USAGE ON SCHEMA {SCHEMA} TO {role}",
        f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA {SCHEMA} TO {role}",
        # A record that is taken off the list and gets no seal is found by the verifier.
        f"GRANT DELETE ON {SCHEMA}.{WAITING} TO {role}",
        # A backup by the site's role reads where the numbers stand.
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {role}",
    )


def opening(site: str) -> str:
    """Give the statement that lets the site's role alter the log, for a migration of its tables."""
    return f"GRANT {quoted(owner_for(site))} TO {quoted(site)}"


def quoted(name: str) -> str:
    """Write the name of a role as PostgreSQL reads it, whatever is in it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def _literal(text: str) -> str:
    escaped = text.replace("'", "''")
    return f"'{escaped}'"
