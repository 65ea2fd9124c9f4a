"""A schema of its own for the log of uses, so that a role of its own can hold it."""

from pathlib import Path

from alembic import op

revision = "020"
down_revision = "019"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `020_usage_role.sql`."""
    op.execute((FOLDER / "020_usage_role.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "020_down.sql").read_text(encoding="utf-8"))
