"""Directories: which records name which others."""

from pathlib import Path

from alembic import op

revision = "010"
down_revision = "009"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `010_references.sql`."""
    op.execute((FOLDER / "010_references.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "010_down.sql").read_text(encoding="utf-8"))
