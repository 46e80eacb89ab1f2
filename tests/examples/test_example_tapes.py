import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from features.tape import read_tape

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def makers() -> ModuleType:
    path = ROOT / "examples" / "make_examples.py"
    spec = importlib.util.spec_from_file_location("make_examples", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["corporate.xlsx", "personal.csv"])
def test_the_example_tapes_are_what_their_program_writes(
    makers: ModuleType, tmp_path: Path, name: str
) -> None:
    makers.write_examples(tmp_path)
    written = read_tape(tmp_path / name, name).package
    kept = read_tape(ROOT / "examples" / name, name).package
    assert kept.claims.equals(written.claims)
    assert kept.collateral.equals(written.collateral)
    assert kept.guarantees.equals(written.guarantees)


@pytest.mark.parametrize(
    ("name", "claims", "encoding"),
    [("corporate.xlsx", 120, None), ("personal.csv", 1000, "gb18030")],
)
def test_every_claim_of_the_example_tapes_is_read(
    name: str, claims: int, encoding: str | None
) -> None:
    reading = read_tape(ROOT / "examples" / name, name)
    assert len(reading.package) == claims
    assert not reading.rejected
    assert not reading.unmapped
    assert (reading.encoding or "").lower() == (encoding or "")
