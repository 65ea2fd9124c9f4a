"""Workbooks that registrars hand in on the portal."""

from pathlib import Path

from alembic import op

revision = "013"
down_revision = "012"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `013_uploads.sql`."""
    op.execute((FOLDER / "013_uploads.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "013_down.sql").read_text(encoding="utf-8"))
