"""The tables of batches and of their steps."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "batches",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("submitted_by", sa.String(200), nullable=False),
        sa.Column("submitter", sa.String(200), nullable=False),
        sa.Column("title", sa.String(1024), nullable=False),
        sa.Column("folder", sa.String(2048), nullable=False),
        sa.Column("uploaded", sa.Boolean, nullable=False),
        sa.Column("figures", sa.String(8), nullable=False),
        sa.Column("model", sa.JSON, nullable=False),
        sa.Column("book_order", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("turn_at", sa.DateTime, nullable=False),
        sa.Column("begun_at", sa.DateTime),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("cleared", sa.Boolean, nullable=False),
        sa.Column("sha256", sa.String(64)),
        sa.Column("trouble", sa.JSON),
    )
    op.create_index("ix_batches_tenant", "batches", ["tenant", "id"])
    op.create_index("ix_batches_state", "batches", ["state"])
    op.create_table(
        "batch_steps",
        sa.Column(
            "batch_id", sa.String(26), sa.ForeignKey("batches.id"), primary_key=True
        ),
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("fence", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("worker", sa.String(200)),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("done_at", sa.DateTime),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _SUMS),
        sa.Column("finished", sa.JSON),
        sa.Column("failure", sa.JSON),
    )
    op.create_index("ix_batch_steps_due", "batch_steps", ["state", "due_at"])


_SUMS = (
    "claims",
    "rejected_rows",
    "claim_fen",
    "gross_fen",
    "cost_fen",
    "present_value_fen",
    "maximum_bids_fen",
)


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("batch_steps")
    op.drop_table("batches")
