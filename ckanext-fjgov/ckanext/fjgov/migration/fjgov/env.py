"""Run this extension's migrations in the database of the site; online only."""

from alembic import context
from sqlalchemy import engine_from_config, pool

VERSION_TABLE = "fjgov_alembic_version"


def run_migrations() -> None:
    """Apply the pending versions in one transaction."""
    options = context.config.get_section(context.config.config_ini_section) or {}
    engine = engine_from_config(options, prefix="sqlalchemy.", poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(connection=connection, version_table=VERSION_TABLE)
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
