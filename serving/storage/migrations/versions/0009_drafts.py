"""The tables of tapes on their way to a valuation and of corrected columns."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("filename", sa.String(1024), nullable=False),
        sa.Column("seller", sa.String(100)),
        sa.Column("header", sa.JSON, nullable=False),
        sa.Column("corrections", sa.JSON, nullable=False),
        sa.Column("assumptions", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("stage", sa.String(16)),
        sa.Column("holder", sa.String(26)),
        sa.Column("started_at", sa.DateTime),
        sa.Column("heard_at", sa.DateTime),
        sa.Column("valuation_id", sa.String(26), sa.ForeignKey("valuations.id")),
        sa.Column("failure", sa.JSON),
        sa.Column("content", sa.LargeBinary),
        sa.Column("seen", sa.LargeBinary),
    )
    op.create_index("ix_drafts_created_at", "drafts", ["created_at"])
    op.create_table(
        "remembered_columns",
        sa.Column("seller", sa.String(100), primary_key=True),
        sa.Column("table_name", sa.String(16), primary_key=True),
        sa.Column("header_key", sa.String(255), primary_key=True),
        sa.Column("words", sa.String(128), nullable=False),
        sa.Column("last_used", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("remembered_columns")
    op.drop_table("drafts")
