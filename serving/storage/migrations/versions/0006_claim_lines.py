"""The claims of a valuation as lines, beside its document."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older valuations leave it empty, and lines are made from them."""
    op.add_column("valuations", sa.Column("claim_lines", sa.LargeBinary))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("valuations", "claim_lines")
