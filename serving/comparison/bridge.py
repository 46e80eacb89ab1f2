"""Why two valuations differ: a bridge from one present value to the other, to the fen.

Claims that stand in both are valued again from the first tape: first under the
assumptions of the second valuation, then under its model too. What is left is what the
two tapes say differently. In another order assumptions and model would share the change
otherwise; the sum is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from features.errors import ModelDamagedError, ModelUnavailableError, NotFoundError
from models.pricing.fen import Fen, whole_fen
from models.pricing.revaluation.revaluation import PART_ZH
from models.recovery.model import RecoveryModel
from serving.comparison.side import Side, Values
from serving.desk import Desk

Bools = npt.NDArray[np.bool_]
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "claims_left": ("Claims only in A", "仅A中的债权"),
        "claims_joined": ("Claims only in B", "仅B中的债权"),
        "assumptions": ("Assumptions", "假设变化"),
        "model": ("Model", "模型变化"),
        "facts": ("What the tapes say", "数据变化"),
        "together": ("Assumptions, model and facts", "假设、模型与数据合计"),
        "overrides": ("Overrides", "人工修正"),
    }
)
_OF_A_REVALUATION = (
    "one of them is a revaluation, whose cash and facts no other model or assumption "
    "was told: the change of their claims is not parted",
    "其中一份为重估，其回款与新情况无法套用另一模型或假设：共有债权的变化未作拆分",
)


@dataclass(frozen=True)
class Part:
    """A reason why the value differs.

    Attributes:
        name: Stable name.
        title: The same in English.
        title_zh: The same in Chinese.
        fen: What it adds.
        claims: Claims whose value it changes; None where it is not known by claim.
    """

    name: str
    title: str
    title_zh: str
    fen: int
    claims: int | None

    @classmethod
    def of(cls, name: str, fen: int, claims: int | None = None) -> "Part":
        """A part under its names; those of revaluations have theirs."""
        plain = name.replace("_", " ").capitalize()
        title, title_zh = _WORDS.get(name, (plain, PART_ZH.get(name, plain)))
        return cls(name, title, title_zh, fen, claims)


@dataclass(frozen=True)
class Bridge:
    """From the value of one valuation to that of another, overrides included.

    Attributes:
        claim_ids: Claims of either, those of the first one in front.
        before_fen: Value of each in the first valuation, 0 where it has none, (n,).
        changes_fen: What each reason adds to each claim, shape (n,) each; with the
            value before they add up to the value after.
        after_fen: Value of each in the second one, 0 where it has none, (n,).
        in_a: Whether a claim stands in the first one, shape (n,).
        in_b: Whether it stands in the second one, shape (n,).
        untold: Why changes of claims in both are not parted, in English and Chinese.
        recorded: The parts of the package where the second is a revaluation of the
            first, as its record has them.
    """

    claim_ids: Sequence[str]
    before_fen: Fen
    changes_fen: Mapping[str, Fen]
    after_fen: Fen
    in_a: Bools
    in_b: Bools
    untold: tuple[str, str] | None
    recorded: Mapping[str, int] | None

    def parts(self) -> list[Part]:
        """The parts of the package: with the value before they add up to the other."""
        if self.recorded is not None:
            return [Part.of(name, fen) for name, fen in self.recorded.items()]
        return [
            Part.of(name, int(fen.sum()), int(np.count_nonzero(fen)))
            for name, fen in self.changes_fen.items()
        ]


def bridge(desk: Desk, a: Side, b: Side) -> Bridge:
    """The bridge between two valuations.

    Args:
        desk: Opens the models.
        a: Where it starts.
        b: Where it ends.
    """
    ids = list(dict.fromkeys([*a.values, *b.values]))
    in_a, in_b = (np.array([c in side.values for c in ids], bool) for side in (a, b))
    first, last = _laid(a.values, ids), _laid(b.values, ids)
    steps, untold = _steps(desk, a, b)
    changes = {
        "claims_left": np.where(in_b, 0, -first),
        "claims_joined": np.where(in_a, 0, last),
    }
    known = first
    for name, values in [*steps.items(), ("together" if untold else "facts", b.values)]:
        now = _laid(values, ids)
        changes[name] = np.where(in_a & in_b, now - known, 0)
        known = now
    effect_a, effect_b = _laid(a.effects, ids), _laid(b.effects, ids)
    changes["overrides"] = effect_b - effect_a
    return Bridge(
        ids,
        first + effect_a,
        changes,
        last + effect_b,
        in_a,
        in_b,
        untold,
        _recorded(a, b, int(changes["overrides"].sum())),
    )


def _laid(values: Values, claim_ids: Sequence[str]) -> Fen:
    """Amounts of claims in an order, 0 where a claim has none, shape (n,)."""
    return np.array([values.get(claim, 0) for claim in claim_ids], np.int64)


def _steps(
    desk: Desk, a: Side, b: Side
) -> tuple[dict[str, Values], tuple[str, str] | None]:
    """Values of the first valuation's claims step by step, or why there are none."""
    if a.record.row.parent_id or b.record.row.parent_id:
        return {}, _OF_A_REVALUATION
    try:
        return dict(_revalued(desk, a, b)), None
    except (NotFoundError, ModelUnavailableError, ModelDamagedError) as error:
        return {}, (f"a model cannot be opened: {error}", f"模型无法打开：{error}")


def _revalued(desk: Desk, a: Side, b: Side) -> Iterator[tuple[str, Values]]:
    """The claims under the other assumptions, then under the other model too."""
    wanted = b.record.assumptions
    if a.record.assumptions != wanted:
        yield "assumptions", a.values_under(_model(desk, a), wanted)
    if a.record.row.model_sha256 != b.record.row.model_sha256:
        yield "model", a.values_under(_model(desk, b), wanted)


def _model(desk: Desk, side: Side) -> RecoveryModel:
    """The model of a valuation: the one in service where it is the same."""
    row = side.record.row
    if desk.champion.is_serving:
        model = desk.champion.served().model
        if model.sha256 == row.model_sha256:
            return model
    return desk.model_of(row).model


def _recorded(a: Side, b: Side, overrides_fen: int) -> dict[str, int] | None:
    """What a revaluation of the first valuation says of its own bridge."""
    if b.record.row.parent_id != a.record.id:
        return None
    told = b.record.document["revaluation"]["bridge"]
    parts = {part["part"]: whole_fen(part["yuan"]) for part in told}
    return {**parts, "overrides": overrides_fen}
