"""Learning of paths where the truth is known: SIMULATED markets, new claims each.

Paths are learnt from the older claims of a market and recommended of later claims of
another draw, of which the market knows what every path would have paid.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from features.package import Floats, Ints
from features.segment import segments
from features.table import build_table, learn_vocabulary
from models.paths.learnt import Labels, LearntPaths
from models.paths.path import PATHS, paths_of
from training.config import Config, Paths
from training.paths.learning import learn_paths
from training.paths.policy import NOTHING, recommended
from training.paths.simulated import PathMarket, simulate_paths

LAST_LEARNT = date(2017, 12, 31)
FIRST_NEW = date(2018, 1, 1)
NEW_SEED = 10_000
SETTLE = PATHS.index("settle")
HIDDEN = 2.0
SLICE = 0.10


@dataclass(frozen=True)
class Setting:
    """One kind of market.

    Attributes:
        name: What is special about it.
        hidden: Strength of what owners see and nobody notes.
        randomised_share: Share of the claims whose path is drawn by lot.
        ended: Learn from the paths that work-outs ended on.
    """

    name: str
    hidden: float = 0.0
    randomised_share: float = 0.0
    ended: bool = False


SETTINGS = (
    Setting("choices as the tape tells"),
    Setting("same, a tenth by lot", randomised_share=SLICE),
    Setting("choices hidden in part", hidden=HIDDEN),
    Setting("same, a tenth by lot", hidden=HIDDEN, randomised_share=SLICE),
    Setting("paths as they ended", ended=True),
)


@dataclass(frozen=True)
class Trial:
    """What came of one market.

    Attributes:
        setting: The kind of market.
        evidence: What the tool says of its evidence.
        learnt_from: Claims that taught.
        best_share: Value of the recommendations over that of the best policy; where
            nothing is recommended, the owner's choice counts.
        owners_share: The same of what owners choose.
        recommended_share: Share of the new claims that something is recommended of.
        raw_error: Mean absolute error of the plain means of segments and paths.
        learnt_error: The same of the doubly robust means.
        settle_learnt: Doubly robust mean of settling.
        settle_true: What settling pays on average where it is open.
        errors: Standard errors that this is off.
        sensitivity: Median over the new claims of what would overturn the
            recommendation; None where nothing is recommended.
    """

    setting: str
    evidence: str
    learnt_from: int
    best_share: float
    owners_share: float
    recommended_share: float
    raw_error: float
    learnt_error: float
    settle_learnt: float
    settle_true: float
    errors: float
    sensitivity: float | None


def trial(setting: Setting, claims: int, seed: int, config: Config) -> Trial:
    """Learn in one market and recommend in another draw of it.

    Args:
        setting: The kind of market.
        claims: Claims to learn from; half as many are new.
        seed: Seed of the market.
        config: How paths are learnt.
    """
    rule = _rule(setting, config)
    known, new = _markets(setting, claims, seed, rule)
    vocabulary = learn_vocabulary(
        known.history.package, config.vocabulary.minimum_count
    )
    learnt = learn_paths(
        known.history, build_table(known.history.package, vocabulary), rule
    )
    if learnt is None:
        raise ValueError(f"{claims} simulated claims taught nothing of paths")
    table = build_table(new.history.package, vocabulary)
    kinds = segments(new.history.package)
    wanted = recommended(learnt, table, kinds, new.open)
    owners = paths_of(new.history.workouts["chosen_path"])
    means = _Means.of(learnt, known)
    estimate, true, error = means.settling()
    return Trial(
        setting=setting.name,
        evidence=learnt.record.evidence,
        learnt_from=learnt.record.claims,
        best_share=_share(new, np.where(wanted == NOTHING, owners, wanted)),
        owners_share=_share(new, owners),
        recommended_share=float((wanted != NOTHING).mean()),
        raw_error=means.error(means.raw),
        learnt_error=means.error(means.learnt),
        settle_learnt=estimate,
        settle_true=true,
        errors=(estimate - true) / error,
        sensitivity=_sensitivity(learnt, learnt.rates(table, kinds), wanted, kinds),
    )


def _rule(setting: Setting, config: Config) -> Paths:
    labels = "ended" if setting.ended else "chosen"
    return config.paths.model_copy(update={"labels": labels})


def _markets(
    setting: Setting, claims: int, seed: int, rule: Paths
) -> tuple[PathMarket, PathMarket]:
    known = simulate_paths(
        claims,
        seed,
        yearly_rate=rule.yearly_rate,
        hidden=setting.hidden,
        randomised_share=setting.randomised_share,
        last_cutoff=LAST_LEARNT,
    )
    new = simulate_paths(
        claims // 2,
        seed + NEW_SEED,
        yearly_rate=rule.yearly_rate,
        hidden=setting.hidden,
        first_cutoff=FIRST_NEW,
    )
    return known, new


def _share(market: PathMarket, path: Ints) -> float:
    """Value of a path for each claim over that of the best ones."""
    value = market.mean_rate[np.arange(len(path)), path]
    return float(value.mean() / market.best_rate.mean())


@dataclass(frozen=True)
class _Means:
    """Cells beside the truth, each with how many claims it speaks of (cells)."""

    path: Ints
    claims: Floats
    raw: Floats
    learnt: Floats
    true: Floats
    standard_error: Floats

    @classmethod
    def of(cls, learnt: LearntPaths, market: PathMarket) -> "_Means":
        kinds = segments(market.history.package)
        rows = []
        for cell in learnt.record.cells:
            path = PATHS.index(cell.path)
            inside = (kinds == cell.segment) & market.open[:, path]
            true = float(market.mean_rate[inside, path].mean())
            known = (cell.raw_rate, cell.rate, true, cell.standard_error)
            rows.append((float(path), float(inside.sum()), *known))
        columns = np.array(rows).T
        return cls(columns[0].astype(np.int64), *columns[1:])

    def error(self, rate: Floats) -> float:
        """Mean absolute error of a rate over all claims and paths."""
        return float(np.average(np.abs(rate - self.true), weights=self.claims))

    def settling(self) -> tuple[float, float, float]:
        """Learnt and true mean of settling, and the standard error."""
        at = self.path == SETTLE
        share = self.claims[at] / self.claims[at].sum()
        root = float(np.sqrt(((share * self.standard_error[at]) ** 2).sum()))
        return float(share @ self.learnt[at]), float(share @ self.true[at]), root


def _sensitivity(
    learnt: LearntPaths, rates: Floats, wanted: Ints, kinds: Labels
) -> float | None:
    """Median over claims of what would overturn the recommendation."""
    others = np.where(np.isfinite(rates), rates, -np.inf)
    rows = np.flatnonzero(wanted != NOTHING)
    others[rows, wanted[rows]] = -np.inf
    pairs = zip(kinds[rows], wanted[rows], others[rows].argmax(axis=1), strict=True)
    known = [
        learnt.record.contrast.get((str(k), PATHS[a], PATHS[b])) for k, a, b in pairs
    ]
    found = [contrast.sensitivity for contrast in known if contrast is not None]
    return float(np.median(found)) if found else None


@dataclass(frozen=True)
class Trials:
    """Every market of every kind.

    Attributes:
        claims: Claims of each market.
        trials: One for each market, kind by kind.
    """

    claims: int
    trials: tuple[Trial, ...]

    def figures(self) -> dict[str, Any]:
        """The same as plain figures."""
        return {
            "simulated": True,
            "claims": self.claims,
            "trials": [asdict(trial) for trial in self.trials],
        }


def run_trials(claims: int, seeds: Iterable[int], config: Config) -> Trials:
    """Every kind of market with every seed."""
    return Trials(claims, tuple(_all(claims, seeds, config)))


def _all(claims: int, seeds: Iterable[int], config: Config) -> Iterator[Trial]:
    for seed in seeds:
        for number, setting in enumerate(SETTINGS):
            found = trial(setting, claims, seed, config)
            yield replace(found, setting=f"{number + 1}. {setting.name}")
