"""Every row belongs to a tenant; what is there belongs to the first one."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; keys that were of the whole store become those of a tenant."""
    for table in ("valuations", "drafts", "review_events"):
        op.add_column(table, _tenant())
    op.create_index("ix_valuations_tenant", "valuations", ["tenant", "id"])
    op.create_index("ix_drafts_tenant", "drafts", ["tenant", "id"])
    _make_anew("deals", _deals())
    _make_anew("idempotency_keys", _idempotency_keys())
    _make_anew("remembered_columns", _remembered_columns())
    op.create_index("ix_idempotency_keys_taken_at", "idempotency_keys", ["taken_at"])


def _tenant(**kind: Any) -> sa.Column[str]:
    return sa.Column(
        "tenant", sa.String(64), nullable=False, server_default="default", **kind
    )


def _make_anew(name: str, parts: Sequence[sa.schema.SchemaItem]) -> None:
    """Put a table in the place of one with other keys, which SQLite cannot change."""
    op.rename_table(name, f"{name}_before")
    table = op.create_table(name, *parts)
    kept = [column.name for column in table.columns if column.name != "tenant"]
    before = sa.table(f"{name}_before", *map(sa.column, kept))
    op.execute(table.insert().from_select(kept, sa.select(before)))
    op.drop_table(f"{name}_before")


def _deals() -> list[sa.schema.SchemaItem]:
    return [
        _tenant(),
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("imported_at", sa.DateTime, nullable=False),
        sa.Column("filename", sa.String(1024), nullable=False),
        sa.Column("deal_id", sa.String(100), nullable=False),
        sa.Column("price_kind", sa.String(100), nullable=False),
        sa.Column("currency", sa.String(100), nullable=False),
        sa.Column("deal_date", sa.Date, nullable=False),
        sa.Column("facts", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="deals_key"),
        sa.UniqueConstraint(
            "tenant", "deal_id", "price_kind", name="deals_once_for_each_price"
        ),
    ]


def _idempotency_keys() -> list[sa.schema.SchemaItem]:
    return [
        _tenant(),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", sa.DateTime, nullable=False),
        sa.Column("valuation_id", sa.String(26), sa.ForeignKey("valuations.id")),
        sa.PrimaryKeyConstraint("tenant", "key", name="idempotency_keys_key"),
    ]


def _remembered_columns() -> list[sa.schema.SchemaItem]:
    return [
        _tenant(),
        sa.Column("seller", sa.String(100), nullable=False),
        sa.Column("table_name", sa.String(16), nullable=False),
        sa.Column("header_key", sa.String(255), nullable=False),
        sa.Column("words", sa.String(128), nullable=False),
        sa.Column("last_used", sa.DateTime, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant",
            "seller",
            "table_name",
            "header_key",
            name="remembered_columns_key",
        ),
    ]


def downgrade() -> None:
    """Refuse: rows of several tenants cannot become those of one."""
    raise NotImplementedError("go back to a copy of the store; see docs/runbook.md")
