"""Columns that a table of claims can show: what each holds and how it reads."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Kind = Literal[
    "id", "segment", "category", "count", "amount", "rate", "points", "driver"
]


@dataclass(frozen=True)
class Column:
    """A column of a table of claims or of groups of claims.

    Attributes:
        name: What an address calls it.
        source: Column of the lines: whole fen for an amount, a share for a rate.
        kind: How a value reads.
    """

    name: str
    source: str
    kind: Kind

    @property
    def is_number(self) -> bool:
        """Whether its largest value is the first that a reader looks for."""
        return self.kind in ("count", "amount", "rate", "points")


CLAIM_ID = Column("claim_id", "claim_id", "id")
_OPTIONAL = (
    Column("row", "row", "count"),
    Column("segment", "segment", "segment"),
    Column("obligor_id", "obligor_id", "id"),
    Column("group_id", "group_id", "id"),
    Column("product", "product", "category"),
    Column("security_type", "security_type", "category"),
    Column("province", "province", "category"),
    Column("legal_stage", "legal_stage", "category"),
    Column("five_class", "five_class", "category"),
    Column("days_past_due", "days_past_due", "count"),
    Column("claim", "claim_fen", "amount"),
    Column("rate", "mean_rate", "rate"),
    Column("p10", "p10_rate", "rate"),
    Column("p50", "p50_rate", "rate"),
    Column("p90", "p90_rate", "rate"),
    Column("gross", "gross_fen", "amount"),
    Column("cost", "cost_fen", "amount"),
    Column("net", "net_fen", "amount"),
    Column("present_value", "present_value_fen", "amount"),
    Column("override", "override_fen", "amount"),
    Column("value_rate", "value_rate", "rate"),
    Column("liquidation", "liquidation_fen", "amount"),
    Column("spread", "spread_share", "rate"),
    Column("completeness", "completeness_rate", "rate"),
    Column("driver", "driver", "driver"),
    Column("driver_points", "driver_points", "points"),
    Column("warnings", "warnings", "count"),
)
COLUMNS: Mapping[str, Column] = MappingProxyType(
    {column.name: column for column in (CLAIM_ID, *_OPTIONAL)}
)
CHOICES = tuple(column.name for column in _OPTIONAL)
DEFAULT_COLUMNS = (
    "segment",
    "security_type",
    "province",
    "legal_stage",
    "claim",
    "rate",
    "p10",
    "p90",
    "present_value",
    "driver",
    "warnings",
)
# Facts of few values, by which claims are chosen and grouped.
FACETS = (
    "segment",
    "product",
    "security_type",
    "province",
    "legal_stage",
    "five_class",
)
GROUPINGS = (*FACETS, "obligor_id", "group_id")
_OF_GROUP = (
    Column("claims", "claims", "count"),
    *(COLUMNS[name] for name in ("claim", "gross", "net", "present_value")),
    Column("rate", "mean_rate", "rate"),
    Column("value_rate", "value_rate", "rate"),
    Column("share", "share", "rate"),
)
GROUP_SORTS = tuple(column.name for column in _OF_GROUP)


def group_columns(grouping: str) -> tuple[Column, ...]:
    """Columns of the table of groups.

    Args:
        grouping: Name of the column by which claims are grouped.
    """
    return (COLUMNS[grouping], *_OF_GROUP)
