"""What an answer says of each claim: recovery, cash, worth and what drives it."""

from collections import defaultdict
from typing import Any

import numpy as np

from features import catalogue
from features.catalogue import Field
from features.outcomes import MONTHS_PER_QUARTER
from features.wording import WORDS
from models.pricing.cost import COSTS
from models.pricing.fen import FEN_PER_YUAN, Fen
from models.pricing.package import PackageRange
from models.pricing.sources import SOURCES
from models.pricing.valuation import Valuation
from models.recovery.distribution import quantile
from models.recovery.model import RecoveryModel
from serving.figures.collateral import collateral_figures
from serving.figures.package import RATE_DIGITS, Figures, parts_of_each, yuans
from serving.submission import Notes

STRONGEST = 5
_QUANTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


def claim_figures(
    valuation: Valuation, model: RecoveryModel, notes: Notes
) -> list[Figures]:
    """The figures of every claim, in the order of the package.

    Rates and drivers are those of the horizon of the assumptions, so that the mean
    rate times the claim is the expected gross cash and the drivers, with the rest
    that is not listed, add up to the mean rate less the baseline.

    Args:
        valuation: The priced package.
        model: The model that priced it.
        notes: Notes of the reading.
    """
    warnings = _warnings(valuation, notes)
    columns: dict[str, list[Any]] = {
        "claim_id": valuation.package.claim_ids,
        "row": notes["rows"],
        "segment": valuation.forecast.segments.tolist(),
        "claim_yuan": yuans(valuation.claim_fen),
        "recovery_rate": _recovery_rates(valuation),
        **_cash(valuation),
        "present_value_yuan": yuans(valuation.present_value_fen),
        **_diversification(valuation.range),
        "collateral": collateral_figures(valuation, model),
        "completeness_rate": notes["completeness"],
        **_driver_columns(valuation, model),
        "warnings": [warnings[i] for i in range(len(valuation.package))],
    }
    names = tuple(columns)
    return [
        dict(zip(names, row, strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def _recovery_rates(valuation: Valuation) -> list[Figures]:
    within = valuation.within
    points = valuation.forecast.points
    rates = {
        "mean": valuation.counted_rate,
        **{n: quantile(points, level) * within for n, level in _QUANTILES.items()},
    }
    rows = np.column_stack(list(rates.values())).round(RATE_DIGITS).tolist()
    return [dict(zip(rates, row, strict=True)) for row in rows]


def _cash(valuation: Valuation) -> dict[str, list[Any]]:
    cash = valuation.cash_flow
    return {
        "gross_yuan": yuans(cash.gross_fen.sum(axis=1)),
        "cost_yuan": yuans(cash.cost_fen.sum(axis=1)),
        "net_yuan": yuans(cash.net_fen.sum(axis=1)),
        "sources": parts_of_each(SOURCES, cash.source_fen),
        "costs": parts_of_each(COSTS, cash.kind_fen),
        "expected_cash_by_quarter_yuan": yuans(_by_quarter(cash.gross_fen)),
    }


def _diversification(range_: PackageRange) -> dict[str, list[Any]]:
    alone = range_.alone_share
    marginal = range_.spread_share / np.where(alone > 0, alone, 1.0)
    return {
        "spread_share": range_.spread_share.round(RATE_DIGITS).tolist(),
        "diversified_share": (1 - marginal).round(RATE_DIGITS).tolist(),
    }


def _by_quarter(monthly: Fen) -> Fen:
    starts = np.arange(0, monthly.shape[1], MONTHS_PER_QUARTER)
    quarterly: Fen = np.add.reduceat(monthly, starts, axis=1)
    return quarterly


def _driver_columns(valuation: Valuation, model: RecoveryModel) -> dict[str, list[Any]]:
    """The strongest drivers, the sum of all others and where the effects start."""
    drivers, within = valuation.drivers, valuation.within
    columns = drivers.strongest(STRONGEST)
    effects = np.take_along_axis(drivers.points, columns, axis=1) * within[:, None]
    others = drivers.points.sum(axis=1) * within - effects.sum(axis=1)
    values = np.take_along_axis(drivers.values, columns, axis=1)
    cash = np.rint(effects * valuation.claim_fen[:, None]) / FEN_PER_YUAN
    titles = [_Title(name, model) for name in drivers.names]
    rows = zip(
        columns.tolist(),
        values.tolist(),
        effects.round(RATE_DIGITS).tolist(),
        cash.tolist(),
        strict=True,
    )
    return {
        "baseline_rate": (drivers.baseline_rate * within).round(RATE_DIGITS).tolist(),
        "drivers": [
            [titles[c].driver(*rest) for c, *rest in zip(*row, strict=True)]
            for row in rows
        ],
        "other_drivers_points": others.round(RATE_DIGITS).tolist(),
    }


class _Title:
    """A feature in the words of an answer."""

    def __init__(self, name: str, model: RecoveryModel) -> None:
        feature = catalogue.features()[name]
        self._fixed = {
            "feature": name,
            "title": feature.title("en"),
            "title_zh": feature.title("zh"),
        }
        self._labels = model.record.vocabulary.get(name)
        self._field: Field | None = catalogue.feature_field(feature)

    def driver(self, value: float, points: float, yuan: float) -> Figures:
        """One driver of one claim."""
        return {
            **self._fixed,
            **self._value(value),
            "points": points,
            "yuan": yuan,
            "direction": "up" if points > 0 else "down" if points < 0 else "none",
        }

    def _value(self, value: float) -> Figures:
        if np.isnan(value):
            return {"value": None, "value_zh": None}
        if self._labels is None:
            return {"value": round(value, RATE_DIGITS), "value_zh": None}
        label = self._labels[int(value)]
        zh = self._field.label(label, "zh") if self._field else label
        return {"value": label, "value_zh": zh}


def _warnings(valuation: Valuation, notes: Notes) -> dict[int, list[Figures]]:
    found: dict[int, list[Figures]] = defaultdict(list)
    for position, warning in notes["claim_warnings"]:
        found[position].append(warning)
    for position in np.flatnonzero(valuation.forecast.unseen).tolist():
        found[position].append(_UNSEEN)
    return found


_UNSEEN: Figures = {
    "code": "segment_unseen",
    "reason": WORDS["segment_unseen"][0],
    "reason_zh": WORDS["segment_unseen"][1],
}
