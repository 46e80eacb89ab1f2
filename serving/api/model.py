"""The model in service."""

from typing import Any

from anyio import to_thread
from fastapi import APIRouter

from features import catalogue
from features.catalogue import Feature
from features.outcomes import MONTHS_PER_QUARTER
from serving.answers.model import (
    FeatureOut,
    ModelCard,
    ModelStanding,
    PromotionOut,
    RefusedOut,
)
from serving.api.media import problems
from serving.champion import Champion
from serving.champion.served import Refusal, Standing
from serving.dependencies import DeskDep
from serving.model_facts import DecisionFacts
from serving.scorer import model_figures

router = APIRouter(prefix="/v1", tags=["model"])


@router.get("/model", summary="The model in service", responses=problems(503))
def model(desk: DeskDep) -> ModelCard:
    """What it was trained on, what it reads and how it came into service."""
    standing = desk.champion.standing()
    record = standing.served.model.record
    known = catalogue.features()
    return ModelCard(
        **_standing(desk.champion, standing),
        claims=record.claims,
        segment_claims=record.segment_claims,
        horizon_months=record.horizon_quarters * MONTHS_PER_QUARTER,
        timing_observed=record.timing_observed,
        features=[_feature(known[name]) for name in record.features],
    )


@router.post(
    "/model/reload",
    summary="Look for another version now",
    responses=problems(503),
)
async def reload(desk: DeskDep) -> ModelStanding:
    """Ask the registry at once, and try a version again that was refused.

    Promotions are followed by themselves; this is for a version whose files were
    mended. Other processes that share the store do the same within their refresh.
    """
    await to_thread.run_sync(desk.reload)
    return ModelStanding(**_standing(desk.champion, desk.champion.standing()))


def _standing(champion: Champion, standing: Standing) -> dict[str, Any]:
    """The model in service, how it came there and what was refused."""
    return {
        **model_figures(standing.served),
        "serving_since": standing.since,
        "promotion": standing.decision and _promotion(standing.decision),
        "refused": champion.refused and _refused(champion.refused),
        "trouble": champion.trouble,
    }


def _promotion(decision: DecisionFacts) -> PromotionOut:
    return PromotionOut(
        at=decision.at, by=decision.by, kind=decision.kind, reason=decision.reason
    )


def _refused(refusal: Refusal) -> RefusedOut:
    return RefusedOut(
        version=refusal.pinned.version,
        at=refusal.at,
        reason=refusal.reason,
        reason_zh=refusal.reason_zh,
    )


def _feature(feature: Feature) -> FeatureOut:
    return FeatureOut(
        name=feature.name,
        title=feature.title("en"),
        title_zh=feature.title("zh"),
        family=feature.family,
        direction=feature.direction,
    )
