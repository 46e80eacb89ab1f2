"""What a model does not know: the limits on its card, computed where data tell them."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from features import catalogue
from features.outcomes import History
from features.segment import SEGMENT_ZH, SEGMENTS
from models.recovery.contradicted import Contradicted
from models.recovery.level_move import MOVE_MONTHS, LevelMoves
from models.recovery.model import FEWEST_SEGMENT_CLAIMS
from models.recovery.out_of_time import sentence
from training.comparison.compare import beaten_words
from training.evaluation import Evaluation
from training.governance.facts import DataFacts, SegmentFacts
from training.growing import Elsewhere

LEVEL_TOLERANCE = 0.05
USUAL_SIZES = (0.005, 0.995)


class Limit(NamedTuple):
    """Something that a model does not know, in two languages."""

    en: str
    zh: str


def limits(
    history: History,
    data: DataFacts,
    parts: Sequence[SegmentFacts],
    level_until: date,
    elsewhere: Elsewhere,
    evaluation: Evaluation | None = None,
    moves: LevelMoves | None = None,
    contradicted: Contradicted | None = None,
) -> list[Limit]:
    """What a model does not know, as far as its data tell.

    Args:
        history: What it was trained on.
        data: The same in figures.
        parts: The same by segment, with its test out of time.
        level_until: Latest cut-off date of the claims that set its level.
        elsewhere: Claims that its trees grew from besides.
        evaluation: How it did out of time.
        moves: How far cash of the latest two years moved its level.
        contradicted: Directions that its trees do not hold.
    """
    return [
        *_of_data(data),
        *(_of_evaluation(evaluation, moves) if evaluation else ()),
        *_of_directions(contradicted),
        *_of_elsewhere(elsewhere),
        *_of_segments(parts),
        *_of_fields(history),
        _of_level(level_until, data, moves),
        Limit(
            "Reads a claim as it stood on its cut-off date and nothing else: not the "
            "economy, interest rates or prices of houses, not the price paid, not who "
            "will work the claim out, and nothing that happened between the cut-off "
            "date and the day of pricing.",
            "只看债权在基准日的情况：不看宏观经济、利率或房价，不看收购价格和处置机构，"
            "也不看基准日至定价日之间发生的事。",
        ),
        Limit(
            "The figures judge models that knew only earlier years. The version itself "
            "learnt from the years tested too and could not be tested.",
            "检验指标属于只知道更早年份的模型；本版本也学习了检验年份，自身无法检验。",
        ),
    ]


def _of_data(data: DataFacts) -> list[Limit]:
    told = [
        Limit(
            f"Saw cut-off dates from {data.first_cutoff} to {data.last_cutoff} only, "
            f"with {data.open_share:.0%} of the work-outs still open when observation "
            "ended.",
            f"只见过{data.first_cutoff}至{data.last_cutoff}的基准日，"
            f"观察结束时仍有{data.open_share:.0%}在处置中。",
        ),
        Limit(
            f"Counts cash of {data.horizon_months} months after the cut-off date; what "
            "comes later is no part of a recovery rate.",
            f"只计基准日后{data.horizon_months}个月内的回款，更晚的不计入回收率。",
        ),
    ]
    if data.simulated:
        told.insert(
            0,
            Limit(
                "Learnt from SIMULATED claims, which never existed: no figure says how "
                "real packages are priced.",
                "以模拟债权训练，这些债权并不存在：任何数字都不说明真实资产包的价格。",
            ),
        )
    if not data.timing_observed:
        told.append(
            Limit(
                "The history does not say when cash came: timing is declared.",
                "历史数据没有回款时间：回款节奏为声明的先验。",
            )
        )
    return told


def _of_level(level_until: date, data: DataFacts, moves: LevelMoves | None) -> Limit:
    set_by = f"Its level was set by claims cut off until {level_until}"
    set_by_zh = f"回收水平由基准日至{level_until}的债权确定"
    if moves:
        moved, moved_zh = sentence(moves.words()), moves.words_zh()
        return Limit(f"{set_by}. {moved}", f"{set_by_zh}；{moved_zh}。")
    if not data.timing_observed:
        return Limit(
            f"{set_by}: a change of the market after that is not in it.",
            f"{set_by_zh}，其后的市场变化未计入。",
        )
    until = data.observed_until
    return Limit(
        f"{set_by}. Cash of the {MOVE_MONTHS} months to {until} did not stand out of "
        "luck and did not move it: a late or small change of the market is not in it.",
        f"{set_by_zh}；截至{until}的{MOVE_MONTHS}个月回款未超出正常波动，未作调整："
        "较晚或较小的市场变化未计入。",
    )


def _of_evaluation(evaluation: Evaluation, moves: LevelMoves | None) -> Iterator[Limit]:
    latest, ranges = evaluation.latest, evaluation.ranges
    if beaten := beaten_words(evaluation):
        yield Limit(sentence(beaten[0]), f"{beaten[1]}。")
    if latest and latest.departs:
        moved = moves.overall.factor if moves else 1.0
        yield Limit(sentence(latest.words(moved)), f"{latest.words_zh(moved)}。")
    for found in (evaluation.pace, evaluation.large):
        if found and found.departs:
            yield Limit(sentence(found.words()), f"{found.words_zh()}。")
    for told in evaluation.silences:
        yield Limit(sentence(told.words()), f"{told.words_zh()}。")
    if ranges.widened or ranges.narrow:
        yield Limit(sentence(ranges.words()), f"{ranges.words_zh()}。")


def _of_directions(contradicted: Contradicted | None) -> list[Limit]:
    if contradicted is None:
        return []
    return [Limit(sentence(contradicted.words()), f"{contradicted.words_zh()}。")]


def _of_elsewhere(elsewhere: Elsewhere) -> list[Limit]:
    if not elsewhere.claims:
        return []
    return [
        Limit(
            f"Its trees grew from {elsewhere.claims:,} further claims on a cluster, "
            "which no figure of this card counts but the claims that a test year was "
            "trained on: its level, distribution and correlations are those of the "
            "claims here.",
            f"其树另在集群上由{elsewhere.claims:,}笔债权生成，除各检验年的训练笔数外，"
            "本卡数字均不含这些债权；水平、分布与相关性来自此处的债权。",
        )
    ]


def _of_segments(parts: Sequence[SegmentFacts]) -> list[Limit]:
    told = []
    absent = [s for s in SEGMENTS if s not in {p.name for p in parts}]
    if absent:
        names_zh = "、".join(SEGMENT_ZH[s] for s in absent)
        told.append(
            Limit(
                f"Never saw a claim of: {', '.join(absent)}.",
                f"从未见过以下分类的债权：{names_zh}。",
            )
        )
    for part in parts:
        told += _of_segment(part)
    return told


def _of_segment(part: SegmentFacts) -> Iterator[Limit]:
    if part.claims < FEWEST_SEGMENT_CLAIMS:
        yield Limit(
            f"Saw {part.claims} claims of {part.name}, fewer than "
            f"{FEWEST_SEGMENT_CLAIMS}: their range is widened.",
            f"{part.zh}只见过{part.claims}笔，不足{FEWEST_SEGMENT_CLAIMS}笔：其区间已放宽。",
        )
    if not part.tested:
        yield Limit(
            f"No claim of {part.name} was tested out of time.",
            f"{part.zh}没有债权参加样本外检验。",
        )
    elif abs(part.tested["actual_to_expected"] - 1) > LEVEL_TOLERANCE:
        paid = f"{part.tested['actual_to_expected']:.3f}"
        yield Limit(
            f"Claims of {part.name} paid {paid} of what was expected over the test "
            "years.",
            f"各检验年{part.zh}的实际回款为预期的{paid}倍。",
        )


def _of_fields(history: History) -> list[Limit]:
    claims = history.package.claims
    never = [n for n in catalogue.kept_fields("claims") if _is_empty(claims[n])]
    sizes = np.quantile(history.package.claim_yuan(), USUAL_SIZES)
    told = [
        Limit(
            f"99% of the claims owe {sizes[0]:,.0f} to {sizes[1]:,.0f} yuan: beyond "
            "that a claim is priced like the nearest ones seen.",
            f"99%的债权金额在{sizes[0]:,.0f}元至{sizes[1]:,.0f}元之间，"
            "超出者按最接近的已见债权定价。",
        )
    ]
    if never:
        names_zh = "、".join(catalogue.field("claims", n).zh for n in never)
        told.append(
            Limit(
                f"This history never states: {', '.join(never)}.",
                f"历史数据从未填写：{names_zh}。",
            )
        )
    return told


def _is_empty(column: Any) -> bool:
    return bool(column.null_count == len(column))
