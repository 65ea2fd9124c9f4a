"""Rows and quotas of grants."""

from pathlib import Path

from alembic import op

revision = "019"
down_revision = "018"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `019_rows_and_quotas.sql`."""
    op.execute((FOLDER / "019_rows_and_quotas.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "019_down.sql").read_text(encoding="utf-8"))
