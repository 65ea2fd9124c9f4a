"""What the site's own database role may do to the log of uses."""

from __future__ import annotations

import sqlalchemy as sa

from ckanext.fjgov.core.usage.protecting import RECORDS, SCHEMA

_FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")


def site_role(connection: sa.Connection) -> str:
    """Name the role with which this site connects."""
    return str(connection.execute(sa.text("SELECT current_user")).scalar_one())


def excess(connection: sa.Connection) -> list[str]:
    """Name what the role of this connection may do to records and should not; empty when sound.

    Returns:
        Of `superuser`, `owner` (it owns schema or tables, itself or through a role), and
        privileges such as `UPDATE`.
    """
    names = [f"{SCHEMA}.{name}" for name in RECORDS]
    found = [
        *connection.execute(
            sa.text("SELECT 'superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper")
        ).scalars(),
        *connection.execute(
            sa.text(
                "SELECT 'owner' WHERE EXISTS (SELECT FROM pg_class WHERE"
                " oid = ANY(CAST(:names AS regclass[])) AND pg_has_role(relowner, 'MEMBER'))"
                " OR EXISTS (SELECT FROM pg_namespace WHERE nspname = :schema"
                " AND pg_has_role(nspowner, 'MEMBER'))"
            ),
            {"names": names, "schema": SCHEMA},
        ).scalars(),
        *connection.execute(
            sa.text(
                "SELECT DISTINCT privilege FROM unnest(CAST(:names AS text[])) name,"
                " unnest(CAST(:forbidden AS text[])) privilege"
                " WHERE has_table_privilege(name, privilege) ORDER BY privilege"
            ),
            {"names": names, "forbidden": list(_FORBIDDEN)},
        ).scalars(),
    ]
    return [str(one) for one in found]
