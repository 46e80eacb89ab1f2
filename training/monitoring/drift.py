"""How far new claims differ from those a model learnt from: information, no alarm.

A population that moved says nothing of recovery as such: before 2008 drift of scores
stayed small while recovery failed. What rings is actual over expected cash.
"""

from dataclasses import asdict, dataclass
from typing import Any

import lightgbm as lgb
import numpy as np

from features.outcomes import History
from features.package import Floats, Ints, days, obligors
from features.table import FeatureTable, build_table, learn_vocabulary
from training.monitoring.backtest import Comparison

TENTHS = 10
# A bin that one side leaves empty counts as half a claim there.
EMPTY = 0.5
FEWEST_CLAIMS = 50
MOST_CLAIMS = 4000
FOLDS = 3
TREES = 60
_CLASSIFIER = {
    "objective": "binary",
    "num_leaves": 7,
    "learning_rate": 0.1,
    "min_data_in_leaf": 20,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Drift:
    """How new claims differ from those that the models had learnt from.

    Attributes:
        known_claims: Claims cut off before the models had learnt.
        new_claims: Claims of the back-test.
        psi: Population stability index by feature, largest first.
        domain_auc: How well a classifier tells new claims from old ones that it has
            not seen; 0.5 is not at all.
    """

    known_claims: int
    new_claims: int
    psi: dict[str, float]
    domain_auc: float

    def figures(self) -> dict[str, Any]:
        """The same as a mapping."""
        return asdict(self)


def drift(
    compared: Comparison, history: History, minimum_count: int, seed: int
) -> Drift | None:
    """Drift of the claims of a back-test.

    Args:
        compared: The claims, which stand in the history.
        history: What they and the claims learnt from are read from.
        minimum_count: Claims from which on a seller or province counts as known.
        seed: Seed of the folds.

    Returns:
        The figures; None where the history holds too few claims of either kind.
    """
    cutoff = days(history.package.claims, "cutoff_date")
    learnt = (np.datetime64(compared.learnt_until, "D")).astype(np.int64)
    old = np.setdiff1d(np.flatnonzero(cutoff <= learnt), compared.rows)
    if min(len(old), len(compared.rows)) < FEWEST_CLAIMS:
        return None
    known, new = history.package.take(old), history.package.take(compared.rows)
    vocabulary = learn_vocabulary(known, minimum_count)
    tables = build_table(known, vocabulary), build_table(new, vocabulary)
    categories = set(vocabulary.labels)
    psi = {
        name: population_stability(
            tables[0].column(name), tables[1].column(name), labels=name in categories
        )
        for name in tables[0].names
    }
    rows = np.concatenate([old, compared.rows])
    owner = np.unique(obligors(history.package.take(rows)), return_inverse=True)[1]
    return Drift(
        len(old),
        len(compared.rows),
        dict(sorted(psi.items(), key=lambda item: -item[1])),
        domain_auc(*tables, owner, seed),
    )


def population_stability(known: Floats, new: Floats, *, labels: bool) -> float:
    """Population stability index: sum of (q - p) log(q / p) over bins.

    Args:
        known: Values learnt from, shape (n,), NaN where missing.
        new: New values, shape (m,), likewise.
        labels: Whether values are codes of labels, each a bin, instead of numbers,
            which fall into the tenths of the known ones. Missing is a bin too.
    """
    edges = _edges(known, labels=labels)
    p, q = (_shares(values, edges) for values in (known, new))
    return float(np.sum((q - p) * np.log(q / p)))


def _edges(known: Floats, *, labels: bool) -> Floats:
    present = known[~np.isnan(known)]
    if not len(present):
        return np.empty(0)
    if labels:
        return np.arange(present.max() + 1) + 0.5
    tenths = np.quantile(present, np.arange(1, TENTHS) / TENTHS)
    return np.unique(tenths)


def _shares(values: Floats, edges: Floats) -> Floats:
    """Share of each bin, missing values the last, shape (edges + 2,)."""
    bins = np.searchsorted(edges, values, side="left")
    bins[np.isnan(values)] = len(edges) + 1
    counts = np.maximum(np.bincount(bins, minlength=len(edges) + 2), EMPTY)
    shares: Floats = counts / len(values)
    return shares


def domain_auc(
    known: FeatureTable, new: FeatureTable, obligor: Ints, seed: int
) -> float:
    """Area under the curve of a classifier of new against known claims, out of fold.

    Args:
        known: Features learnt from.
        new: Features of new claims, same columns.
        obligor: Obligor of every claim, known ones first; no obligor is in two folds.
        seed: Seed of draw and folds.
    """
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedGroupKFold

    is_new = np.repeat([0, 1], [len(known.values), len(new.values)])
    chosen = _drawn(is_new, seed)
    rows = np.concatenate([known.values, new.values])[chosen]
    is_new, obligor = is_new[chosen], obligor[chosen]
    score = np.empty(len(rows))
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed)
    for learn, test in folds.split(rows, is_new, obligor):
        data = lgb.Dataset(rows[learn], is_new[learn], params={"verbosity": -1})
        score[test] = lgb.train(_CLASSIFIER, data, TREES).predict(rows[test])
    return float(roc_auc_score(is_new, score))


def _drawn(is_new: Ints, seed: int) -> Ints:
    """At most MOST_CLAIMS of either kind, in order."""
    generator = np.random.default_rng(seed)
    kinds = [np.flatnonzero(is_new == kind) for kind in (0, 1)]
    return np.sort(
        np.concatenate([generator.permutation(kind)[:MOST_CLAIMS] for kind in kinds])
    )
