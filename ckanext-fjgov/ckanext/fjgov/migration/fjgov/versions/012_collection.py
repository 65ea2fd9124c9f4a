"""Collection catalog: decisions of 省数字办, decided items, and the local copy of them."""

from pathlib import Path

from alembic import op

revision = "012"
down_revision = "011"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `012_collection.sql`."""
    op.execute((FOLDER / "012_collection.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "012_down.sql").read_text(encoding="utf-8"))
