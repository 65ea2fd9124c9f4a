"""Base indicators: who signed for which side."""

from pathlib import Path

from alembic import op

revision = "014"
down_revision = "013"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `014_signatures.sql`."""
    op.execute((FOLDER / "014_signatures.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "014_down.sql").read_text(encoding="utf-8"))
