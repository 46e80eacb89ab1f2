"""The table of answers to requests that came under a key."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "request_answers",
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("route", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime, nullable=False),
        sa.Column("answer", sa.LargeBinary),
    )
    op.create_index("ix_request_answers_taken_at", "request_answers", ["taken_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("request_answers")
