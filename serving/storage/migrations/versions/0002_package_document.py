"""The answer's section on the package, beside the whole answer."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older valuations leave it empty."""
    op.add_column("valuations", sa.Column("package_document", sa.LargeBinary))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("valuations", "package_document")
