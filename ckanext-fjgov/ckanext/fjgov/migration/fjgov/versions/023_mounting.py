"""Runs of mounting resources in the exchange."""

from pathlib import Path

from alembic import op

revision = "023"
down_revision = "022"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `023_mounting.sql`."""
    op.execute((FOLDER / "023_mounting.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "023_down.sql").read_text(encoding="utf-8"))
