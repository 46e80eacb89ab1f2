"""How the model stands beside its rivals, claim by claim on the same test years."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from features.errors import ConfigError
from training.bootstrap import Interval, paired_block_interval
from training.comparison.learners import LEARNERS, Learner
from training.comparison.rivals import BASELINES
from training.evaluation import Evaluation, WindowResult

MODEL = "recoup"
SEED = 1


@dataclass(frozen=True)
class Standing:
    """One contestant over all test years.

    Attributes:
        name: The model, a baseline or a learner.
        rmse: Root mean squared error of the expected recovery, mean of the years.
        spearman: Rank correlation of expected and realised, mean of the years.
        crps: Continuous ranked probability score, mean of the years.
        actual_to_expected: Realised over expected cash of all years.
        package_error: Error of drawn packages, mean of the years.
        fit_seconds: Processor time to learn one year's model, mean.
        difference: CRPS less ours over all claims tested, with its 95% interval by
            vintages; None for ours.
    """

    name: str
    rmse: float
    spearman: float
    crps: float
    actual_to_expected: float
    package_error: float
    fit_seconds: float
    difference: Interval | None

    @property
    def better(self) -> bool:
        """Whether it beats ours beyond its interval."""
        return self.difference is not None and self.difference.high < 0

    @property
    def worse(self) -> bool:
        """Whether ours beats it beyond its interval."""
        return self.difference is not None and self.difference.low > 0


@dataclass(frozen=True)
class Comparison:
    """The model, the baselines and the learners under one protocol.

    Attributes:
        source: Name of the history.
        simulated: Whether its claims never existed.
        years: The test years.
        embargo_months: Months between what training knew and a test year.
        standings: Ours first, then the rivals.
        absent: Learners whose package is not installed.
    """

    source: str
    simulated: bool
    years: tuple[int, ...]
    embargo_months: int
    standings: tuple[Standing, ...]
    absent: tuple[Learner, ...]

    def verdict(self) -> str:
        """Whether any rival is better than ours by more than luck."""
        better = [s.name for s in self.standings if s.better]
        if better:
            return (
                f"better than ours in CRPS beyond its 95% interval: {', '.join(better)}"
            )
        return "no peer's CRPS is better than ours beyond its 95% interval"

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        return {
            "source": self.source,
            "simulated": self.simulated,
            "years": list(self.years),
            "embargo_months": self.embargo_months,
            "standings": {s.name: asdict(s) for s in self.standings},
            "absent": [learner.name for learner in self.absent],
            "verdict": self.verdict(),
        }


def chosen_learners(
    names: Sequence[str], known: Mapping[str, Learner] = LEARNERS
) -> tuple[list[Learner], list[Learner]]:
    """Learners of these names, all if there are none: the present, and the absent.

    Args:
        names: Names wanted.
        known: Learners to choose from.

    Raises:
        ConfigError: There is no learner of a name.
    """
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ConfigError(
            f"there is no learner {unknown[0]!r}; name one of {', '.join(known)}"
        )
    chosen = [known[name] for name in dict.fromkeys(names or known)]
    return [c for c in chosen if c.present], [c for c in chosen if not c.present]


def compared(
    evaluation: Evaluation, embargo_months: int, absent: Sequence[Learner]
) -> Comparison:
    """An evaluation with rivals as a comparison.

    Args:
        evaluation: Test years in which the rivals were judged.
        embargo_months: Embargo of the protocol.
        absent: Learners that were asked for and are not installed.
    """
    return Comparison(
        evaluation.source,
        evaluation.simulated,
        tuple(w.year for w in evaluation.windows),
        embargo_months,
        (our_standing(evaluation), *rival_standings(evaluation)),
        tuple(absent),
    )


def our_standing(evaluation: Evaluation) -> Standing:
    """How the model stands."""
    return Standing(
        MODEL,
        evaluation.mean(lambda s: s.rmse),
        evaluation.mean(lambda s: s.spearman),
        evaluation.mean(lambda s: s.crps),
        evaluation.level().actual_to_expected,
        evaluation.mean(lambda s: s.package_error),
        float(np.mean([w.fit_seconds for w in evaluation.windows])),
        None,
    )


def rival_standings(evaluation: Evaluation) -> tuple[Standing, ...]:
    """How each baseline and learner stands, in the order they were judged."""
    return tuple(_standing(evaluation, name) for name in evaluation.rivals)


def baseline_standings(evaluation: Evaluation) -> tuple[Standing, ...]:
    """How the model and the baselines stand."""
    rivals = rival_standings(evaluation)
    return (our_standing(evaluation), *(s for s in rivals if s.name in BASELINES))


def beaten_words(evaluation: Evaluation) -> tuple[str, str] | None:
    """That a baseline tells more than the model, in two languages; None if none does.

    A version may serve all the same: the first one does, and none is tested for this.
    """
    better = [s.name for s in baseline_standings(evaluation) if s.better]
    if not better:
        return None
    return (
        f"beaten out of time by {', '.join(better)}, whose CRPS is lower by more "
        "than luck: on this history the model tells less than so simple a rule; bring "
        "older or more work-outs, or fields that say more, before bidding by it",
        f"样本外不及{'、'.join(better)}（CRPS 显著更低，超出95%区间）：在此历史上，"
        "模型不如简单的基准；据以报价之前，请补充更早或更多的处置，或更有信息量的字段",
    )


def _standing(evaluation: Evaluation, name: str) -> Standing:
    claim = evaluation.column(lambda w: w.claim_yuan)
    paid = claim @ evaluation.column(lambda w: w.realised_rate)
    expected = claim @ evaluation.column(lambda w: w.rivals[name].expected_rate)

    def beyond_ours(tested: WindowResult) -> Any:
        return tested.rivals[name].crps - tested.crps

    return Standing(
        name,
        evaluation.rival_mean(name, lambda s: s.rmse),
        evaluation.rival_mean(name, lambda s: s.spearman),
        evaluation.rival_mean(name, lambda s: s.crps),
        float(paid / expected),
        evaluation.rival_mean(name, lambda s: s.package_error),
        float(np.mean([w.rivals[name].fit_seconds for w in evaluation.windows])),
        paired_block_interval(
            evaluation.column(beyond_ours),
            evaluation.column(lambda w: w.vintage),
            SEED,
        ),
    )
