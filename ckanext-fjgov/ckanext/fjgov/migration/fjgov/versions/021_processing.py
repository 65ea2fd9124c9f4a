"""Jobs of processing to order."""

from pathlib import Path

from alembic import op

revision = "021"
down_revision = "020"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `021_processing.sql`."""
    op.execute((FOLDER / "021_processing.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "021_down.sql").read_text(encoding="utf-8"))
