"""The stream of changes as linked data."""

from pathlib import Path

from alembic import op

revision = "028"
down_revision = "027"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `028_stream.sql`."""
    op.execute((FOLDER / "028_stream.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "028_down.sql").read_text(encoding="utf-8"))
