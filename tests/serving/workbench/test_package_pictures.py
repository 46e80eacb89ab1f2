"""Pictures of a package are drawn once for each reader, from the figures on record."""

from typing import Any

from fastapi.testclient import TestClient

from serving.charts.cash import cash_flow_chart
from serving.charts.sensitivity import tornado_chart
from serving.desk import Desk
from serving.settings import Settings
from serving.workbench.package.pictures import picture


def test_pictures_are_those_of_the_figures_on_record(
    client: TestClient, settings: Settings, package: dict[str, Any]
) -> None:
    answer = client.post("/v1/valuations", json=package).json()
    figures = answer["package"]
    desk = Desk(settings)
    shown = [
        picture(desk.store, answer["id"], name, "zh", "wan")
        for name in ("quarters", "months", "tornado")
    ]
    desk.close()

    assert shown == [
        cash_flow_chart(figures, "zh", "wan"),
        cash_flow_chart(figures, "zh", "wan", by="month"),
        tornado_chart(figures["stress"], "zh", "wan"),
    ]


def test_a_picture_is_drawn_once_for_a_language_and_a_unit(
    client: TestClient, package: dict[str, Any]
) -> None:
    answer = client.post("/v1/valuations", json=package).json()
    path = f"/valuations/{answer['id']}"
    before = picture.cache_info().misses
    for address in (f"/zh{path}", f"/zh{path}", f"/en{path}", f"/zh{path}?unit=yi"):
        assert client.get(address).status_code == 200

    assert picture.cache_info().misses == before + 2 * 3
