"""Revaluations as they are kept: a valuation at the cut-off and every step since.

A step is what one revaluation was told. The steps and the valuation that they started
from say everything, so that any revaluation is computed again from its record alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

from models.pricing.assumptions import Assumptions
from models.pricing.revaluation.developments import Developments, together
from models.pricing.revaluation.revaluation import (
    PART_ZH,
    PARTS,
    Revaluation,
    Standing,
    revalue,
    standing_valuation,
)
from models.pricing.valuation import Valuation
from serving.champion import ServedModel
from serving.document import Document
from serving.figures.package import yuan
from serving.record import Record
from serving.scorer import document_of
from serving.submission import Notes, Submission

NOTE = "revaluation"


@dataclass(frozen=True)
class Step:
    """What one revaluation was told.

    Attributes:
        on: The day.
        developments: What was new.
        assumptions: Those that were stated anew.
    """

    on: date
    developments: Developments
    assumptions: Mapping[str, Any]

    def plain(self) -> dict[str, Any]:
        """The same as JSON has it."""
        return {
            "on": self.on.isoformat(),
            "developments": self.developments.model_dump(mode="json"),
            "assumptions": dict(self.assumptions),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """A step again."""
        return cls(
            date.fromisoformat(plain["on"]),
            Developments.of(plain["developments"]),
            plain["assumptions"],
        )


@dataclass(frozen=True)
class Chain:
    """Revaluations one after the other.

    Attributes:
        root_id: The valuation at the cut-off date.
        parent_id: The valuation before the last step.
        steps: What each revaluation was told, in order.
    """

    root_id: str
    parent_id: str
    steps: tuple[Step, ...]

    @classmethod
    def of(cls, record: Record) -> Self:
        """The steps that led to a valuation on record; none to a first one."""
        if record.row.parent_id is None:
            return cls(record.id, record.id, ())
        return cls.of_notes(record.submission.notes)

    @classmethod
    def of_notes(cls, notes: Notes) -> Self:
        """The steps that stand in the notes of a revaluation."""
        kept = notes[NOTE]
        steps = tuple(Step.of(step) for step in kept["steps"])
        return cls(kept["root_id"], kept["parent_id"], steps)

    def then(self, parent_id: str, step: Step) -> "Chain":
        """The chain with one more step after a valuation."""
        return replace(self, parent_id=parent_id, steps=(*self.steps, step))

    def note(self) -> dict[str, Any]:
        """The chain as the notes of a revaluation keep it."""
        return {
            "root_id": self.root_id,
            "parent_id": self.parent_id,
            "steps": [step.plain() for step in self.steps],
        }

    def standing(self, root: Valuation) -> Standing:
        """Where the package stands after the last step.

        Raises:
            AssumptionError: An assumption that was stated anew is out of bounds.
        """
        stated = root.assumptions.model_dump(mode="json")
        for step in self.steps:
            stated |= dict(step.assumptions)
        return Standing(
            self.steps[-1].on if self.steps else root.package.cutoff_date,
            together(step.developments for step in self.steps),
            Assumptions.of(stated),
        )

    def before(self) -> "Chain":
        """The chain without its last step."""
        return replace(self, steps=self.steps[:-1])

    def valuation(self, root: Valuation) -> Valuation:
        """The package after the last step."""
        return standing_valuation(root, self.standing(root))

    def last(self, root: Valuation) -> Revaluation:
        """The last step, with the bridge that it makes."""
        return revalue(root, self.before().standing(root), self.standing(root))


def revaluation_document(
    chain: Chain, found: Revaluation, notes: Notes, served: ServedModel
) -> Document:
    """A revaluation as a valuation on record.

    Args:
        chain: The steps that led to it.
        found: What the last one found.
        notes: Of the reading of the tape.
        served: The model.
    """
    submission = revaluation_submission(chain, found, notes)
    document = document_of(submission, found.valuation, served)
    link = {"root_id": chain.root_id, "parent_id": chain.parent_id}
    return document | {NOTE: link | bridge_figures(found)}


def revaluation_submission(
    chain: Chain, found: Revaluation, notes: Notes
) -> Submission:
    """What is left of the package, with the steps that led to it."""
    return Submission(found.valuation.package, {**notes, NOTE: chain.note()})


def bridge_figures(found: Revaluation) -> dict[str, Any]:
    """The bridge of the package, to the fen."""
    return {
        "on": found.remaining.on.isoformat(),
        "months_since_cutoff": round(found.remaining.clock.months, 4),
        "before_yuan": yuan(found.before_fen.sum()),
        "bridge": [
            {
                "part": part,
                "part_zh": PART_ZH[part],
                "yuan": yuan(found.bridge_fen[part].sum()),
            }
            for part in PARTS
        ],
        "after_yuan": yuan(found.valuation.present_value_fen.sum()),
        "expected_cash_yuan": yuan(found.expected_fen.sum()),
        "received_cash_yuan": yuan(found.received_fen.sum()),
    }
