"""What the service answers about disposal paths."""

from typing import Literal

from pydantic import Field

from models.paths.path import Path
from serving.answers.common import Answer, Answered, Share, Warned, Yuan

PathBasis = Literal["learnt", "engine"]


class PathOut(Answer):
    """One path of one claim."""

    path: Path
    path_zh: str
    status: Literal["compared", "barred", "rare", "not_learnt", "confounded"] = Field(
        description="Whether it takes part in the comparison: barred: not open to the "
        "claim; rare: hardly any claim alike took it, so there is no recommendation; "
        "not_learnt: too few took it, and the engine's figure is not set beside learnt "
        "ones; confounded: learnt figures are withdrawn."
    )
    reason: str | None = Field(description="Why it does not.")
    reason_zh: str | None
    basis: PathBasis = Field(
        description="learnt from a disposal history, or worked out by the engine from "
        "declared priors and the expected cash; the two are never compared."
    )
    npv_yuan: Yuan = Field(description="Expected net present value.")
    low_yuan: Yuan = Field(
        description="Learnt: low end of the 95% interval of the mean of claims alike. "
        "Engine: at P10 of the recovery and the low end of the priors."
    )
    high_yuan: Yuan
    months: float = Field(description="Mean months until the cash, by amount.")
    propensity_rate: Share | None = Field(
        description="Chance that the owners of the history would have chosen it; null "
        "where no history tells."
    )
    effective_sample: float | None = Field(
        description="Claims that the learnt mean of the segment rests on; null where "
        "nothing was learnt."
    )


class PathChoiceOut(Answer):
    """The paths of one claim side by side."""

    claim_id: str
    segment: str
    claim_yuan: Yuan
    recommended: Path | None = Field(description="null for no recommendation.")
    recommended_zh: str | None
    basis: PathBasis | None = Field(
        description="What the recommendation rests on; null where there is none."
    )
    gain_yuan: Yuan | None = Field(description="Over the next best path compared.")
    sensitivity: float | None = Field(
        description="Factor by which a fact that is not in the data would have to "
        "change the odds of choosing the paths for the gain to be lost, for claims of "
        "this segment of which the same is preferred; 1 where the gain lies within its "
        "interval already. Learnt figures only."
    )
    reason: str
    reason_zh: str
    planned: Path | None = Field(description="Path in the plan; null where none is.")
    drawn_by_lot: bool = Field(description="Whether the plan drew it by lot.")
    paths: list[PathOut]


class PathCellOut(Answer):
    """What was learnt of one path in one segment."""

    segment: str
    path: Path
    claims: int = Field(description="Claims that took it.")
    effective_sample: float
    raw_rate: Share = Field(description="Their mean, as it stands.")
    rate: Share = Field(
        description="Doubly robust mean of all claims of the segment that it was open "
        "to: discounted net cash over claim."
    )
    low_rate: Share
    high_rate: Share
    months: float


class PathLotOut(Answer):
    """Claims whose path was drawn by lot beside those whose path was chosen."""

    path: Path
    claims: int
    chosen_rate: Share
    drawn_rate: Share
    low_rate: Share = Field(description="Low end of the interval of the difference.")
    high_rate: Share
    disagrees: bool


class PathsLearntOut(Answer):
    """What the model's history has taught of paths."""

    evidence: Literal["observational", "checked", "randomised", "confounded"]
    statement: str = Field(description="What this evidence can and cannot tell.")
    statement_zh: str
    labels: Literal["chosen", "ended"] = Field(
        description="Whether paths are those chosen at first or those that work-outs "
        "ended on."
    )
    claims: int
    randomised_claims: int
    yearly_rate: Share = Field(description="Return that its cash was discounted at.")
    horizon_months: int
    overlap_rate: Share
    cells: list[PathCellOut]
    lots: list[PathLotOut]


class PathSumOut(Answer):
    """One path over the package."""

    path: Path
    path_zh: str
    open_claims: int
    recommended_claims: int
    planned_claims: int
    planned_yuan: Yuan


class PathLimitOut(Answer):
    """A limit that could bind, and what more of it is worth."""

    limit: Literal["hours", "advance", "claims"]
    path: Path | None
    quarter: int | None = Field(description="From 1; null where it holds for all.")
    most: float
    used: float
    yuan_per_unit: float = Field(
        description="Worth of one hour, yuan or claim more, in the linear relaxation."
    )


class PathDrawOut(Answer):
    """A claim whose path is proposed by lot."""

    claim_id: str
    path: Path


class PathPlanOut(Answer):
    """One path for each claim, under the limits."""

    claims: int
    left_out_claims: int = Field(description="Claims that no path is open to.")
    value_yuan: Yuan
    bound_yuan: Yuan = Field(description="No plan within the limits is worth more.")
    unlimited_yuan: Yuan = Field(description="Value of the best plan without limits.")
    learnt_claims: int = Field(description="Claims planned by learnt values.")
    engine_claims: int = Field(description="Claims planned by declared priors.")
    case_handler_yuan: Yuan | None = Field(
        description="Worth of one more case handler over all quarters; null without a "
        "limit of staff."
    )
    budget_yuan: Yuan | None = Field(
        description="Worth of one more yuan to advance in every quarter; null "
        "without a budget."
    )
    sentences: list[str]
    sentences_zh: list[str]
    limits: list[PathLimitOut]
    paths: list[PathSumOut]
    lots: list[PathDrawOut] = Field(description="The slice drawn by lot, in full.")
    lots_cost_yuan: Yuan = Field(
        description="What the lots give up against the same plan without them; a path "
        "drawn beside those compared counts at the engine's figure."
    )


class PathsOut(Answered):
    """Disposal paths of the claims, and a plan for the package."""

    target_return_rate: Share
    claims: int
    listed_claims: int = Field(
        description="The largest are listed; plan and sums are of all."
    )
    learnt: PathsLearntOut | None = Field(
        description="null where the model's history says too little of paths."
    )
    plan: PathPlanOut
    choices: list[PathChoiceOut]
    warnings: list[Warned]
