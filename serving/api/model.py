"""The model in service."""

from fastapi import APIRouter

from features import catalogue
from features.catalogue import Feature
from features.outcomes import MONTHS_PER_QUARTER
from serving.answers.valuation import FeatureOut, ModelCard
from serving.api.media import problems
from serving.dependencies import DeskDep
from serving.scorer import model_figures

router = APIRouter(prefix="/v1", tags=["model"])


@router.get("/model", summary="The model in service", responses=problems(503))
def model(desk: DeskDep) -> ModelCard:
    """What it was trained on and what it reads."""
    served = desk.champion.served()
    record = served.model.record
    known = catalogue.features()
    return ModelCard(
        **model_figures(served),
        claims=record.claims,
        segment_claims=record.segment_claims,
        horizon_months=record.horizon_quarters * MONTHS_PER_QUARTER,
        timing_observed=record.timing_observed,
        features=[_feature(known[name]) for name in record.features],
    )


def _feature(feature: Feature) -> FeatureOut:
    return FeatureOut(
        name=feature.name,
        title=feature.title("en"),
        title_zh=feature.title("zh"),
        family=feature.family,
        direction=feature.direction,
    )
