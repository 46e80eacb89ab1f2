"""What of a model weakens whatever it prices: packages, claims and books alike."""

from collections.abc import Iterator
from datetime import date

from models.recovery.model import ModelRecord
from models.recovery.out_of_time import OutOfTime
from serving.cautions.caution import Caution, caution

# Two years on, courts, prices and collection have moved: one published index of
# mortgage recovery fell from 42.9 to 2.6 within three quarters.
LONGEST_GAP_MONTHS = 24


def about_model(record: ModelRecord) -> Iterator[Caution]:
    """What weakens every figure of a model, gravest first.

    Args:
        record: Record of the model.
    """
    if record.simulated:
        yield caution(
            "simulated_history",
            "the model was trained on simulated history: these figures show how the "
            "system works and price nothing; train on your own disposals",
            "模型以模拟历史数据训练：结果仅供演示，不构成定价依据；请以自有处置数据训练",
        )
    if not record.timing_observed:
        yield caution(
            "timing_declared",
            "the history does not say when cash came: the timing is declared, not "
            "learned",
            "历史数据不含回款时间：回款节奏为声明的先验，并非由数据得出",
        )
    yield from _about_past(record)


def about_time(record: ModelRecord, cutoff: date) -> Iterator[Caution]:
    """What the end of a model's history makes of figures as of a cut-off date.

    Args:
        record: Record of the model.
        cutoff: Latest cut-off date of the claims.
    """
    observed_until = record.observed_until
    gap = (cutoff.year - observed_until.year) * 12 + cutoff.month - observed_until.month
    if gap > LONGEST_GAP_MONTHS:
        yield caution(
            "model_outdated",
            f"the cut-off date {cutoff} lies {gap} months after the history of the "
            f"model ends ({observed_until}); train a newer model",
            f"基准日{cutoff}晚于模型历史截止日（{observed_until}）{gap}个月；请重新训练",
        )
    if cutoff < observed_until:
        yield caution(
            "cutoff_before_history_end",
            f"the history of the model runs to {observed_until}, past the cut-off date "
            f"{cutoff}: as a back-test these figures are not out of time",
            f"模型历史数据至{observed_until}，晚于基准日{cutoff}：结果不能用作样本外回测",
        )


def _about_past(record: ModelRecord) -> Iterator[Caution]:
    """What its history and tests out of time found; of a sound model nothing."""
    moves, against = record.level_moves, record.contradicted
    if moves is not None and moves.tells:
        yield caution("level_moved", moves.words(), moves.words_zh())
    if record.out_of_time is not None:
        yield from _about_tests(
            record.out_of_time, moves.overall.factor if moves else 1.0
        )
    if against is not None:
        yield caution("direction_contradicted", against.words(), against.words_zh())


def _about_tests(told: OutOfTime, moved: float) -> Iterator[Caution]:
    latest, ranges = told.latest, told.ranges
    if latest is not None and latest.departs:
        told_en, told_zh = latest.words(moved), latest.words_zh(moved)
        yield caution("latest_year_departs", told_en, told_zh)
    for code, found in (
        ("pace_departs", told.pace),
        ("large_claims_depart", told.large),
    ):
        if found is not None and found.departs:
            yield caution(code, found.words(), found.words_zh())
    for silence in told.silences:
        yield caution("silence_tells", silence.words(), silence.words_zh())
    if ranges.narrow:
        yield caution("ranges_narrow", ranges.words(), ranges.words_zh())
