"""Upkeep: quality results, and the yearly maintenance of directories."""

from pathlib import Path

from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `009_upkeep.sql`."""
    op.execute((FOLDER / "009_upkeep.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "009_down.sql").read_text(encoding="utf-8"))
