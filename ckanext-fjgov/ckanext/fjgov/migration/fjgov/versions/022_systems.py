"""Application systems: holders of grants, and their tokens."""

from pathlib import Path

from alembic import op

revision = "022"
down_revision = "020"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `022_systems.sql`."""
    op.execute((FOLDER / "022_systems.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "022_down.sql").read_text(encoding="utf-8"))
