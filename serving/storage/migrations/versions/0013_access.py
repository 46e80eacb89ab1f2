"""The tables of tenants, persons, keys, sessions and links."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create them, and the tenant to which everything belongs so far."""
    tenants = op.create_table(
        "tenants",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        _time("created_at", needed=True),
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    op.bulk_insert(tenants, [{"id": "default", "name": "default", "created_at": now}])
    op.create_table(
        "persons",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(512)),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        _time("created_at", needed=True),
        _time("disabled_at"),
        sa.UniqueConstraint("tenant", "subject"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(26), primary_key=True),
        sa.Column("prefix", sa.String(16), nullable=False, unique=True),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        *_of_person(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        _time("created_at", needed=True),
        _time("expires_at", needed=True),
        _time("last_used_at"),
        _time("revoked_at"),
        sa.Column("requests_a_minute", sa.Integer),
        sa.Column("largest_body_bytes", sa.Integer),
    )
    op.create_table(
        "browser_sessions",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        *_of_person(),
        _time("created_at", needed=True),
        _time("seen_at", needed=True),
        _time("ended_at"),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token_sha256", sa.String(64), primary_key=True),
        *_of_person(),
        _time("created_at", needed=True),
        _time("expires_at", needed=True),
        _time("used_at"),
    )
    for table in ("api_keys", "browser_sessions", "sign_in_links"):
        op.create_index(f"ix_{table}_person_id", table, ["person_id"])


def _time(name: str, *, needed: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime, nullable=not needed)


def _of_person() -> list[sa.Column[str]]:
    return [
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column(
            "person_id", sa.String(26), sa.ForeignKey("persons.id"), nullable=False
        ),
    ]


def downgrade() -> None:
    """Drop them."""
    for table in ("sign_in_links", "browser_sessions", "api_keys", "persons"):
        op.drop_table(table)
    op.drop_table("tenants")
