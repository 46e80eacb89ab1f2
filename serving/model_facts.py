"""What the registry keeps of a version of the model, as far as a page shows it.

Training writes these facts; the service reads them as plain data and takes from them
what it knows.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict


class _Facts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DataFacts(_Facts):
    """The disposal history.

    Attributes:
        source: Its name.
        simulated: Whether it never happened.
        claims: Claims in it.
        first_cutoff: Earliest cut-off date.
        last_cutoff: Latest cut-off date.
        observed_until: Last day on which its ledger is complete.
        open_share: Share of the work-outs still open then.
    """

    source: str
    simulated: bool
    claims: int
    first_cutoff: date
    last_cutoff: date
    observed_until: date
    open_share: float


class SegmentFacts(_Facts):
    """A segment of the history.

    Attributes:
        name: Its name.
        zh: Its Chinese name.
        claims: Claims of it.
        tested: Figures out of time over all test years.
    """

    name: str
    zh: str
    claims: int
    tested: dict[str, float]


class YearFacts(_Facts):
    """A test year.

    Attributes:
        year: The year.
        trained: Claims known before it.
        figures: Figures of the model and of every baseline, by name.
    """

    year: int
    trained: int
    figures: dict[str, dict[str, float]]


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


class ModelFacts(_Facts):
    """The card of a version.

    Attributes:
        version: The version.
        sha256: Identity of its model.
        made_at: When it was registered.
        data: The disposal history.
        segments: Each segment of it.
        years: The test years, each of which knew only what came before.
        summary: Figures over all test years.
        calibration: Expected and realised recovery by tenths.
        curve: Weighted lives in months; empty where timing is not observed.
        importance: Mean effect of the strongest features, share of the claim.
        limits: What the model does not know, in words.
        limits_zh: The same in Chinese; empty on cards of before.
    """

    version: int
    sha256: str
    made_at: datetime
    data: DataFacts
    segments: tuple[SegmentFacts, ...]
    years: tuple[YearFacts, ...]
    summary: dict[str, float]
    calibration: tuple[Tenth, ...]
    curve: dict[str, float]
    importance: dict[str, float]
    limits: tuple[str, ...]
    limits_zh: tuple[str, ...] = ()


class RuleFacts(_Facts):
    """A rule of the gate and how it was met.

    Attributes:
        name: What is judged.
        champion: Figure of the champion.
        challenger: Figure of the challenger.
        limit: What is asked.
        passed: Whether it is met.
        note: What else decided.
    """

    name: str
    champion: float | str | None
    challenger: float | str | None
    limit: str
    passed: bool
    note: str = ""


class DecisionFacts(_Facts):
    """A decision on the champion.

    Attributes:
        number: Its place in the log, from 1.
        at: When.
        kind: Crowned, promoted, forced, refused or rolled back.
        by: Who decided.
        from_version: Champion before.
        version: Version concerned.
        reason: Why.
        figures: Rules of the gate by which it was judged.
    """

    number: int
    at: datetime
    kind: str
    by: str
    from_version: int | None
    version: int
    reason: str
    figures: tuple[RuleFacts, ...] = ()
