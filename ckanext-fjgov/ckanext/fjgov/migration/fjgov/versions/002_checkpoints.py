"""Checkpoints of the change log, an exact mark of issued numbers, an allow list for nodes."""

from pathlib import Path

from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Add the checkpoints and the allow list; drop the reserved blocks."""
    op.execute((FOLDER / "002_checkpoints.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo both; the log and the counters stay."""
    op.execute((FOLDER / "002_down.sql").read_text(encoding="utf-8"))
