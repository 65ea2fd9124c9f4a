"""Application systems as holders of grants with their tokens; notices by e-mail."""

from pathlib import Path

from alembic import op

revision = "022"
down_revision = "021"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `022_systems.sql` and `022_mail.sql`."""
    for name in ("022_systems.sql", "022_mail.sql"):
        op.execute((FOLDER / name).read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "022_down.sql").read_text(encoding="utf-8"))
