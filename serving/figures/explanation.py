"""What an answer says of the reasons: families of drivers, and what to ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.family import FAMILIES, FAMILY_ZH
from features.gaps import Gap
from features.package import Floats, Ints
from models.pricing.fen import FEN_PER_YUAN, to_fen
from models.pricing.valuation import Valuation
from models.recovery.missing import (
    MissingFields,
    largest_claims,
    missing_fields,
)
from models.recovery.model import RecoveryModel
from serving.figures.package import RATE_DIGITS, Figures, rate, yuan, yuans

# The largest claims decide what to ask for; to examine one takes as long as the drivers
# of a hundred.
MOST_EXAMINED = 500
MOST_OF_CLAIM = 3
MOST_OF_PACKAGE = 10


@dataclass(frozen=True)
class Explained:
    """The reasons in the words of an answer.

    Attributes:
        package: Figures of the package.
        claims: Figures of each claim, in the order of the package.
    """

    package: Figures
    claims: list[Figures]


def explained(valuation: Valuation, model: RecoveryModel) -> Explained:
    """Families of drivers of every claim, and the missing fields of the largest.

    Baseline and families add up to the expected gross cash to the fen.

    Args:
        valuation: The priced package.
        model: The model that priced it.
    """
    told = missing_fields(
        model,
        valuation.package,
        valuation.forecast,
        valuation.drivers,
        largest_claims(valuation.package, MOST_EXAMINED),
    )
    of_package, of_claims = _families(valuation)
    asked = _Asked(told, valuation)
    missing = asked.of_claims()
    return Explained(
        {**of_package, **asked.of_package()},
        [
            {**families, "missing_fields": fields}
            for families, fields in zip(of_claims, missing, strict=True)
        ],
    )


def _families(valuation: Valuation) -> tuple[Figures, list[Figures]]:
    """Baseline and families of the package, and of each claim."""
    points = valuation.drivers.of_families() * valuation.within[:, None]
    effect_fen = np.rint(points * valuation.claim_fen[:, None]).astype(np.int64)
    gross_fen = valuation.cash_flow.gross_fen.sum(axis=1)
    baseline_fen = gross_fen - effect_fen.sum(axis=1)
    total_fen = effect_fen.sum(axis=0)
    of_package = {
        "baseline_yuan": yuan(baseline_fen.sum()),
        "families": _listed(total_fen / valuation.claim_fen.sum(), yuans(total_fen)),
    }
    rows = zip(yuans(baseline_fen), points, yuans(effect_fen), strict=True)
    return of_package, [
        {"baseline_yuan": start, "families": _listed(shares, effects)}
        for start, shares, effects in rows
    ]


def _listed(points: Floats, effects_yuan: Sequence[float]) -> list[Figures]:
    shares = points.round(RATE_DIGITS).tolist()
    return [
        {
            "family": family,
            "title_zh": FAMILY_ZH[family],
            "points": share,
            "yuan": effect,
        }
        for family, share, effect in zip(FAMILIES, shares, effects_yuan, strict=True)
    ]


class _Asked:
    """Missing fields in shares and yuan of what is counted."""

    def __init__(self, told: MissingFields, valuation: Valuation) -> None:
        counted = valuation.within[told.claim]
        self._told = told
        self._claims = len(valuation.package)
        self._claim_fen = valuation.claim_fen
        self._low = told.low_rate * counted
        self._high = told.high_rate * counted
        self._narrowing = told.narrowing_rate * counted
        owed = valuation.claim_fen[told.claim]
        self._spread_fen = to_fen((self._high - self._low) * owed / FEN_PER_YUAN)
        self._narrowing_fen = to_fen(self._narrowing * owed / FEN_PER_YUAN)

    def of_claims(self) -> list[list[Figures] | None]:
        """Fields of each claim that narrow most; None for a claim not examined."""
        by_claim: list[list[Figures] | None] = [None] * self._claims
        for claim, entries in self._entries_of_claims():
            by_claim[claim] = [self._of_claim(entry) for entry in entries]
        return by_claim

    def of_package(self) -> Figures:
        """Fields whose absence costs the package most."""
        examined = self._told.examined
        sums = [
            self._of_field(gap, np.flatnonzero(self._told.gap == position))
            for position, gap in enumerate(self._told.gaps)
        ]
        costly = [figures for figures in sums if figures["narrowing_yuan"] > 0]
        costly.sort(key=lambda f: (-f["narrowing_yuan"], -f["spread_yuan"]))
        return {
            "ask_first": costly[:MOST_OF_PACKAGE],
            "examined_claims": len(examined),
            "examined_claim_yuan": yuan(self._claim_fen[examined].sum()),
        }

    def _entries_of_claims(self) -> list[tuple[int, list[int]]]:
        worth = [n > 0 for n in self._narrowing.round(RATE_DIGITS).tolist()]
        of_claim: dict[int, list[int]] = {int(c): [] for c in self._told.examined}
        for entry in np.argsort(-self._narrowing, kind="stable").tolist():
            listed = of_claim[int(self._told.claim[entry])]
            if worth[entry] and len(listed) < MOST_OF_CLAIM:
                listed.append(entry)
        return list(of_claim.items())

    def _of_claim(self, entry: int) -> Figures:
        return {
            **_named(self._told.gaps[self._told.gap[entry]]),
            "low_rate": rate(self._low[entry]),
            "high_rate": rate(self._high[entry]),
            "spread_yuan": yuan(self._spread_fen[entry]),
            "narrowing_points": rate(self._narrowing[entry]),
            "narrowing_yuan": yuan(self._narrowing_fen[entry]),
        }

    def _of_field(self, gap: Gap, entries: Ints) -> Figures:
        return {
            **_named(gap),
            "claims": len(entries),
            "claim_yuan": yuan(self._claim_fen[self._told.claim[entries]].sum()),
            "spread_yuan": yuan(self._spread_fen[entries].sum()),
            "narrowing_yuan": yuan(self._narrowing_fen[entries].sum()),
        }


def _named(gap: Gap) -> Figures:
    return {
        "table": gap.table,
        "field": gap.field.name,
        "title": gap.field.title("en"),
        "title_zh": gap.field.title("zh"),
    }
