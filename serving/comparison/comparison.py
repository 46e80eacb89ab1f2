"""Two valuations side by side: what differs in what they rest on and what they say."""

from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, Literal

import numpy as np

from features.errors import AssumptionError, Finding
from models.pricing.assumptions import Assumptions
from serving.comparison.bridge import Bridge, bridge
from serving.comparison.side import Side
from serving.desk import Desk
from serving.figures.package import yuan

Figures = dict[str, Any]
Kind = Literal["yuan", "share", "count"]
MOST_CLAIMS = 20
# What a committee compares first, and where an answer's section on the package has it.
_OF_PACKAGE: tuple[tuple[str, Kind, str], ...] = (
    ("claims", "count", "claims"),
    ("claim", "yuan", "claim_yuan"),
    ("gross", "yuan", "expected.gross_yuan"),
    ("cost", "yuan", "expected.cost_yuan"),
    ("recovery_rate", "share", "recovery_rate"),
    ("present_value", "yuan", "present_value_yuan"),
    ("p5", "yuan", "percentiles.P5.present_value_yuan"),
    ("p95", "yuan", "percentiles.P95.present_value_yuan"),
    ("downturn", "yuan", "downturn.present_value_yuan"),
    ("maximum_bid", "yuan", "maximum_bid_yuan"),
)


def compared(desk: Desk, a_id: str, b_id: str) -> Figures:
    """Two valuations side by side, with the bridge between them.

    Args:
        desk: Store and models.
        a_id: Identifier of the valuation where the bridge starts.
        b_id: Identifier of the one where it ends.

    Raises:
        AssumptionError: Both are the same.
        NotFoundError: There is no such valuation.
        StoreError: The store does not answer.
    """
    if a_id == b_id:
        english, chinese = "choose two different valuations", "请选择两份不同的估值"
        finding = Finding(
            "request", english, chinese, "query", field="b", value=b_id[:40]
        )
        raise AssumptionError(finding.sentence(), [finding])
    a, b = Side.of(desk, a_id), Side.of(desk, b_id)
    found = bridge(desk, a, b)
    untold, untold_zh = found.untold or (None, None)
    return {
        "a": _side(a),
        "b": _side(b),
        "figures": list(_figures(a, b)),
        "model_differs": a.record.row.model_sha256 != b.record.row.model_sha256,
        "assumptions": list(_assumptions(a.record.assumptions, b.record.assumptions)),
        "claims_left": int((~found.in_b).sum()),
        "claims_joined": int((~found.in_a).sum()),
        "claims_shared": int((found.in_a & found.in_b).sum()),
        "before_yuan": yuan(found.before_fen.sum()),
        "bridge": [
            {
                "part": part.name,
                "title": part.title,
                "title_zh": part.title_zh,
                "yuan": yuan(part.fen),
                "claims": part.claims,
            }
            for part in found.parts()
        ],
        "after_yuan": yuan(found.after_fen.sum()),
        "untold": untold,
        "untold_zh": untold_zh,
        "most_changed": list(_most_changed(found)),
    }


def _side(side: Side) -> Figures:
    row = side.record.row
    return {
        "valuation_id": row.id,
        "created_at": row.created_at.isoformat(timespec="milliseconds"),
        "filename": row.filename,
        "package_id": row.package_id,
        "cutoff_date": side.record.package_figures["cutoff_date"],
        "parent_id": row.parent_id,
        "model_name": row.model_name,
        "model_version": row.model_version,
        "model_sha256": row.model_sha256,
        "simulated_model": row.simulated,
        "status": side.standing.status,
        "overrides": len(side.standing.overrides),
    }


def _figures(a: Side, b: Side) -> Iterator[Figures]:
    for name, kind, path in _OF_PACKAGE:
        yield _figure(
            name, kind, *(_at(s.record.package_figures, path) for s in (a, b))
        )
    for name, fen in (
        (
            "present_value_with_overrides",
            [s.standing.present_value_fen for s in (a, b)],
        ),
        ("maximum_bid_with_overrides", [s.standing.maximum_bid_fen for s in (a, b)]),
    ):
        yield _figure(name, "yuan", *(yuan(amount) for amount in fen))


def _at(figures: Mapping[str, Any], path: str) -> float:
    found: Any = reduce(lambda part, name: part[name], path.split("."), figures)
    return float(found)


def _figure(name: str, kind: Kind, a: float, b: float) -> Figures:
    digits = 2 if kind == "yuan" else 6
    return {
        "figure": name,
        "kind": kind,
        "a": a,
        "b": b,
        "difference": round(b - a, digits),
    }


def _assumptions(a: Assumptions, b: Assumptions) -> Iterator[Figures]:
    before, after = a.model_dump(mode="json"), b.model_dump(mode="json")
    for name, value in after.items():
        if before[name] != value:
            yield {"assumption": name, "a": before[name], "b": value}


def _most_changed(found: Bridge) -> Iterator[Figures]:
    change = found.after_fen - found.before_fen
    for place in np.argsort(-np.abs(change), kind="stable")[:MOST_CLAIMS].tolist():
        if not change[place]:
            return
        yield {
            "claim_id": found.claim_ids[place],
            "before_yuan": yuan(found.before_fen[place]),
            "parts": {n: yuan(fen[place]) for n, fen in found.changes_fen.items()},
            "after_yuan": yuan(found.after_fen[place]),
            "difference_yuan": yuan(change[place]),
        }
