"""The table of past deals."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a deal stands once for each kind of price."""
    op.create_table(
        "deals",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("imported_at", sa.DateTime, nullable=False),
        sa.Column("filename", sa.String(1024), nullable=False),
        sa.Column("deal_id", sa.String(100), nullable=False),
        sa.Column("price_kind", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(100), nullable=False),
        sa.Column("deal_date", sa.Date, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.UniqueConstraint("deal_id", "price_kind"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("deals")
