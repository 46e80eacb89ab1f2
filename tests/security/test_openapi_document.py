"""What the OpenAPI document says is held to: thousands of requests made from it.

Every check of schemathesis is on but these. ``positive_data_acceptance``: what no
schema can say is refused rightly, such as a comparison of a valuation with itself,
claims that name no cut-off date, or a file that is no tape. Checks of whole stories
(``use_after_free``, ``ensure_resource_availability``, ``object_level_authorization``)
need links between operations, which the document has none of.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from serving.access.local import local_key
from serving.app import create_app, reading_pool
from tests.plugins.house import house

pytestmark = pytest.mark.unwatched
FEW, MANY = 300, 5_000
Report = Callable[[str], None]
CONFIG = {
    "seed": 1,
    "continue-on-failure": True,
    "generation": {"max-examples": 1, "deterministic": True, "database": "none"},
    "checks": {"positive_data_acceptance": {"enabled": False}},
    "phases": {"stateful": {"enabled": False}, "fuzzing": {"enabled": False}},
}


@pytest.fixture(scope="module")
def document(
    tmp_path_factory: pytest.TempPathFactory, released_model: Path
) -> Iterator[schemathesis.BaseSchema]:
    """The document of a service that answers."""
    # Every operation is tried without a key and with a wrong one as well.
    patient = {"refusals_a_minute": 1_000_000}
    folder = tmp_path_factory.mktemp("document")
    settings = house(folder, released_model).model_copy(update=patient)
    pool = reading_pool(settings)
    key = {"Authorization": f"Bearer {local_key(settings, 'document')}"}
    yield schemathesis.openapi.from_asgi(
        "/openapi.json",
        create_app(settings, pool),
        config=SchemathesisConfig.from_dict({**CONFIG, "headers": key}),
        headers=key,
    )
    pool.close()


def test_the_service_does_what_its_document_says(
    document: schemathesis.BaseSchema, long: bool, report: Report
) -> None:
    asked: Counter[str] = Counter()
    failed: list[str] = []
    broken: list[str] = []
    stream = from_schema(document).execute()
    for event in stream:
        if isinstance(event, events.NonFatalError | events.FatalError):
            broken.append(str(event))
        elif isinstance(event, events.ScenarioFinished):
            asked[str(event.recorder.label)] += len(event.recorder.cases)
            failed += faults(event)
        if not long and asked.total() >= FEW:
            stream.stop()
            break

    report(
        f"{asked.total()} requests to {len(+asked)} operations, {len(failed)} failures"
    )
    assert not broken
    assert not failed, "\n\n".join(failed[:5])
    assert asked.total() >= (MANY if long else FEW)


def faults(event: events.ScenarioFinished) -> list[str]:
    """What was found wrong, with the request that shows it."""
    record = event.recorder
    return [
        f"{record.label}: {check.name}\n{check.failure_info}\n"
        f"{record.cases[case].value.as_curl_command()}"
        for case, checks in record.checks.items()
        for check in checks
        if check.status is not Status.SUCCESS
    ]
