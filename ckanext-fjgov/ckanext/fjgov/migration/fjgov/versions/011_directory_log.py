"""Directories: their records have a place in the change log."""

from pathlib import Path

from alembic import op

revision = "011"
down_revision = "010"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `011_directory_log.sql`."""
    op.execute((FOLDER / "011_directory_log.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "011_down.sql").read_text(encoding="utf-8"))
