"""Foundation: change log, addresses, identifiers, nodes, runs, appointments and audit.

The statements live in the .sql files beside this one, so that they can be read and reviewed as SQL.
"""

from pathlib import Path

from alembic import op

revision = "001"
down_revision = None
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Create the tables first, then the triggers that write into them."""
    for name in ("001_tables.sql", "001_triggers.sql"):
        op.execute((FOLDER / name).read_text(encoding="utf-8"))


def downgrade() -> None:
    """Drop triggers and tables; the catalog's own rows stay."""
    op.execute((FOLDER / "001_down.sql").read_text(encoding="utf-8"))
