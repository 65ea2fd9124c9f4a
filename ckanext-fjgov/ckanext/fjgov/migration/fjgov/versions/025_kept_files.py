"""Files that a node keeps for direct exchange."""

from pathlib import Path

from alembic import op

revision = "025"
down_revision = "024"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `025_kept_files.sql`."""
    op.execute((FOLDER / "025_kept_files.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "025_down.sql").read_text(encoding="utf-8"))
