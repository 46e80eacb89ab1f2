"""The identifier of whoever took a step in a review."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; older steps, of persons as they called themselves, have none."""
    op.add_column("review_events", sa.Column("person_id", sa.String(200)))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("review_events", "person_id")
