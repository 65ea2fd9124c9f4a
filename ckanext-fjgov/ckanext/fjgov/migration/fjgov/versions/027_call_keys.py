"""Idempotency keys of single registrations."""

from pathlib import Path

from alembic import op

revision = "027"
down_revision = "026"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `027_call_keys.sql`."""
    op.execute((FOLDER / "027_call_keys.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "027_down.sql").read_text(encoding="utf-8"))
