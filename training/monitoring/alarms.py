"""What a back-test comes to: alarms, a verdict, and figures for machines."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from features.errors import InputError
from features.outcomes import History
from training.config import Config
from training.monitoring.actual_to_expected import ALL, Cell, cells
from training.monitoring.backtest import Comparison, compare
from training.monitoring.drift import Drift, drift
from training.monitoring.triangles import Triangle, segment_triangles, triangle

RETRAIN_STATUS = 3
_LABELS = ("vintage", "product", "region")
_OF_CELL: dict[str, tuple[str, Callable[[Cell], float | None]]] = {
    "recoup_actual_to_expected": (
        "Realised over expected cash of the quarters that count.",
        lambda cell: cell.ratio,
    ),
    "recoup_actual_to_expected_low": (
        "Lower end of its 95% interval.",
        lambda cell: cell.low,
    ),
    "recoup_actual_to_expected_high": (
        "Upper end of its 95% interval.",
        lambda cell: cell.high,
    ),
    "recoup_backtest_claims": ("Claims compared.", lambda cell: cell.claims),
    "recoup_backtest_expected_yuan": (
        "Cash expected in the quarters that count.",
        lambda cell: cell.expected_yuan,
    ),
    "recoup_backtest_realised_yuan": (
        "Cash received in them.",
        lambda cell: cell.realised_yuan,
    ),
    "recoup_backtest_alarm": (
        "1 where a vintage of a product asks for retraining.",
        lambda cell: float(is_alarm(cell)),
    ),
}


@dataclass(frozen=True)
class Backtest:
    """Everything that a back-test says.

    Attributes:
        compared: Forecasts against cash.
        cells: Actual over expected of every margin.
        triangle: Development of all claims; None where timing is not observed.
        segments: Development by segment, personal ones first.
        drift: How the claims differ from those learnt from; None where the history
            does not hold these.
    """

    compared: Comparison
    cells: tuple[Cell, ...]
    triangle: Triangle | None
    segments: dict[str, Triangle]
    drift: Drift | None

    @property
    def whole(self) -> Cell:
        """The cell of all claims."""
        return self.cells[0]

    @property
    def alarms(self) -> tuple[Cell, ...]:
        """Vintages of products that paid too far from what was expected."""
        return tuple(cell for cell in self.cells if is_alarm(cell))

    @property
    def retrain(self) -> bool:
        """Whether an alarm rings."""
        return bool(self.alarms)

    def margin(self, *by: str) -> tuple[Cell, ...]:
        """The cells of one margin, such as ``margin("vintage", "product")``."""
        return tuple(
            cell
            for cell in self.cells
            if all((getattr(cell, name) != ALL) == (name in by) for name in _LABELS)
        )

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        compared, moved = self.compared, self.drift
        return {
            "source": compared.source,
            "simulated": compared.simulated,
            "observed_until": compared.observed_until,
            "models": compared.models,
            "learnt_until": compared.learnt_until,
            "claims": len(compared),
            "left_out": dict(compared.left_out),
            "verdict": "retrain" if self.retrain else "keep",
            "reasons": [reason(cell) for cell in self.alarms],
            "cells": [cell.figures() for cell in self.cells],
            "triangle": self.triangle.figures() if self.triangle else None,
            "segments": {k: drawn.figures() for k, drawn in self.segments.items()},
            "drift": moved.figures() if moved else None,
        }


def is_alarm(cell: Cell) -> bool:
    """Whether a cell is a vintage of a product beyond tolerance and luck."""
    judged = ALL not in (cell.vintage, cell.product) and cell.region == ALL
    return judged and cell.standing in ("above", "below")


def reason(cell: Cell) -> str:
    """Why an alarm rings, as one line."""
    return (
        f"{cell.name}: {cell.claims:,} claims paid {cell.ratio:.2f} of what was "
        f"expected (95% interval {cell.low:.2f} to {cell.high:.2f}, drawn by "
        f"{cell.drawn_by})"
    )


def backtest(
    forecasts: pa.Table, history: History, config: Config, *, first: bool = False
) -> Backtest:
    """Set stored forecasts against what a history knows today.

    Args:
        forecasts: Table in the form of ``features.forecasts.SCHEMA``.
        history: Claims and their cash, whose identifiers are those of the forecasts.
        config: The rule under ``[monitoring]``.
        first: Take the first valuation of a claim rather than the latest.

    Raises:
        HistoryError: No forecast can be set against cash.
    """
    rule = config.monitoring
    compared = compare(forecasts, history, rule.vintage_months, first=first)
    return Backtest(
        compared,
        cells(compared, rule),
        triangle(compared, rule.fewest_claims),
        segment_triangles(compared, rule.fewest_claims),
        drift(compared, history, config.vocabulary.minimum_count, rule.seed),
    )


def write_metrics(tested: Backtest, path: Path) -> None:
    """Write gauges for the textfile collector of Prometheus' node exporter.

    Raises:
        InputError: The file cannot be written.
    """
    registry = CollectorRegistry()
    for name, (told, value) in _OF_CELL.items():
        gauge = Gauge(name, told, _LABELS, registry=registry)
        for cell in tested.cells:
            figure = value(cell)
            # Luck of a few claims would ring whatever watches these gauges.
            if figure is not None and cell.standing != "too_few":
                gauge.labels(cell.vintage, cell.product, cell.region).set(figure)
    _write_summary(tested, registry)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def _write_summary(tested: Backtest, registry: CollectorRegistry) -> None:
    """Gauges of the back-test as a whole."""
    compared = tested.compared
    until = datetime.combine(compared.observed_until, datetime.min.time(), UTC)
    named = {
        "recoup_retrain": ("1 where an alarm asks for retraining.", tested.retrain),
        "recoup_backtest_simulated": (
            "1 where claims or model are simulated.",
            compared.simulated,
        ),
        "recoup_backtest_observed_until_timestamp_seconds": (
            "Last day of the ledger.",
            until.timestamp(),
        ),
    }
    for name, (told, value) in named.items():
        Gauge(name, told, registry=registry).set(value)
    if tested.drift is None:
        return
    told = "Area under the curve of a classifier of new claims; information."
    Gauge("recoup_domain_auc", told, registry=registry).set(tested.drift.domain_auc)
    told = "Population stability index; information."
    gauge = Gauge("recoup_psi", told, ("feature",), registry=registry)
    for feature, index in tested.drift.psi.items():
        gauge.labels(feature).set(index)
