import runpy
from pathlib import Path

from features.deals import read_deals
from models.pricing.comparables.classes import classes_of

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_the_example_deals_are_what_their_program_writes(tmp_path: Path) -> None:
    written = tmp_path / "deals.csv"
    runpy.run_path(str(EXAMPLES / "make_deals.py"))["write_deals"](written)

    assert written.read_bytes() == (EXAMPLES / "deals.csv").read_bytes()


def test_every_example_deal_is_read() -> None:
    reading = read_deals(EXAMPLES / "deals.csv", "deals.csv")

    assert not reading.rejected
    assert not [column for column in reading.columns if column.field is None]
    assert {w.code for w in reading.warnings} == {"currency_assumed"}
    assert all("simulated" in source for source in reading.deals["source"].to_pylist())
    counts = classes_of(reading.deals)
    kinds = {(c.price_kind, c.block_transfer) for c in counts}
    assert kinds == {("clearing", False), ("start", False), ("clearing", True)}
    assert next(iter(counts.values())) == 60
