"""Tables that are mounted in the exchange."""

from pathlib import Path

from alembic import op

revision = "018"
down_revision = "017"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `018_exchange.sql`."""
    op.execute((FOLDER / "018_exchange.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "018_down.sql").read_text(encoding="utf-8"))
