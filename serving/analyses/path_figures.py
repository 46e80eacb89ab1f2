"""Disposal paths as figures of an answer."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.package import Floats, Ints
from models.paths.learnt import PathCell, PathsRecord, SliceCheck
from models.paths.path import PATHS, Path, path_zh
from models.pricing.fen import FEN_PER_YUAN, Fen
from models.pricing.paths.comparison import (
    NORMAL_95,
    NOTHING,
    Comparison,
    Standing,
    Taught,
    Verdict,
)
from models.pricing.paths.eligibility import Eligibility
from serving.analyses import path_words as words
from serving.figures.package import rate, yuan

Figures = dict[str, Any]
MONTH_DIGITS = 1


@dataclass(frozen=True)
class Side:
    """The paths of a package side by side, with all that is said of them (n claims).

    Attributes:
        claim_ids: Identifiers of the claims.
        claim_fen: The whole claims, shape (n,).
        segments: Segment of each claim, shape (n,).
        comparison: The paths.
        eligible: Which of them are open.
        taught: What a history says; None where none does.
        record: What it keeps; None alike.
        planned: Position of the planned path, ``NOTHING`` where none, shape (n,).
        drawn: Whether that was drawn by lot, shape (n,).
    """

    claim_ids: list[str]
    claim_fen: Fen
    segments: "np.typing.NDArray[np.str_]"
    comparison: Comparison
    eligible: Eligibility
    taught: Taught | None
    record: PathsRecord | None
    planned: Ints
    drawn: "np.typing.NDArray[np.bool_]"

    def choice(self, row: int) -> Figures:
        """The paths of one claim."""
        found = self.comparison
        best, verdict = int(found.recommended[row]), Verdict(int(found.verdict[row]))
        reason, reason_zh = self._reason(row)
        planned = int(self.planned[row])
        return {
            "claim_id": self.claim_ids[row],
            "segment": str(self.segments[row]),
            "claim_yuan": yuan(int(self.claim_fen[row])),
            "recommended": _named(best),
            "recommended_zh": None if best == NOTHING else path_zh(PATHS[best]),
            "basis": None if best == NOTHING else verdict.name.lower(),
            "gain_yuan": self._gain(row),
            "sensitivity": self._sensitivity(row),
            "reason": reason,
            "reason_zh": reason_zh,
            "planned": _named(planned),
            "drawn_by_lot": bool(self.drawn[row]),
            "paths": [self._path(row, place) for place in range(len(PATHS))],
        }

    def _path(self, row: int, place: int) -> Figures:
        found = self.comparison
        standing = Standing(int(found.standing[row, place]))
        reason = self._path_reason(row, place, standing)
        return {
            "path": PATHS[place],
            "path_zh": path_zh(PATHS[place]),
            "status": standing.name.lower(),
            "reason": reason[0] if reason else None,
            "reason_zh": reason[1] if reason else None,
            "basis": "learnt" if found.learnt[row, place] else "engine",
            "npv_yuan": fen_yuan(found.npv_yuan[row, place]),
            "low_yuan": fen_yuan(found.low_yuan[row, place]),
            "high_yuan": fen_yuan(found.high_yuan[row, place]),
            "months": round(float(found.months[row, place]), MONTH_DIGITS),
            "propensity_rate": self._of_history("chance", row, place),
            "effective_sample": self._of_history("effective_sample", row, place),
        }

    def _of_history(self, figure: str, row: int, place: int) -> float | None:
        if self.taught is None or not np.isfinite(self.taught.npv_yuan[row]).any():
            return None
        value = float(getattr(self.taught, figure)[row, place])
        return None if np.isnan(value) else rate(value)

    def _path_reason(
        self, row: int, place: int, standing: Standing
    ) -> words.Words | None:
        if standing is Standing.BARRED:
            rule = self.eligible.rules[self.eligible.barred_by[row, place]]
            return rule.reason, rule.reason_zh
        if standing is Standing.RARE and self.taught is not None:
            chance = float(self.taught.chance[row, place])
            return words.rare(chance, self.taught.overlap_rate)
        return {
            Standing.NOT_LEARNT: words.NOT_LEARNT,
            Standing.CONFOUNDED: words.CONFOUNDED,
        }.get(standing)

    def _reason(self, row: int) -> words.Words:
        verdict = Verdict(int(self.comparison.verdict[row]))
        if verdict is Verdict.RARE:
            return words.RARE_CLAIM
        if verdict is Verdict.CONFOUNDED:
            return words.CONFOUNDED_CLAIM
        if verdict is Verdict.BARRED:
            return words.NO_OPEN_PATH
        if verdict is Verdict.LOSING:
            return words.NO_GAIN
        best, other = self._pair(row)
        learnt = verdict is Verdict.LEARNT
        told = words.recommended(PATHS[best], other, self._gain(row) or 0.0, learnt)
        doubt = words.unsure(self._sensitivity(row)) if learnt else ("", "")
        return told[0] + doubt[0], told[1] + doubt[1]

    def _pair(self, row: int) -> tuple[int, Path | None]:
        best = int(self.comparison.recommended[row])
        return best, _named(int(self.comparison.runner_up[row]))

    def _gain(self, row: int) -> float | None:
        best, other = self.comparison.recommended[row], self.comparison.runner_up[row]
        if NOTHING in (best, other):
            return None
        value = self.comparison.npv_yuan[row]
        return fen_yuan(value[best] - value[other])

    def _sensitivity(self, row: int) -> float | None:
        best, other = self._pair(row)
        learnt = self.comparison.verdict[row] == Verdict.LEARNT
        if not learnt or other is None or self.record is None:
            return None
        key = (str(self.segments[row]), PATHS[best], other)
        contrast = self.record.contrast.get(key)
        return None if contrast is None else round(contrast.sensitivity, 3)


def _named(place: int) -> Path | None:
    return None if place == NOTHING else PATHS[place]


def fen_yuan(value: float) -> float:
    """Yuan to the nearest fen."""
    return int(np.rint(value * FEN_PER_YUAN)) / FEN_PER_YUAN


def learnt_figures(record: PathsRecord | None) -> Figures | None:
    """What a history has taught; None where it has not."""
    if record is None:
        return None
    statement, statement_zh = words.statement(record)
    return {
        "evidence": record.evidence,
        "statement": statement,
        "statement_zh": statement_zh,
        "labels": record.labels,
        "claims": record.claims,
        "randomised_claims": record.randomised_claims,
        "yearly_rate": record.yearly_rate,
        "horizon_months": record.horizon_months,
        "overlap_rate": record.overlap_rate,
        "cells": [_cell(cell) for cell in record.cells],
        "lots": [_lot(check) for check in record.slice_checks],
    }


def _cell(cell: PathCell) -> Figures:
    half = NORMAL_95 * cell.standard_error
    return {
        "segment": cell.segment,
        "path": cell.path,
        "claims": cell.claims,
        "effective_sample": round(cell.effective_sample, MONTH_DIGITS),
        "raw_rate": rate(cell.raw_rate),
        "rate": rate(cell.rate),
        "low_rate": rate(cell.rate - half),
        "high_rate": rate(cell.rate + half),
        "months": round(cell.months, MONTH_DIGITS),
    }


def _lot(check: SliceCheck) -> Figures:
    return {
        "path": check.path,
        "claims": check.claims,
        "chosen_rate": rate(check.observational_rate),
        "drawn_rate": rate(check.randomised_rate),
        "low_rate": rate(check.low),
        "high_rate": rate(check.high),
        "disagrees": check.disagrees,
    }


def path_sums(side: Side, value_yuan: Floats) -> list[Figures]:
    """Each path over the package.

    Args:
        side: The paths side by side.
        value_yuan: What each claim's planned path is worth, shape (n,).
    """
    found = side.comparison
    return [
        {
            "path": path,
            "path_zh": path_zh(path),
            "open_claims": int(side.eligible.open[:, place].sum()),
            "recommended_claims": int((found.recommended == place).sum()),
            "planned_claims": int((side.planned == place).sum()),
            "planned_yuan": fen_yuan(value_yuan[side.planned == place].sum()),
        }
        for place, path in enumerate(PATHS)
    ]
