"""Where the review of a valuation stands, what may follow, and what claims are worth.

The valuation itself never changes. Every figure with overrides is its own figure with
the stated values of some claims in place of the model's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from features.checked import BoundFinding
from features.errors import AssumptionError, Finding, ReviewRefusedError
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, maximum_bid_fen
from serving.access.who import Who
from serving.figures.package import yuan
from serving.reviews.persons import person_key
from serving.reviews.request import ReviewRequest
from serving.storage.tables import ReviewEvent, Valuation

Status = Literal["draft", "reviewed", "approved"]
# What a step leaves: whoever changes a value, or finds fault, asks for a new review.
_LEFT: MappingProxyType[str, Status] = MappingProxyType(
    {
        "reviewed": "reviewed",
        "approved": "approved",
        "returned": "draft",
        "override": "draft",
        "override_withdrawn": "draft",
    }
)
_CHANGES = ("override", "override_withdrawn")
_CHANGED = ("you changed a value", "您修正过本估值")
# Why whoever took such a step must not approve.
_INVOLVED = MappingProxyType(
    {
        "reviewed": ("you reviewed it", "您已复核本估值"),
        "override": _CHANGED,
        "override_withdrawn": _CHANGED,
    }
)

_ABOVE_CLAIM = (
    "must be at most {bound}, the whole claim",
    "不得大于{bound}，即债权全额",
)


@dataclass(frozen=True)
class ClaimValue:
    """A claim as its valuation has it.

    Attributes:
        claim_fen: The whole claim.
        present_value_fen: The model's present value.
    """

    claim_fen: int
    present_value_fen: int


@dataclass(frozen=True)
class Standing:
    """The review of a valuation as far as it has come.

    Attributes:
        row: The valuation on record.
        events: Every step, in order.
    """

    row: Valuation
    events: Sequence[ReviewEvent] = ()

    def then(self, event: ReviewEvent) -> "Standing":
        """The review after one more step."""
        return replace(self, events=(*self.events, event))

    @property
    def status(self) -> Status:
        """What the last step left."""
        return _LEFT[self.events[-1].kind] if self.events else "draft"

    @cached_property
    def overrides(self) -> dict[str, ReviewEvent]:
        """The overrides that stand, by claim."""
        stands: dict[str, ReviewEvent] = {}
        for event in self.events:
            if event.claim_id is not None:
                stands.pop(event.claim_id, None)
                if event.kind == "override":
                    stands[event.claim_id] = event
        return stands

    @property
    def override_effect_fen(self) -> int:
        """Present value with overrides less the model's."""
        return sum(effect_fen(event) for event in self.overrides.values())

    @property
    def present_value_fen(self) -> int:
        """Present value of the package with overrides: the exact sum of its claims."""
        return self.row.present_value_fen + self.override_effect_fen

    @property
    def maximum_bid_fen(self) -> int:
        """Highest price at the target return with overrides, rounded down."""
        terms = PriceTerms.of(Assumptions.of(self.row.assumptions))
        return maximum_bid_fen(self.present_value_fen, terms)

    @property
    def reviewer(self) -> ReviewEvent | None:
        """The review that an approval would rest on, or rested on."""
        reviews = [event for event in self.events if event.kind == "reviewed"]
        return reviews[-1] if reviews and self.status != "draft" else None

    @property
    def returned(self) -> ReviewEvent | None:
        """The return that a draft stands after; None where nobody returned it."""
        judged = [e for e in self.events if e.kind not in _CHANGES]
        last = judged[-1] if judged else None
        return last if last is not None and last.kind == "returned" else None

    def barred(self, who: Who) -> Mapping[str, str] | None:
        """Why somebody must not approve, in each language; None where they may."""
        for event in self.events:
            bars = event is self.reviewer or event.kind in _CHANGES
            if bars and _is_by(event, who):
                english, chinese = _INVOLVED[event.kind]
                return {
                    "en": f"{english}; another person must approve",
                    "zh": f"{chinese}；须由他人批准",
                }
        return None

    def check(self, request: ReviewRequest, claim: ClaimValue | None, who: Who) -> None:
        """Refuse a step that must not follow.

        Args:
            request: The step.
            claim: The claim that it names; None where there is no such claim.
            who: Who takes it.

        Raises:
            ReviewRefusedError: The state of the review forbids it.
            AssumptionError: There is no such claim, or it cannot be worth that much.
        """
        self._check_open(request)
        if request.kind == "reviewed" and self.status == "reviewed":
            _refuse("kind", "it is reviewed already", "该估值已复核", request.kind)
        if request.kind == "returned" and self.status == "draft":
            _refuse("kind", "a draft cannot be returned", "草稿无需退回", request.kind)
        if request.kind == "approved":
            self._check_approval(request, who)
        if request.claim_id is not None:
            self._check_claim(request, request.claim_id, claim)

    def _check_open(self, request: ReviewRequest) -> None:
        if self.status == "approved":
            _refuse(
                "kind",
                "the valuation is approved, which is final; value the package again "
                "to change anything",
                "该估值已批准，不可再变更；如需调整请重新估值",
                request.kind,
            )
        if request.events_seen not in (None, len(self.events)):
            _refuse(
                "events_seen",
                f"the review has moved on: it has {len(self.events)} steps; look at "
                "them and decide again",
                f"评审已有新进展：现有{len(self.events)}项操作；请查看后重新决定",
                str(request.events_seen),
            )

    def _check_approval(self, request: ReviewRequest, who: Who) -> None:
        if self.reviewer is None:
            _refuse(
                "kind",
                "only a reviewed valuation can be approved; have it reviewed first",
                "须先复核方可批准；请先完成复核",
                request.kind,
            )
        if barred := self.barred(who):
            _refuse("person", barred["en"], barred["zh"], who.name)

    def _check_claim(
        self, request: ReviewRequest, claim_id: str, claim: ClaimValue | None
    ) -> None:
        if claim is None:
            _refuse_claim(
                "claim_id",
                "the valuation holds no such claim; correct it",
                "该估值中没有此债权；请更正",
                claim_id,
            )
        elif (request.present_value_fen or 0) > claim.claim_fen:
            _refuse_value(request, yuan(claim.claim_fen))
        elif request.kind == "override_withdrawn" and claim_id not in self.overrides:
            _refuse(
                "claim_id",
                "no override of this claim stands; there is nothing to withdraw",
                "该债权没有生效的修正，无可撤销",
                claim_id,
            )


