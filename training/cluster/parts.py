"""What a worker makes of its part of a history, and which rows of it teach trees."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from features.errors import HistoryError
from features.outcomes import Bools, History, Panel, quarter_panel
from features.package import Floats, Ints, days, obligors
from features.segment import segments
from features.sources.tables import read_history
from features.table import FeatureTable, build_table, without
from models.recovery.model import LISTED
from training.completion import completed_rates
from training.fingerprint import fingerprint
from training.growing import Basis
from training.reference import mature_claims

# A part of a few hundred claims is still within this of a sample's half.
FARTHEST_EARLY_RATE = 0.25
Singles = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class Part:
    """Claims of a history as trees learn from them.

    Attributes:
        table: Features of the claims that trees may learn from.
        panel: Observed quarters of the same claims.
        curve_start: Log-odds that the curve starts from, shape (claims, quarters).
        mature: Rows of the claims that teach the level, shape (m,).
        rate: Their recovery, open work-outs completed, shape (m,).
        level_start: Log-odds that their level starts from, shape (m,).
        strangers: Whether they are older than every reference claim and of none of
            its obligors, shape (m,).
        obligors: Its obligors, each as a number.
        early_rate: Share of the claims cut off before the middle of those at hand.
        sha256: Fingerprint of the tables that it was made of.
    """

    table: FeatureTable
    panel: Panel
    curve_start: Floats
    mature: Ints
    rate: Floats
    level_start: Floats
    strangers: Bools
    obligors: Numbers
    early_rate: float
    sha256: str


@dataclass(frozen=True)
class Lesson:
    """Rows that trees are grown from.

    Attributes:
        values: Features in single precision, shape (rows, columns): bins are far wider.
        label: Recovery, shape (rows,).
        start: Log-odds that the trees start from, shape (rows,).
    """

    values: Singles
    label: Floats
    start: Floats


def read_part(folder: str, name: str, basis: Basis) -> Part:
    """One part of a partitioned history, as it was known on the day of the basis.

    Open work-outs are completed by donors of the same part, which is a sample of all.

    Raises:
        HistoryError: The part is inconsistent.
    """
    whole = read_history(Path(folder), (name,))
    history, config = whole.known_on(basis.known_on), basis.config
    kinds = segments(history.package)
    rows = mature_claims(history, config)
    shares = basis.ladder.shares(kinds[rows])
    table = build_table(history.package, basis.vocabulary, basis.prices)
    return Part(
        table=without(table, LISTED),
        panel=quarter_panel(history, config.horizon.quarters),
        curve_start=basis.ladder.log_odds(kinds),
        mature=rows,
        rate=completed_rates(history, rows, shares, config.level.seed),
        level_start=basis.segment_level.log_odds(kinds[rows]),
        strangers=_strangers(history, basis)[rows],
        obligors=numbered(np.unique(obligors(history.package))),
        early_rate=float(np.mean(_cut_off_before(history, basis.middle))),
        sha256=fingerprint(whole),
    )


def numbered(obligors: npt.NDArray[np.str_]) -> Numbers:
    """A number for each obligor, the same wherever it is made, shape (n,)."""
    return pd.util.hash_array(obligors.astype(object))


def _cut_off_before(history: History, day: date) -> Bools:
    first = np.datetime64(day, "D").astype(np.int64)
    before: Bools = days(history.package.claims, "cutoff_date") < first
    return before


def _strangers(history: History, basis: Basis) -> Bools:
    related = np.isin(obligors(history.package), basis.reference_obligors)
    return _cut_off_before(history, basis.reference_from) & ~related


def level_lesson(part: Part, blind: bool) -> Lesson:
    """The mature claims of a part, or only those that blind trees may see."""
    chosen = part.strangers if blind else np.full(len(part.mature), True)
    values = part.table.values[part.mature[chosen]]
    return Lesson(
        values.astype(np.float32), part.rate[chosen], part.level_start[chosen]
    )


def curve_lesson(table: FeatureTable, panel: Panel, start: Floats) -> Lesson:
    """Claims once for each of their observed quarters, the quarter as last column."""
    claims, quarter = table.values.astype(np.float32), panel.quarter.astype(np.float32)
    values = np.column_stack([claims[panel.claim], quarter])
    return Lesson(values, panel.share, start[panel.claim, panel.quarter])


@dataclass(frozen=True)
class Size:
    """What is told of a part to those who do not hold it.

    Attributes:
        claims: Number of claims.
        panel_claims: Claims with at least one observed quarter.
        panel_rows: Observed quarters of all of them.
        obligors: Its obligors, each as a number.
        early_rate: Share of the claims cut off before the middle of those at hand.
        sha256: Fingerprint of its tables.
    """

    claims: int
    panel_claims: int
    panel_rows: int
    obligors: Numbers
    early_rate: float
    sha256: str


def size_of(part: Part) -> Size:
    """How large a part is."""
    rows, observed = len(part.panel.claim), len(np.unique(part.panel.claim))
    claims, own = len(part.table.values), (part.obligors, part.early_rate, part.sha256)
    return Size(claims, observed, rows, *own)


def check_parts(names: Sequence[str], sizes: Sequence[Size], basis: Basis) -> None:
    """Refuse parts that are not samples of one history.

    Raises:
        HistoryError: An obligor lies in several parts, or a part holds other times.
    """
    for name, size in zip(names, sizes, strict=True):
        if abs(size.early_rate - 0.5) > FARTHEST_EARLY_RATE:
            raise HistoryError(
                f"{name}: {size.early_rate:.0%} of its claims were cut off before "
                f"{basis.middle}, half of those of the first parts: spread the "
                "obligors over the parts by chance, not by time",
                zh=f"{name}：其中{size.early_rate:.0%}的债权基准日早于{basis.middle}，"
                "而首批分片为一半；请将债务人随机而非按时间分配到各分片",
            )
    everybody = [numbered(basis.obligors), *(size.obligors for size in sizes)]
    listed = np.concatenate(everybody)
    if len(np.unique(listed)) < len(listed):
        raise HistoryError(
            "an obligor has claims in more than one part: keep all of an obligor's "
            "claims in one",
            zh="同一债务人的债权分布在多个分片中；请将其全部债权放在同一分片",
        )
