"""The facts of a model card, as they are written to JSON."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True)


class DataFacts(_Facts):
    """The disposal history.

    Attributes:
        source: Its name.
        simulated: Whether it never happened.
        fingerprint: SHA-256 of its tables.
        claims: Claims in it.
        collateral: Items of collateral.
        guarantees: Guarantees.
        claim_yuan: The whole claims together.
        first_cutoff: Earliest cut-off date.
        last_cutoff: Latest cut-off date.
        observed_until: Last day on which the ledger is complete.
        open_share: Share of the work-outs still open then.
        timing_observed: Whether the ledger says when cash came.
        horizon_months: Months after the cut-off date whose cash counts.
    """

    source: str
    simulated: bool
    fingerprint: str
    claims: int
    collateral: int
    guarantees: int
    claim_yuan: float
    first_cutoff: date
    last_cutoff: date
    observed_until: date
    open_share: float
    timing_observed: bool
    horizon_months: int


class SegmentFacts(_Facts):
    """One segment of the history.

    Attributes:
        name: Its name.
        zh: Its Chinese name.
        claims: Claims of it in the history.
        claim_yuan: The whole claims together.
        open_share: Share of the work-outs still open.
        tested: Figures out of time over all test years; empty where none was tested.
    """

    name: str
    zh: str
    claims: int
    claim_yuan: float
    open_share: float
    tested: dict[str, float]


class WindowFacts(_Facts):
    """One test year.

    Attributes:
        year: The year.
        trained: Claims known before it.
        figures: Figures of the model and of every baseline, by name.
    """

    year: int
    trained: int
    figures: dict[str, dict[str, float]]


class ReferenceFacts(_Facts):
    """The claims that set level and distribution: the audit of the recalibration.

    Attributes:
        claims: Number of them.
        first_cutoff: Earliest cut-off date.
        last_cutoff: Latest cut-off date.
        vintages: Quarters of cut-off dates.
        expected_rate: Mean recovery that the trees expected.
        realised_rate: Mean recovery that came, open work-outs completed.
        level: Mean recovery that the distribution was set to.
        factors: Correlation of claims by what they share.
    """

    claims: int
    first_cutoff: date
    last_cutoff: date
    vintages: int
    expected_rate: float
    realised_rate: float
    level: float
    factors: dict[str, float]


class Tenth(_Facts):
    """A tenth of the claims tested, by expected recovery.

    Attributes:
        claims: Number of them.
        expected: Mean expected recovery.
        realised: Mean realised recovery.
    """

    claims: int
    expected: float
    realised: float


class Card(_Facts):
    """Everything that a card says but the decisions on the version.

    Attributes:
        name: Name of the registered model.
        version: The version.
        sha256: Identity of the model.
        run_id: MLflow run that logged it.
        made_at: When it was registered, in UTC.
        data: The disposal history.
        segments: Each segment of it.
        embargo_months: Months between what training knew and the year tested.
        years: The test years.
        summary: Figures over all test years.
        calibration: Expected and realised recovery by tenths.
        curve: Weighted lives and first-year cash; empty where timing is not observed.
        importance: Mean effect of the strongest features, share of the claim.
        reference: Audit of the recalibration.
        limits: What the model does not know, in words.
        limits_zh: The same in Chinese; empty on cards of before.
        configuration: Every key of the run by section.
        software: Versions of what it was made with.
        pictures: SVG of calibration, curve (if observed) and importance.
    """

    name: str
    version: int
    sha256: str
    run_id: str
    made_at: datetime
    data: DataFacts
    segments: tuple[SegmentFacts, ...]
    embargo_months: int
    years: tuple[WindowFacts, ...]
    summary: dict[str, float]
    calibration: tuple[Tenth, ...]
    curve: dict[str, float]
    importance: dict[str, float]
    reference: ReferenceFacts
    limits: tuple[str, ...]
    limits_zh: tuple[str, ...] = ()
    configuration: dict[str, dict[str, Any]]
    software: dict[str, str]
    pictures: dict[str, str]
