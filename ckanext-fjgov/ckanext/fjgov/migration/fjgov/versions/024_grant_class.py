"""The class of an entry for which a grant was given."""

from pathlib import Path

from alembic import op

revision = "024"
down_revision = "023"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `024_grant_class.sql`."""
    op.execute((FOLDER / "024_grant_class.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "024_down.sql").read_text(encoding="utf-8"))
