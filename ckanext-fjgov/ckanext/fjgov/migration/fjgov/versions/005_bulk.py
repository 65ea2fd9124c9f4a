"""Bulk path: what the fast merge, the log and the index keep."""

from pathlib import Path

from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `005_bulk.sql`."""
    op.execute((FOLDER / "005_bulk.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "005_down.sql").read_text(encoding="utf-8"))
