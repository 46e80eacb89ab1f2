"""An evaluation as tables for a terminal and for the documents."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from models.recovery.out_of_time import sentence
from training.comparison.compare import (
    Comparison,
    Standing,
    baseline_standings,
    beaten_words,
)
from training.evaluation import Evaluation
from training.metrics import Scores

WIDTH = 110


def year_table(evaluation: Evaluation) -> Table:
    """The figures of each test year, and their means; actual / expected of all cash."""
    table = Table(title=_title(evaluation, "Out of time, by test year"))
    for head in (
        "year",
        "trained",
        "tested",
        "RMSE",
        "R²",
        "Spearman",
        "CRPS",
        "CRPS table",
        "package error",
        "actual / expected",
        "PIT distance",
    ):
        table.add_column(head, justify="right")
    for w in evaluation.windows:
        table.add_row(
            str(w.year),
            f"{w.trained_claims:,}",
            f"{w.model.claims:,}",
            *_scores(w.model, w.baseline.crps),
        )
    table.add_section()
    table.add_row("mean", "", "", *_means(evaluation))
    return table


def _scores(scores: Scores, baseline_crps: float) -> Sequence[str]:
    return (
        f"{scores.rmse:.4f}",
        f"{scores.r2:.3f}",
        f"{scores.spearman:.3f}",
        f"{scores.crps:.4f}",
        f"{baseline_crps:.4f}",
        f"{scores.package_error:.1%}",
        f"{scores.actual_to_expected:.3f}",
        f"{scores.pit_distance:.3f}",
    )


def _means(evaluation: Evaluation) -> Sequence[str]:
    return (
        f"{evaluation.mean(lambda s: s.rmse):.4f}",
        f"{evaluation.mean(lambda s: s.r2):.3f}",
        f"{evaluation.mean(lambda s: s.spearman):.3f}",
        f"{evaluation.mean(lambda s: s.crps):.4f}",
        f"{evaluation.baseline_mean(lambda s: s.crps):.4f}",
        f"{evaluation.mean(lambda s: s.package_error):.1%}",
        f"pooled\n{evaluation.level().actual_to_expected:.3f}",
        f"{evaluation.mean(lambda s: s.pit_distance):.3f}",
    )


def segment_table(evaluation: Evaluation) -> Table:
    """The figures of each segment over all test years."""
    table = Table(title=_title(evaluation, "By segment, all test years"))
    for head in (
        "segment",
        "claims",
        "expected, 10⁴",
        "realised, 10⁴",
        "actual / expected",
        "RMSE",
        "CRPS",
    ):
        table.add_column(head, justify="left" if head == "segment" else "right")
    for name, level in {**evaluation.levels(), "all": evaluation.level()}.items():
        table.add_row(
            name,
            f"{level.claims:,}",
            f"{level.expected_yuan / 1e4:,.0f}",
            f"{level.realised_yuan / 1e4:,.0f}",
            f"{level.actual_to_expected:.3f}",
            f"{level.rmse:.4f}",
            f"{level.crps:.4f}",
        )
    return table


def standing_table(standings: Sequence[Standing], title: str) -> Table:
    """The model and its rivals over all test years."""
    table = Table(title=title)
    table.add_column("learner", no_wrap=True)
    for head in (
        "RMSE",
        "Spearman",
        "CRPS",
        "actual / expected",
        "package error",
        "fit s",
    ):
        table.add_column(head, justify="right")
    table.add_column("CRPS less ours (95% interval)", justify="right", no_wrap=True)
    for one in standings:
        table.add_row(
            one.name,
            f"{one.rmse:.4f}",
            f"{one.spearman:.3f}",
            f"{one.crps:.4f}",
            f"{one.actual_to_expected:.3f}",
            f"{one.package_error:.1%}",
            f"{one.fit_seconds:.1f}",
            _difference(one),
        )
    return table


def _difference(standing: Standing) -> str:
    if standing.difference is None:
        return ""
    found = standing.difference
    return f"{found.mean:+.4f} ({found.low:+.4f}, {found.high:+.4f})"


def print_comparison(comparison: Comparison) -> None:
    """Print how the learners stand, which are absent, and the verdict, on stdout."""
    console = Console(width=WIDTH)
    years = f"{comparison.years[0]}-{comparison.years[-1]}"
    what = f"Out of time, {years}, embargo {comparison.embargo_months} months"
    title = _title(comparison, what)
    console.print(standing_table(comparison.standings, title))
    for learner in comparison.absent:
        console.print(
            f"{learner.name} is absent: {learner.package} is not installed "
            "(make peers installs it)",
            highlight=False,
        )
    console.print(comparison.verdict(), highlight=False)


def print_evaluation(evaluation: Evaluation) -> None:
    """Print the tables and the two figures that sum them up, on stdout."""
    console = Console(width=WIDTH)
    console.print(year_table(evaluation))
    console.print(segment_table(evaluation))
    title = _title(evaluation, "Beside the baselines, all test years")
    console.print(standing_table(baseline_standings(evaluation), title))
    side = "below" if evaluation.crps_gain >= 0 else "above"
    console.print(
        f"CRPS {abs(evaluation.crps_gain):.1%} {side} the segment table",
        highlight=False,
    )
    if beaten := beaten_words(evaluation):
        console.print(f"{sentence(beaten[0])}\n{beaten[1]}。", highlight=False)
    for told in evaluation.silences:
        words = f"{sentence(told.words())}\n{told.words_zh()}。"
        console.print(words, highlight=False)
    console.print(sentence(evaluation.ranges.words()), highlight=False)
    curve, ladder = evaluation.curve(), evaluation.ladder_curve()
    if curve and ladder:
        console.print(f"Weighted life {curve.words()}", highlight=False)
        console.print(f"Chain ladder: {ladder.words()}", highlight=False)
    if evaluation.latest:
        console.print(sentence(evaluation.latest.words()), highlight=False)
        if evaluation.latest.departs:
            console.print(f"{evaluation.latest.words_zh()}。", highlight=False)
    for found in (evaluation.pace, evaluation.large):
        if found and found.departs:
            words = f"{sentence(found.words())}\n{found.words_zh()}。"
            console.print(words, highlight=False)


def _title(shown: Evaluation | Comparison, what: str) -> str:
    kind = "SIMULATED DATA" if shown.simulated else shown.source
    return f"{what} ({kind})"
