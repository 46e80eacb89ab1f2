"""Models for data scientists: what serves, every version, how good and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Query, Response

from features import catalogue
from features.errors import ModelUnavailableError
from features.outcomes import MONTHS_PER_QUARTER
from serving.champion import ServedModel
from serving.charts.chart import Chart
from serving.charts.model import calibration_chart, importance_chart
from serving.dependencies import DeskDep
from serving.desk import Desk
from serving.model_facts import DecisionFacts, ModelFacts
from serving.registered import RegisteredModels, RegisteredVersion, page_of_registry
from serving.settings import Settings
from serving.workbench.labels import segment_label
from serving.workbench.rendering import page
from serving.workbench.routes import page_router
from serving.workbench.view import View, ViewDep

# Figures of a test year, and the number of their decimals.
YEAR_FIGURES = (
    ("crps", 4),
    ("rmse", 4),
    ("spearman", 3),
    ("package_error", 4),
    ("actual_to_expected", 3),
    ("pit_distance", 3),
)
HEADLINES = (
    ("mean_crps", 4),
    ("mean_spearman", 3),
    ("mean_package_error", 4),
    ("crps_gain_over_segment_table", 3),
)
router = page_router()


@dataclass(frozen=True)
class _Registry:
    """What the registry said.

    Attributes:
        versions: Every version, the latest first.
        chosen: The version that is shown; None where there is none.
        facts: Its card; None where it has none.
        decisions: Decisions that concern it.
        trouble: Why nothing can be told; None where it answered.
    """

    versions: Sequence[RegisteredVersion] = ()
    chosen: RegisteredVersion | None = None
    facts: ModelFacts | None = None
    decisions: Sequence[DecisionFacts] = ()
    trouble: str | None = None


@router.get("/{language:language}/models")
def models(
    view: ViewDep,
    desk: DeskDep,
    version: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """What serves, and what the registry says; the first is told without the second."""
    served, told = _served(desk), _told(desk.settings, version)
    facts = told.facts
    return page(
        view,
        "models.html",
        served=served,
        horizon_months=_horizon_months(served),
        told=told,
        facts=facts,
        segment=partial(segment_label, language=view.language),
        headlines=HEADLINES,
        year_figures=YEAR_FIGURES,
        calibration=_calibration(view, facts) if facts else None,
        importance=_importance(view, facts) if facts else None,
        address=_address(desk.settings, told.chosen),
    )


def _served(desk: Desk) -> ServedModel | None:
    return desk.champion.served() if desk.champion.is_serving else None


def _horizon_months(served: ServedModel | None) -> int | None:
    if served is None:
        return None
    return served.model.record.horizon_quarters * MONTHS_PER_QUARTER


def _told(settings: Settings, version: str) -> _Registry:
    """What the registry says of the version asked for, or else of the champion."""
    registry = RegisteredModels(settings)
    try:
        versions = registry.versions()
        chosen = _chosen(versions, version, settings.model_alias)
        if chosen is None:
            return _Registry(versions)
        number = int(chosen.version)
        about = [
            d for d in registry.decisions() if number in (d.version, d.from_version)
        ]
        return _Registry(versions, chosen, registry.facts(chosen.run_id), about)
    except ModelUnavailableError as error:
        return _Registry(trouble=str(error))


def _chosen(
    versions: Sequence[RegisteredVersion], version: str, alias: str
) -> RegisteredVersion | None:
    named = [v for v in versions if v.version == version]
    reigning = [v for v in versions if alias in v.aliases]
    return next(iter([*named, *reigning, *versions]), None)


def _calibration(view: View, facts: ModelFacts) -> Chart:
    tenths = [(t.claims, t.expected, t.realised) for t in facts.calibration]
    return calibration_chart(tenths, view.language)


def _importance(view: View, facts: ModelFacts) -> Chart:
    known = catalogue.features()
    titles = {
        n: known[n].title(view.language) if n in known else n for n in facts.importance
    }
    effects = {titles[name]: effect for name, effect in facts.importance.items()}
    return importance_chart(effects, view.language)


def _address(settings: Settings, chosen: RegisteredVersion | None) -> str | None:
    path = f"/models/{settings.model_name}"
    if chosen is not None:
        path += f"/versions/{chosen.version}"
    return page_of_registry(settings.tracking_uri, path)
