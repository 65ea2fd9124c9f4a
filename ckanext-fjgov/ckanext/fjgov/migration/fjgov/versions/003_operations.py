"""Operation of nodes: schedules, pauses, alarms, retention."""

from pathlib import Path

from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `003_operations.sql`."""
    op.execute((FOLDER / "003_operations.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "003_down.sql").read_text(encoding="utf-8"))
