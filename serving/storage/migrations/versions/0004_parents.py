"""The valuation that a revaluation follows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; valuations at the cut-off date leave it empty."""
    op.add_column("valuations", sa.Column("parent_id", sa.String(26)))
    op.create_index("ix_valuations_parent_id", "valuations", ["parent_id"])


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("ix_valuations_parent_id", "valuations")
    op.drop_column("valuations", "parent_id")
