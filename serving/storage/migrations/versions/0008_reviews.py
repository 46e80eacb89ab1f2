"""The table of steps in the review of valuations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a number stands once within a valuation."""
    op.create_table(
        "review_events",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column(
            "valuation_id",
            sa.String(26),
            sa.ForeignKey("valuations.id"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("person", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(1000), nullable=False),
        sa.Column("claim_id", sa.String(100)),
        sa.Column("claim_fen", sa.BigInteger),
        sa.Column("model_present_value_fen", sa.BigInteger),
        sa.Column("present_value_fen", sa.BigInteger),
        sa.UniqueConstraint("valuation_id", "number"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("review_events")
