"""What was learnt of paths, and trials of it, as tables on stdout."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.table import Table

from models.paths.learnt import PathsRecord
from models.pricing.paths.comparison import NORMAL_95
from training.paths.policy import OutOfTime
from training.paths.trial import Trial, Trials
from training.report import WIDTH

CAPTION = (
    "owners, advice: value of what owners choose and of what is recommended over that "
    "of the best policy, for later claims; errors: of the means of segments and paths; "
    "settling: standard errors that its learnt mean is off; overturned: median factor "
    "on the odds of choice that would overturn a recommendation"
)
NOTHING_LEARNT = (
    "nothing is learnt of paths: too few claims old enough say which path was chosen "
    "(workouts.chosen_path), or no segment holds two paths often enough"
)


def print_learnt(
    record: PathsRecord | None, later: OutOfTime | None, simulated: bool
) -> None:
    """Print what a history has taught and how it did on later claims."""
    console = Console(width=WIDTH)
    if record is None:
        console.print(NOTHING_LEARNT, highlight=False)
        return
    console.print(cell_table(record, simulated))
    for sentence in sentences(record, later):
        console.print(sentence, highlight=False)


def cell_table(record: PathsRecord, simulated: bool) -> Table:
    """Each path of each segment."""
    marked = " (SIMULATED DATA)" if simulated else ""
    table = Table(title=f"Discounted net cash over claim by path{marked}")
    heads = ("claims", "effective", "plain mean", "doubly robust", "95%", "months")
    for head in ("segment", "path"):
        table.add_column(head)
    for head in heads:
        table.add_column(head, justify="right")
    for cell in record.cells:
        half = NORMAL_95 * cell.standard_error
        table.add_row(
            cell.segment,
            cell.path,
            str(cell.claims),
            f"{cell.effective_sample:.0f}",
            f"{cell.raw_rate:.3f}",
            f"{cell.rate:.3f}",
            f"{cell.rate - half:.3f} to {cell.rate + half:.3f}",
            f"{cell.months:.0f}",
        )
    return table


def sentences(record: PathsRecord, later: OutOfTime | None) -> list[str]:
    """What the table does not hold."""
    told = [
        f"{record.claims:,} claims, {record.randomised_claims:,} of them by lot; paths "
        f"as {record.labels}; evidence: {record.evidence}"
    ]
    told += [
        f"lots contradict choices of {check.path}: {check.observational_rate:.3f} "
        f"where chosen, {check.randomised_rate:.3f} where drawn"
        for check in record.slice_checks
        if check.disagrees
    ]
    if record.evidence == "observational":
        told.append(
            "nobody can tell from these data whether something hidden moves both "
            "choice and cash: draw some paths by lot"
        )
    if later is not None:
        told.append(
            f"Out of time, {later.claims:,} claims since {later.first}: "
            f"{later.chosen_rate:.3f} as chosen, {later.recommended_rate:.3f} if "
            f"{later.recommended_share:.0%} followed what {later.learnt_from:,} older "
            f"claims recommend (gain {later.gain_rate:.3f}, 95% {later.low:.3f} to "
            f"{later.high:.3f})"
        )
    return told


def print_trials(trials: Trials) -> None:
    """Print trials on simulated markets."""
    console = Console(width=WIDTH)
    console.print(trial_table(trials))


def trial_table(trials: Trials) -> Table:
    """Means over the markets of each kind."""
    markets = len(trials.trials) // len({t.setting for t in trials.trials})
    title = f"{markets} markets of {trials.claims:,} claims each (SIMULATED DATA)"
    table = Table(title=title, caption=CAPTION)
    table.add_column("market")
    table.add_column("evidence")
    heads = (
        "owners",
        "advice",
        "plain error",
        "learnt error",
        "settling",
        "overturned",
    )
    for head in heads:
        table.add_column(head, justify="right")
    for setting in sorted({t.setting for t in trials.trials}):
        table.add_row(*_row([t for t in trials.trials if t.setting == setting]))
    return table


def _row(of_setting: Sequence[Trial]) -> list[str]:
    evidence = [t.evidence for t in of_setting]
    named = [f"{evidence.count(e)} {e}" for e in dict.fromkeys(evidence)]
    odds = [t.sensitivity for t in of_setting if t.sensitivity is not None]
    return [
        of_setting[0].setting,
        ", ".join(named),
        f"{np.mean([t.owners_share for t in of_setting]):.1%}",
        f"{np.mean([t.best_share for t in of_setting]):.1%}",
        f"{np.mean([t.raw_error for t in of_setting]):.3f}",
        f"{np.mean([t.learnt_error for t in of_setting]):.3f}",
        f"{np.mean([t.errors for t in of_setting]):+.1f}",
        f"× {np.median(odds):.2f}" if odds else "–",
    ]
