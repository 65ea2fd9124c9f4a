"""Batches: keys of calls and what was answered to them."""

from pathlib import Path

from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `006_batch.sql`."""
    op.execute((FOLDER / "006_batch.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "006_down.sql").read_text(encoding="utf-8"))
