"""The answer about a review, typed for its schema."""

from datetime import datetime

from pydantic import Field

from serving.answers.common import Answer, Answered, Yuan
from serving.reviews.request import Kind
from serving.reviews.standing import Status


class ReviewEventOut(Answer):
    """A step in the review of a valuation."""

    number: int = Field(description="From 1, in the order in which steps were taken.")
    at: datetime
    kind: Kind
    person: str = Field(description="What they were called then.")
    person_id: str | None = Field(
        description="Whom they were; null for steps of before persons signed in."
    )
    reason: str
    claim_id: str | None
    model_present_value_yuan: Yuan | None
    present_value_yuan: Yuan | None


class OverrideOut(ReviewEventOut):
    """The value that a person states for a claim, beside the model's."""

    claim_yuan: Yuan
    difference_yuan: Yuan = Field(description="Stated value less the model's.")


class ReviewFiguresOut(Answer):
    """The package with the values of overridden claims in place of the model's.

    Ranges and percentiles remain the model's: nobody states how sure an override is.
    """

    model_present_value_yuan: Yuan
    present_value_yuan: Yuan
    difference_yuan: Yuan
    model_maximum_bid_yuan: Yuan
    maximum_bid_yuan: Yuan = Field(
        description="Highest price that leaves the target return, with overrides."
    )


class ReviewsOut(Answered):
    """Where the review of a valuation stands."""

    status: Status
    figures: ReviewFiguresOut
    overrides: list[OverrideOut] = Field(description="Those that stand.")
    events: list[ReviewEventOut] = Field(description="Every step, in order.")
