"""Every artefact that a release left behind still opens and forecasts to the bit."""

import json
import runpy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from features.errors import InputError
from features.tape import read_records

GOLDEN = Path(__file__).parent
PROJECT = GOLDEN.parent.parent
MAKER = runpy.run_path(str(GOLDEN / "make_golden.py"))
LARGEST_BYTES = 200_000
VERSIONS = sorted(
    path.name for path in GOLDEN.iterdir() if (path / MAKER["MODEL"]).is_file()
)


def read(version: str, name: str) -> Any:
    return json.loads((GOLDEN / version / name).read_text("utf-8"))


def test_this_version_has_left_one() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    assert project["version"] in VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_it_opens_and_forecasts_to_the_bit(version: str) -> None:
    model = MAKER["opened"](version)
    reading = read_records(read(version, "tape.json"))
    assert not reading.rejected
    told = MAKER["forecasts"](model, reading.package)
    written = read(version, "forecasts.json")
    assert told.keys() == written.keys()
    for claim, forecast in told.items():
        assert forecast == written[claim], claim


@pytest.mark.parametrize("version", VERSIONS)
def test_it_covers_what_a_tape_may_hold(version: str) -> None:
    written = read(version, "forecasts.json")
    assert len({f["segment"] for f in written.values()}) >= 5
    curves = {tuple(f["quarter_rate"]) for f in written.values()}
    assert len(curves) > len(written) / 2
    request = read(version, "tape.json")
    assert request["collateral"]
    assert request["guarantees"]


@pytest.mark.parametrize("version", VERSIONS)
def test_it_is_small(version: str) -> None:
    files = [f for f in (GOLDEN / version).rglob("*") if f.is_file()]
    assert sum(f.stat().st_size for f in files) < LARGEST_BYTES


def test_a_released_one_is_never_rewritten() -> None:
    with pytest.raises(InputError, match="never rewritten"):
        MAKER["program"].main([VERSIONS[0]], standalone_mode=False)
