"""What happens to the model in service stands in the audit log."""

import os
from pathlib import Path

import orjson
import pytest
from sqlalchemy import select

from serving.audit.tables import AuditEntry
from serving.champion import ModelCache
from serving.desk import Desk
from serving.intake import order_of_request
from serving.model_log import recorded_models
from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.plugins.models import Registrar

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def following(
    settings: Settings, registrar: Registrar, model_files: Path, shifted_model: Path
) -> Settings:
    """An installation that knows two models and follows a registry."""
    ModelCache(settings.model_cache).add("recovery", "2", shifted_model)
    registrar.crown(registrar.register(model_files))
    return settings.model_copy(update={"tracking_uri": registrar.uri})


def entered(desk: Desk) -> list[tuple[str, dict[str, object]]]:
    with desk.store.session_of_all() as session:
        rows = session.scalars(select(AuditEntry).order_by(AuditEntry.number))
        return [
            (row.action, orjson.loads(row.facts))
            for row in rows
            if row.action.startswith("model.")
        ]


def test_a_refused_version_is_entered(
    following: Settings, registrar: Registrar, shifted_model: Path
) -> None:
    desk = Desk(following)
    desk.open()
    desk.refresh()
    version = registrar.register(shifted_model)
    registrar.client.delete_model_version_tag("recovery", version, "files_sha256")
    registrar.crown(version)
    desk.refresh()
    action, facts = entered(desk)[-1]
    desk.close()

    assert action == "model.refused"
    assert facts["model_version"] == version


def test_a_model_that_a_valuation_needs_stays_in_the_cache(
    settings: Settings, shifted_model: Path
) -> None:
    desk = Desk(settings)
    desk.open()
    desk.value(order_of_request(orjson.dumps(EXAMPLE), 10), "json")
    needed = desk.champion.served().model.sha256

    assert recorded_models(desk.store) == {needed}
    later = ModelCache(settings.model_cache)
    spare = later.add("recovery", "2", shifted_model).model.sha256
    os.utime(settings.model_cache / needed, (1, 1))
    os.utime(settings.model_cache / spare, (2, 2))
    fresh = ModelCache(settings.model_cache)
    assert fresh.trim(0, lambda: recorded_models(desk.store)) == [spare]
    desk.close()
