"""Whether the latest year paid as the years before, on claims of any age.

The level is learnt from claims that are old enough to have shown it, so a break of the
market reaches it years late. Cash shows it at once: the quarters that were observed in
the latest year are set against what claims of the same segment and age paid before.
The same is asked of earlier years, which tells how far luck alone goes (a prediction
interval from their logarithms). Only segment and age are told apart, so a departure
may also come from claims of another kind: which it is, whoever knows them must say.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
from scipy.stats import t as student

from features.outcomes import (
    MONTHS_PER_QUARTER,
    Bools,
    History,
    Panel,
    age_months,
    quarter_panel,
)
from features.package import Floats
from features.segment import segments
from models.recovery.chain_ladder import Labels, fit_chain_ladder
from training.config import Config

MONTHS = 12
# Earlier years that luck is told from; older ones tell of another time.
FEWEST_YEARS = 5
MOST_YEARS = 10
CONFIDENCE = 0.95


@dataclass(frozen=True)
class LatestYear:
    """What claims paid in the latest year over what such claims paid before.

    Attributes:
        ratio: Mean recovery of the year over that of the same segments and ages before.
        low: Lower end of what luck alone gives with 95%, as earlier years tell.
        high: Upper end.
        earlier_years: How many of them told it.
        departs: Whether the ratio lies beyond both, and departs from 1 by more than the
            tolerance of a back-test.
    """

    ratio: float
    low: float
    high: float
    earlier_years: int
    departs: bool

    def figures(self) -> dict[str, float | int | bool]:
        """The same as a mapping."""
        return asdict(self)

    def sentence(self) -> str:
        """The ratio in words, with what to do where it departs."""
        told = (
            f"The latest {MONTHS} months paid {self.ratio:.2f} of what claims of the "
            f"same segment and age paid before; luck gives {self.low:.2f} to "
            f"{self.high:.2f}, as the {self.earlier_years} years before tell"
        )
        if not self.departs:
            return f"{told}."
        return (
            f"{told}. The market has moved, or claims of another kind have come: the "
            "level rests on older claims and does not hold it. Price with that ratio "
            "as a scenario, and see the back-test."
        )

    def sentence_zh(self) -> str:
        """The same in Chinese."""
        told = (
            f"最近{MONTHS}个月的回款为此前同类、同账龄债权的{self.ratio:.2f}倍；"
            f"此前{self.earlier_years}年的正常波动为{self.low:.2f}至{self.high:.2f}"
        )
        if not self.departs:
            return f"{told}。"
        return (
            f"{told}。市场已变化，或债权构成不同：回收水平取自较早债权，未计入该变化。"
            "请以该比率作为情景定价，并查看回测。"
        )


def latest_year(history: History, config: Config) -> LatestYear | None:
    """The latest year beside the years before.

    Args:
        history: The history.
        config: The horizon, and the tolerance and fewest claims of a back-test.

    Returns:
        None where timing is not observed, or too few years can be told.
    """
    if not history.timing_observed:
        return None
    latest, *earlier = list(_ratios(history, config)) or [0.0]
    if len(earlier) < FEWEST_YEARS or latest <= 0:
        return None
    low, high = _by_luck(np.log(earlier))
    far = abs(latest - 1) > config.monitoring.tolerance_rate
    beyond = not low <= latest <= high
    return LatestYear(latest, low, high, len(earlier), far and beyond)


def _ratios(history: History, config: Config) -> Iterator[float]:
    """The ratio of each year, the latest first, as far back as claims tell one."""
    panel = quarter_panel(history, config.horizon.quarters)
    kinds = segments(history.package)
    ended = age_months(history)[panel.claim] - MONTHS_PER_QUARTER * (panel.quarter + 1)
    for year in range(MOST_YEARS + 1):
        first = MONTHS * year
        within = (ended >= first) & (ended + MONTHS_PER_QUARTER <= first + MONTHS)
        told, before = _rows(panel, within), _rows(panel, ended >= first + MONTHS)
        ratio = _ratio(told, before, kinds, config)
        if ratio <= 0:
            return
        yield ratio


def _ratio(told: Panel, before: Panel, kinds: Labels, config: Config) -> float:
    """Paid over paid before at the same segment and age; nothing if none can tell."""
    fewest = config.monitoring.fewest_claims
    if any(len(np.unique(side.claim)) < fewest for side in (told, before)):
        return 0.0
    ladder = fit_chain_ladder(before, kinds, config.horizon.quarters)
    due = ladder.shares(kinds)[told.claim, told.quarter].sum()
    return float(told.share.sum() / due) if due > 0 else 0.0


def _rows(panel: Panel, chosen: Bools) -> Panel:
    return Panel(panel.claim[chosen], panel.quarter[chosen], panel.share[chosen])


def _by_luck(logs: Floats) -> tuple[float, float]:
    """Where one more year lies with 95%, the others being alike."""
    years = len(logs)
    quantile = student.ppf((1 + CONFIDENCE) / 2, years - 1)
    reach = quantile * logs.std(ddof=1) * np.sqrt(1 + 1 / years)
    low, high = np.exp([logs.mean() - reach, logs.mean() + reach])
    return float(low), float(high)
