"""The claims of a valuation as lines of a table: what lists, groups and sums need.

The answer says far more of each claim; these lines stand beside it on record, so that
a page of a package of thousands need not read all of that.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from features import catalogue
from features.package import Package
from models.pricing.fen import whole_fen

Figures = Mapping[str, Any]
# Facts of the tape by which claims are grouped and searched.
FACTS = (
    "obligor_id",
    "group_id",
    "product",
    "security_type",
    "province",
    "legal_stage",
    "five_class",
    "days_past_due",
)
_OWN = pa.schema(
    [
        ("claim_id", pa.string()),
        ("row", pa.int64()),
        ("segment", pa.string()),
        ("claim_fen", pa.int64()),
        ("gross_fen", pa.int64()),
        ("net_fen", pa.int64()),
        ("present_value_fen", pa.int64()),
        ("liquidation_fen", pa.int64()),
        ("mean_rate", pa.float64()),
        ("p10_rate", pa.float64()),
        ("p50_rate", pa.float64()),
        ("p90_rate", pa.float64()),
        ("spread_share", pa.float64()),
        ("completeness_rate", pa.float64()),
        ("driver", pa.string()),
        ("driver_points", pa.float64()),
        ("warnings", pa.int64()),
    ]
)
_TAPE = catalogue.arrow_schema("claims")
# Lines that were stored before a column came in have another schema.
SCHEMA = pa.schema([*_OWN, *(_TAPE.field(fact) for fact in FACTS)])


def claim_lines(claims: Sequence[Figures], package: Package) -> pa.Table:
    """A line for each claim, in the order of the package.

    Args:
        claims: The section on claims of an answer; amounts in yuan.
        package: The claims that were valued.

    Returns:
        Columns of ``SCHEMA``: those of the answer, amounts in whole fen and rates as
        shares of the claim, ``liquidation_fen`` the present value of an assumed
        liquidation; then the ``FACTS`` of the tape.
    """
    table = pa.Table.from_pylist([_line(claim) for claim in claims], _OWN)
    for fact in FACTS:
        table = table.append_column(fact, package.claims[fact])
    return table


def _line(claim: Figures) -> dict[str, Any]:
    rates: Mapping[str, float] = claim["recovery_rate"]
    strongest: Figures = next(iter(claim["drivers"]), {})
    return {
        "claim_id": claim["claim_id"],
        "row": claim["row"],
        "segment": claim["segment"],
        **_fen(claim, ("claim", "gross", "net", "present_value")),
        "liquidation_fen": whole_fen(claim["liquidation"]["present_value_yuan"]),
        **{f"{name}_rate": rate for name, rate in rates.items()},
        "spread_share": claim["spread_share"],
        "completeness_rate": claim["completeness_rate"],
        "driver": strongest.get("feature"),
        "driver_points": strongest.get("points"),
        "warnings": len(claim["warnings"]),
    }


def _fen(claim: Figures, names: Iterable[str]) -> dict[str, int]:
    return {f"{n}_fen": whole_fen(claim[f"{n}_yuan"]) for n in names}
