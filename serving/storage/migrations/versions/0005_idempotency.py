"""The table of keys under which requests were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; a key stands once."""
    op.create_table(
        "idempotency_keys",
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime, nullable=False),
        sa.Column("valuation_id", sa.String(26), sa.ForeignKey("valuations.id")),
    )
    op.create_index("ix_idempotency_keys_taken_at", "idempotency_keys", ["taken_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("idempotency_keys")
