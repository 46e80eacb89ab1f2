"""Personal data under lock: sealed texts, wrapped keys, certificates of destruction.

Files of drafts are sealed from now on. Those that lie open are destroyed: their tapes
have to be dropped once more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and let open files go."""
    op.create_table(
        "personal_keys",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(26), primary_key=True),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("package_id", sa.String(100)),
        sa.Column("fingerprint", sa.String(16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_by", sa.String(64), nullable=False),
    )
    for column in ("created_at", "package_id", "wrapped_by"):
        op.create_index(f"ix_personal_keys_{column}", "personal_keys", [column])
    op.create_table(
        "personal_records",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(26), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("claim_id", sa.String(100), nullable=False),
        sa.Column("persons", sa.Integer, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    op.create_index(
        "ix_personal_records_claim", "personal_records", ["subject", "claim_id"]
    )
    op.create_table(
        "personal_certificates",
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index(
        "ix_personal_certificates_subject", "personal_certificates", ["subject"]
    )
    op.execute("DELETE FROM drafts WHERE content IS NOT NULL")


def downgrade() -> None:
    """Drop the tables with everything in them."""
    for table in ("personal_certificates", "personal_records", "personal_keys"):
        op.drop_table(table)
