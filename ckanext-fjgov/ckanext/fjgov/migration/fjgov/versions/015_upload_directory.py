"""Workbooks of every directory may be handed in on the portal."""

from pathlib import Path

from alembic import op

revision = "015"
down_revision = "014"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `015_upload_directory.sql`."""
    op.execute((FOLDER / "015_upload_directory.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "015_down.sql").read_text(encoding="utf-8"))
