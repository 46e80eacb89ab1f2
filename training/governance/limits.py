"""What a model does not know: the limits on its card, computed where data tell them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from features import catalogue
from features.outcomes import History
from features.segment import SEGMENTS
from models.recovery.model import FEWEST_SEGMENT_CLAIMS
from training.governance.facts import DataFacts, SegmentFacts
from training.growing import Elsewhere

LEVEL_TOLERANCE = 0.05
USUAL_SIZES = (0.005, 0.995)


def limits(
    history: History,
    data: DataFacts,
    parts: Sequence[SegmentFacts],
    level_until: date,
    elsewhere: Elsewhere,
) -> list[str]:
    """What a model does not know, as far as its data tell.

    Args:
        history: What it was trained on.
        data: The same in figures.
        parts: The same by segment, with its test out of time.
        level_until: Latest cut-off date of the claims that set its level.
        elsewhere: Claims that its trees grew from besides.
    """
    return [
        *_of_data(data),
        *_of_elsewhere(elsewhere),
        *_of_segments(parts),
        *_of_fields(history),
        f"Its level was set by claims cut off until {level_until}: a change of the "
        "market after that is not in it.",
        "Reads a claim as it stood on its cut-off date and nothing else: not the "
        "economy, interest rates or prices of houses, not the price paid, not who will "
        "work the claim out, and nothing that happened between the cut-off date and "
        "the day of pricing.",
        "The figures judge models that knew only earlier years. The version itself "
        "learnt from the years tested too and could not be tested.",
    ]


def _of_data(data: DataFacts) -> list[str]:
    told = [
        f"Saw cut-off dates from {data.first_cutoff} to {data.last_cutoff} only, with "
        f"{data.open_share:.0%} of the work-outs still open when observation ended.",
        f"Counts cash of {data.horizon_months} months after the cut-off date; what "
        "comes later is no part of a recovery rate.",
    ]
    if data.simulated:
        told.insert(
            0,
            "Learnt from SIMULATED claims, which never existed: no figure says how "
            "real packages are priced.",
        )
    if not data.timing_observed:
        told.append("The history does not say when cash came: timing is declared.")
    return told


def _of_elsewhere(elsewhere: Elsewhere) -> list[str]:
    if not elsewhere.claims:
        return []
    return [
        f"Its trees grew from {elsewhere.claims:,} further claims on a cluster, which "
        "no figure of this card counts but the claims that a test year was trained "
        "on: its level, distribution and correlations are those of the claims here."
    ]


def _of_segments(parts: Sequence[SegmentFacts]) -> list[str]:
    told = []
    absent = [s for s in SEGMENTS if s not in {p.name for p in parts}]
    if absent:
        told.append(f"Never saw a claim of: {', '.join(absent)}.")
    for part in parts:
        if part.claims < FEWEST_SEGMENT_CLAIMS:
            told.append(
                f"Saw {part.claims} claims of {part.name}, fewer than "
                f"{FEWEST_SEGMENT_CLAIMS}: their range is widened."
            )
        if not part.tested:
            told.append(f"No claim of {part.name} was tested out of time.")
        elif abs(part.tested["actual_to_expected"] - 1) > LEVEL_TOLERANCE:
            told.append(
                f"Claims of {part.name} paid {part.tested['actual_to_expected']:.3f} "
                "of what was expected over the test years."
            )
    return told


def _of_fields(history: History) -> list[str]:
    claims = history.package.claims
    never = [n for n in catalogue.kept_fields("claims") if _is_empty(claims[n])]
    sizes = np.quantile(history.package.claim_yuan(), USUAL_SIZES)
    told = [
        f"99% of the claims owe {sizes[0]:,.0f} to {sizes[1]:,.0f} yuan: beyond that a "
        "claim is priced like the nearest ones seen."
    ]
    if never:
        told.append(f"This history never states: {', '.join(never)}.")
    return told


def _is_empty(column: Any) -> bool:
    return bool(column.null_count == len(column))
