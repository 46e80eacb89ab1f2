"""The table of valuations."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table and what listings search by."""
    op.create_table(
        "valuations",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("door", sa.String(16), nullable=False),
        sa.Column("filename", sa.String(1024)),
        sa.Column("package_id", sa.String(100)),
        sa.Column("model_name", sa.String(256), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("claims", sa.Integer, nullable=False),
        sa.Column("claim_fen", sa.BigInteger, nullable=False),
        sa.Column("present_value_fen", sa.BigInteger, nullable=False),
        sa.Column("maximum_bid_fen", sa.BigInteger, nullable=False),
        sa.Column("assumptions", sa.JSON, nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("claims_table", sa.LargeBinary, nullable=False),
        sa.Column("collateral_table", sa.LargeBinary, nullable=False),
        sa.Column("guarantees_table", sa.LargeBinary, nullable=False),
        sa.Column("notes", sa.LargeBinary, nullable=False),
        sa.Column("document", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_valuations_created_at", "valuations", ["created_at"])
    op.create_index("ix_valuations_package_id", "valuations", ["package_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("valuations")
