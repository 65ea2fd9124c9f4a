"""RDF of records, kept for whole-catalog documents."""

from pathlib import Path

from alembic import op

revision = "026"
down_revision = "025"
branch_labels = None
depends_on = None

FOLDER = Path(__file__).parent


def upgrade() -> None:
    """Apply `026_rdf_fragments.sql`."""
    op.execute((FOLDER / "026_rdf_fragments.sql").read_text(encoding="utf-8"))


def downgrade() -> None:
    """Undo it."""
    op.execute((FOLDER / "026_down.sql").read_text(encoding="utf-8"))
