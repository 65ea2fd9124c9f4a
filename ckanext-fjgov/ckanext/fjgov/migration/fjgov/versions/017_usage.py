"""Records of use and the seals over them."""

from pathlib import Path

from alembic import op

revision = "017"
down_revision = "016"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `017_usage.sql`."""
    op.execute((FOLDER / "017_usage.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "017_down.sql").read_text(encoding="utf-8"))
