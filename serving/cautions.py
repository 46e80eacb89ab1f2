"""What a reader of a valuation must know before trusting its figures."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np

from features.segment import SEGMENT_ZH
from models.pricing.valuation import Valuation
from models.recovery.model import ModelRecord
from serving.submission import Notes

# Two years on, courts, prices and collection have moved: one published index of
# mortgage recovery fell from 42.9 to 2.6 within three quarters.
LONGEST_GAP_MONTHS = 24
LOWEST_COMPLETENESS = 0.5

Caution = dict[str, Any]


def _caution(code: str, reason: str, reason_zh: str) -> Caution:
    return {"code": code, "reason": reason, "reason_zh": reason_zh}


def cautions(record: ModelRecord, valuation: Valuation, notes: Notes) -> list[Caution]:
    """Everything about a whole package that weakens its figures, gravest first.

    Args:
        record: Record of the model.
        valuation: The priced package.
        notes: Notes of the reading.
    """
    return [
        *_about_model(record),
        *_about_time(record.observed_until, valuation.package.cutoff_date),
        *_about_segments(valuation),
        *_about_reading(notes),
    ]


def _about_model(record: ModelRecord) -> Iterator[Caution]:
    if record.simulated:
        yield _caution(
            "simulated_history",
            "the model was trained on simulated history: these figures show how the "
            "system works and price nothing; train on your own disposals",
            "模型以模拟历史训练：结果仅演示系统，不构成定价依据；请以自有处置数据训练",
        )
    if not record.timing_observed:
        yield _caution(
            "timing_declared",
            "the history does not say when cash came: the timing is declared, not "
            "learned",
            "历史数据不含回款时间：回款节奏为声明的先验，并非由数据得出",
        )


def _about_time(observed_until: date, cutoff: date) -> Iterator[Caution]:
    gap = (cutoff.year - observed_until.year) * 12 + cutoff.month - observed_until.month
    if gap > LONGEST_GAP_MONTHS:
        yield _caution(
            "model_outdated",
            f"the cut-off date {cutoff} lies {gap} months after the history of the "
            f"model ends ({observed_until}); train a newer model",
            f"基准日{cutoff}晚于模型历史截止日（{observed_until}）{gap}个月；请重新训练",
        )
    if cutoff < observed_until:
        yield _caution(
            "cutoff_before_history_end",
            f"the history of the model runs to {observed_until}, past the cut-off date "
            f"{cutoff}: as a back-test these figures are not out of time",
            f"模型历史数据至{observed_until}，晚于基准日{cutoff}：结果不能用作样本外回测",
        )


def _about_segments(valuation: Valuation) -> Iterator[Caution]:
    forecast = valuation.forecast
    for segment in np.unique(forecast.segments[forecast.unseen]).tolist():
        count = int((forecast.segments == segment).sum())
        yield _caution(
            "segment_unseen",
            f"{count} claims are of segment {segment}, of which the model saw too few: "
            "their range is widened and their mean is uncertain",
            f"{count}笔债权属于{SEGMENT_ZH[segment]}，模型见过的样本过少："
            "其区间已放宽，均值不可靠",
        )


def _about_reading(notes: Notes) -> Iterator[Caution]:
    rejected, unmapped = len(notes["rejected_rows"]), len(notes["unmapped_columns"])
    completeness = float(np.mean(notes["completeness"]))
    if rejected:
        yield _caution(
            "rows_rejected",
            f"{rejected} rows were rejected and are not part of the figures",
            f"{rejected}行被拒绝，未计入结果",
        )
    if unmapped:
        yield _caution(
            "columns_unmapped",
            f"{unmapped} columns were not recognised and not used",
            f"{unmapped}列未能识别，未被使用",
        )
    if completeness < LOWEST_COMPLETENESS:
        yield _caution(
            "completeness_low",
            f"the tape fills {completeness:.0%} of what the model reads: expect a "
            "wider error than the range shows",
            f"数据完整度为{completeness:.0%}：实际误差可能超出所示区间",
        )
