"""Working days: the yearly notices that an operator loads."""

from pathlib import Path

from alembic import op

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `007_work_notices.sql`."""
    op.execute((FOLDER / "007_work_notices.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "007_down.sql").read_text(encoding="utf-8"))
