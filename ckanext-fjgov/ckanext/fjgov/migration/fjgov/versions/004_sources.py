"""Foreign sources: kind of a node, spool of records, bound identifiers."""

from pathlib import Path

from alembic import op

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `004_sources.sql`."""
    op.execute((FOLDER / "004_sources.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "004_down.sql").read_text(encoding="utf-8"))
