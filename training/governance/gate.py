"""The gate between a challenger and the champion: rules, limits and figures.

Both are compared on the claims that both were tested on out of time, with the same
outcome. Claims of one vintage share their luck, so intervals draw whole vintages.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.package import Floats
from training.bootstrap import paired_block_interval
from training.config import Evaluation as Protocol
from training.metrics import package_error, rank_correlation

# Fewer claims, or vintages to draw from, show nothing but luck.
FEWEST_PAIRED_CLAIMS = 200
FEWEST_VINTAGES = 8
# A segment is major with this many paired claims, this share of them, and vintages
# enough to tell its luck.
FEWEST_MAJOR_CLAIMS = 200
LEAST_MAJOR_SHARE = 0.05
FEWEST_MAJOR_VINTAGES = 4
MOST_PACKAGE_ERROR_RISE = 0.005
MOST_SPEARMAN_FALL = 0.01
MOST_LEVEL_ERROR = 0.05
SAME_CLAIM = ["claim_id", "year", "vintage", "segments", "claim_yuan", "realised_rate"]
JUDGED = ["expected_rate", "crps"]


@dataclass(frozen=True)
class Rule:
    """One rule of the gate and how it was met.

    Attributes:
        name: What is judged.
        champion: Figure of the champion; None where it has none.
        challenger: Figure of the challenger.
        limit: What is asked, in words.
        passed: Whether it is met.
        note: What else decided.
    """

    name: str
    champion: float | str | None
    challenger: float | str | None
    limit: str
    passed: bool
    note: str = ""

    def sentence(self) -> str:
        """The rule as one line."""
        told = f"{self.name}: challenger {_shown(self.challenger)}"
        told += f", champion {_shown(self.champion)}, asked {self.limit}"
        return f"{told} ({self.note})" if self.note else told

    def cells(self) -> tuple[str, str, str, str, str, str]:
        """The rule as a row of a table."""
        verdict = "met" if self.passed else "NOT MET"
        shown = (_shown(self.champion), _shown(self.challenger))
        return (self.name, *shown, self.limit, verdict, self.note)


@dataclass(frozen=True)
class Candidate:
    """A version as the gate sees it.

    Attributes:
        version: Its number.
        source: Name of the history that it was trained on.
        simulated: Whether that history never happened.
        claims: Claims it was tested on; None where they were not kept.
    """

    version: int
    source: str
    simulated: bool
    claims: pa.Table | None

    @property
    def data(self) -> str:
        """What it was trained on, in words."""
        return "simulated data" if self.simulated else self.source


@dataclass(frozen=True)
class Judgement:
    """Every rule that could be judged.

    Attributes:
        rules: The rules, in order.
        claims: Claims that both were tested on.
    """

    rules: tuple[Rule, ...]
    claims: int = 0

    @property
    def passed(self) -> bool:
        """Whether every rule is met."""
        return all(rule.passed for rule in self.rules)

    def failures(self) -> list[str]:
        """The rules that are not met, in words."""
        return [rule.sentence() for rule in self.rules if not rule.passed]

    def figures(self) -> tuple[dict[str, Any], ...]:
        """The rules as plain figures."""
        return tuple(asdict(rule) for rule in self.rules)


def judge(
    champion: Candidate | None, challenger: Candidate, protocol: Protocol
) -> Judgement:
    """Judge a challenger against the champion.

    Args:
        champion: The version in use; None if there is none.
        challenger: The version that would replace it.
        protocol: Size, number and seed of the packages drawn for their error.
    """
    if champion is None:
        asked = "a champion to compare with"
        return Judgement((Rule("champion", None, challenger.data, asked, False),))
    same = _same_source(champion, challenger)
    if not same.passed:
        return Judgement((same,))
    pairs = paired(champion, challenger)
    overlap = _overlap(champion, challenger, pairs)
    if not overlap.passed:
        return Judgement((same, overlap), len(pairs))
    rules = (_crps(pairs, protocol), _packages(pairs, protocol), _ranking(pairs))
    levels = _levels(pairs, protocol)
    return Judgement((same, overlap, *rules, *levels), len(pairs))


def paired(champion: Candidate, challenger: Candidate) -> pd.DataFrame:
    """Claims that both were tested on, one row each, with one and the same outcome.

    A claim whose outcome became known differently is left out: identifiers of two
    simulated markets agree while their claims do not.
    """
    if champion.claims is None or challenger.claims is None:
        return pd.DataFrame(columns=SAME_CLAIM)
    columns = SAME_CLAIM + JUDGED
    return pd.merge(
        champion.claims.select(columns).to_pandas(),
        challenger.claims.select(columns).to_pandas(),
        on=SAME_CLAIM,
        suffixes=("_champion", "_challenger"),
        validate="one_to_one",
    )


def _same_source(champion: Candidate, challenger: Candidate) -> Rule:
    same = (champion.source, champion.simulated) == (
        challenger.source,
        challenger.simulated,
    )
    note = (
        ""
        if same
        else "models of different data cannot be compared by figures; if the new data "
        "are the right ones, promote by --force with a --reason"
    )
    if challenger.simulated and not champion.simulated:
        note = "simulated data would replace a model of real disposals"
    return Rule("data", champion.data, challenger.data, "the same source", same, note)


def _overlap(champion: Candidate, challenger: Candidate, pairs: pd.DataFrame) -> Rule:
    vintages = pairs["vintage"].nunique()
    enough = len(pairs) >= FEWEST_PAIRED_CLAIMS and vintages >= FEWEST_VINTAGES
    note = f"{len(pairs):,} in {vintages} vintage{'s' * (vintages != 1)} were"
    if not enough:
        note += (
            "; fit both again with more evaluation.years by --config, or promote by "
            "--force with a --reason"
        )
    return Rule(
        "claims tested",
        _tested(champion),
        _tested(challenger),
        f"{FEWEST_PAIRED_CLAIMS} in {FEWEST_VINTAGES} vintages tested by both",
        enough,
        note,
    )


def _tested(candidate: Candidate) -> str:
    return "not kept" if candidate.claims is None else f"{len(candidate.claims):,}"


def _crps(pairs: pd.DataFrame, protocol: Protocol) -> Rule:
    old, new = (_column(pairs, f"crps_{who}") for who in ("champion", "challenger"))
    vintage = pairs["vintage"].to_numpy(np.int64)
    interval = paired_block_interval(new - old, vintage, protocol.seed)
    return Rule(
        "CRPS",
        float(old.mean()),
        float(new.mean()),
        "95% interval of the difference below 0",
        interval.high < 0,
        f"difference {interval.mean:+.5f}, {interval.low:+.5f} to {interval.high:+.5f}",
    )


def _packages(pairs: pd.DataFrame, protocol: Protocol) -> Rule:
    def error(expected: Floats, rate: Floats, claim_yuan: Floats) -> float:
        drawn = (protocol.package_claims, protocol.packages, protocol.seed)
        return package_error(claim_yuan * expected, claim_yuan * rate, *drawn)

    old, new = _yearly(pairs, error)
    rise = MOST_PACKAGE_ERROR_RISE
    limit = f"at most {rise:.1%} above the champion's"
    return Rule("package error", old, new, limit, new <= old + rise)


def _ranking(pairs: pd.DataFrame) -> Rule:
    old, new = _yearly(
        pairs, lambda expected, rate, _: rank_correlation(expected, rate)
    )
    limit = f"at most {MOST_SPEARMAN_FALL} below the champion's"
    return Rule("Spearman", old, new, limit, new >= old - MOST_SPEARMAN_FALL)


def _yearly(
    pairs: pd.DataFrame, figure: Callable[[Floats, Floats, Floats], float]
) -> tuple[float, float]:
    """Mean over the test years of a figure of the champion and of the challenger."""
    by_year = [
        [
            figure(
                _column(year, f"expected_rate_{who}"),
                _column(year, "realised_rate"),
                _column(year, "claim_yuan"),
            )
            for who in ("champion", "challenger")
        ]
        for _, year in pairs.groupby("year")
    ]
    old, new = np.mean(by_year, axis=0)
    return float(old), float(new)


def _levels(pairs: pd.DataFrame, protocol: Protocol) -> list[Rule]:
    """Actual over expected cash of each major segment."""
    least = max(FEWEST_MAJOR_CLAIMS, LEAST_MAJOR_SHARE * len(pairs))
    return [
        _level(str(segment), of_segment, protocol)
        for segment, of_segment in pairs.groupby("segments")
        if len(of_segment) >= least
        and of_segment["vintage"].nunique() >= FEWEST_MAJOR_VINTAGES
    ]


def _level(segment: str, pairs: pd.DataFrame, protocol: Protocol) -> Rule:
    """Within the limit, or beyond it with an excuse."""
    old, new = (_level_of(pairs, who) for who in ("champion", "challenger"))
    within = abs(new - 1) <= MOST_LEVEL_ERROR
    excuse = "" if within else _excuse(pairs, old, new, protocol)
    return Rule(
        f"actual / expected, {segment}",
        old,
        new,
        f"{1 - MOST_LEVEL_ERROR:.2f} to {1 + MOST_LEVEL_ERROR:.2f}",
        within or bool(excuse),
        excuse,
    )


def _excuse(pairs: pd.DataFrame, old: float, new: float, protocol: Protocol) -> str:
    """Why a level beyond the limit is let pass; nothing where it is not.

    The cash of a segment hangs on its largest claims and best vintages, and to refuse
    what is nearer to 1 would keep what is further off.
    """
    if _luck_reaches_limit(pairs, new, protocol):
        return "beyond the limit, which luck of vintages reaches"
    if abs(new - 1) <= abs(old - 1):
        return "beyond the limit, the champion no nearer"
    return ""


def _level_of(pairs: pd.DataFrame, who: str) -> float:
    claim, paid = _column(pairs, "claim_yuan"), _column(pairs, "realised_rate")
    return float(claim @ paid / (claim @ _column(pairs, f"expected_rate_{who}")))


def _luck_reaches_limit(pairs: pd.DataFrame, level: float, protocol: Protocol) -> bool:
    """Whether the interval of the level reaches the nearer limit."""
    side = 1.0 if level > 1 else -1.0
    expected = _column(pairs, "expected_rate_challenger")
    surplus = _column(pairs, "realised_rate") - (1 + side * MOST_LEVEL_ERROR) * expected
    beyond = side * surplus * _column(pairs, "claim_yuan")
    vintage = pairs["vintage"].to_numpy(np.int64)
    return paired_block_interval(beyond, vintage, protocol.seed).low <= 0


def _column(pairs: pd.DataFrame, name: str) -> Floats:
    return pairs[name].to_numpy(np.float64)


def _shown(figure: float | str | None) -> str:
    if figure is None:
        return "none"
    return figure if isinstance(figure, str) else f"{figure:.4f}"
