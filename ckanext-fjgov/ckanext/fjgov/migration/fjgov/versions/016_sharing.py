"""Applications for information and what they lead to: grants."""

from pathlib import Path

from alembic import op

revision = "016"
down_revision = "015"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `016_sharing.sql`."""
    op.execute((FOLDER / "016_sharing.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "016_down.sql").read_text(encoding="utf-8"))
