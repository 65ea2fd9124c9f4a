"""Cases: heads, parties, histories, clocks, deliveries and notices."""

from pathlib import Path

from alembic import op

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `008_cases.sql`."""
    op.execute((FOLDER / "008_cases.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "008_down.sql").read_text(encoding="utf-8"))