def _is_by(event: ReviewEvent, who: Who) -> bool:
    """Whether somebody took a step; steps of before persons were known have a name."""
    if event.person_id is None:
        return person_key(event.person) == person_key(who.name)
    return event.person_id == who.id


def effect_fen(override: ReviewEvent) -> int:
    """What an override adds to the model's value."""
    stated, model = override.present_value_fen, override.model_present_value_fen
    return (stated or 0) - (model or 0)


def _refuse(field: str, english: str, chinese: str, value: str) -> None:
    finding = _finding("review", field, english, chinese, value)
    raise ReviewRefusedError(f"{english} {chinese}", [finding])


def _refuse_claim(field: str, english: str, chinese: str, value: str) -> None:
    finding = _finding("request", field, english, chinese, value)
    raise AssumptionError(finding.sentence(), [finding])


def _refuse_value(request: ReviewRequest, most_yuan: float) -> None:
    english, chinese = _ABOVE_CLAIM
    finding = BoundFinding(
        "request",
        english.format(bound=f"{most_yuan:,.2f} yuan"),
        chinese.format(bound=f"{most_yuan:,.2f}元"),
        table="",
        field="present_value_yuan",
        value=f"{request.present_value_yuan:.2f}",
        words=_ABOVE_CLAIM,
        bound=most_yuan,
    )
    raise AssumptionError(finding.sentence(), [finding])


def _finding(code: str, field: str, english: str, chinese: str, value: str) -> Finding:
    return Finding(code, english, chinese, table="", field=field, value=value[:60])
