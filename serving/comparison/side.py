"""One of two valuations that are compared, opened as far as a comparison needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from models.pricing.assumptions import Assumptions
from models.pricing.valuation import discounted, expect
from models.recovery.model import RecoveryModel
from serving.desk import Desk
from serving.record import Record
from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing, effect_fen

Values = Mapping[str, int]


@dataclass(frozen=True)
class Side:
    """A valuation with the review that stands beside it.

    Attributes:
        record: The valuation.
        standing: Its review.
        values: The model's present value of each claim, in whole fen.
    """

    record: Record
    standing: Standing
    values: Values

    @classmethod
    def of(cls, desk: Desk, identifier: str) -> Self:
        """The valuation of an identifier.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The store does not answer.
        """
        record = desk.record_of(identifier)
        lines = desk.claim_lines(record.id)
        named = lines["claim_id"].to_pylist(), lines["present_value_fen"].to_pylist()
        standing = Reviews(desk.store).standing(record.row)
        return cls(record, standing, dict(zip(*named, strict=True)))

    @cached_property
    def effects(self) -> Values:
        """What overrides add to the value of claims, in whole fen."""
        return {c: effect_fen(event) for c, event in self.standing.overrides.items()}

    def values_under(self, model: RecoveryModel, assumptions: Assumptions) -> Values:
        """Present values of the same claims under another model or other assumptions.

        Args:
            model: The model.
            assumptions: What the price rests on.
        """
        package = self.record.submission.package
        _, _, value = discounted(expect(model, package, assumptions), assumptions)
        return dict(zip(package.claim_ids, value.tolist(), strict=True))
