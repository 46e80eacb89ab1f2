"""Answers about the model in service, typed for the schema."""

from datetime import datetime

from pydantic import Field

from serving.answers.common import Answer, ModelOut


class FeatureOut(Answer):
    """One input of the model."""

    name: str
    title: str
    title_zh: str
    family: str
    direction: int = Field(description="Expected effect: 1 up, -1 down, 0 open.")


class RefusedOut(Answer):
    """A version of the model that was not taken into service."""

    version: str
    at: datetime = Field(description="When it was last refused.")
    reason: str
    reason_zh: str


class PromotionOut(Answer):
    """The decision that made a version champion."""

    at: datetime
    by: str
    kind: str = Field(description="crowned, promoted, forced or rolled_back.")
    reason: str


class ModelStanding(ModelOut):
    """What is in service, how it came there and what was refused."""

    serving_since: datetime = Field(
        description="When this process took it into service."
    )
    promotion: PromotionOut | None = Field(
        description="Null where the registry's log of decisions does not tell."
    )
    refused: RefusedOut | None = Field(
        description="The version refused last, null once another was taken."
    )
    trouble: str | None = Field(
        description="Why the registry cannot be followed, null where it can."
    )


class ModelCard(ModelStanding):
    """The model in service."""

    claims: int = Field(description="Claims of the history.")
    segment_claims: dict[str, int]
    horizon_months: int = Field(description="Months that the recovery covers.")
    timing_observed: bool
    features: list[FeatureOut]
