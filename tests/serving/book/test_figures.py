"""What a book says of a claim is what a valuation says of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.package import Package
from features.tape import read_table
from models.pricing.assumptions import Assumptions
from models.pricing.claim_prices import price_claims
from models.pricing.valuation import value_package
from models.recovery.out_of_time import LatestYear, OutOfTime, RangesHeld
from serving.cautions.valuation import price_cautions
from serving.champion import ServedModel
from tests.serving.book.conftest import CHUNK, CUTOFF, ScoreBook, parts


def fen(column: Any) -> "np.typing.NDArray[np.int64]":
    return np.rint(np.asarray(column) * 100).astype(np.int64)


def test_claims_of_a_book_are_priced_as_in_one_package(
    score_here: ScoreBook,
    personal: Package,
    personal_file: Path,
    served: ServedModel,
    tmp_path: Path,
) -> None:
    score_here([str(personal_file)], tmp_path / "out")

    written = parts(tmp_path / "out")
    valuation = value_package(served.model, personal, Assumptions())
    cash = valuation.cash_flow
    assert written["claim_id"].to_pylist() == personal.claim_ids
    assert written["segment"].to_pylist() == valuation.forecast.segments.tolist()
    for name, expected in {
        "claim_yuan": valuation.claim_fen,
        "gross_yuan": cash.gross_fen.sum(axis=1),
        "cost_yuan": cash.cost_fen.sum(axis=1),
        "net_yuan": cash.net_fen.sum(axis=1),
        "present_value_yuan": valuation.present_value_fen,
    }.items():
        assert fen(written[name]).tolist() == expected.tolist(), name
    assert np.allclose(written["recovery_mean_rate"], valuation.counted_rate)
    quarters = np.array(written["expected_cash_by_quarter_yuan"].to_pylist())
    assert fen(quarters).sum(axis=1).tolist() == fen(written["gross_yuan"]).tolist()
    assert set(written["model_sha256"].to_pylist()) == {served.model.sha256}


def test_the_book_is_worth_what_the_package_is(
    score_here: ScoreBook,
    personal: Package,
    personal_file: Path,
    served: ServedModel,
    tmp_path: Path,
) -> None:
    stated = {"target_return_rate": 0.2, "start_delay_months": 4}

    book = score_here([str(personal_file)], tmp_path / "out", stated)

    valuation = value_package(served.model, personal, Assumptions.of(stated))
    returns = valuation.returns_at(valuation.price_yuan)
    assert returns is not None
    assert book["package"]["maximum_bid_fen"] == valuation.maximum_bid_fen
    assert book["package"]["irr_rate_at_maximum_bid"] == round(returns.irr_rate or 0, 6)
    monthly = valuation.cash_flow.gross_fen.sum(axis=0)
    assert list(book["cash_flow"]["gross_fen"]) == monthly.tolist()


def test_collateral_and_guarantees_are_found_by_claim(
    score_here: ScoreBook,
    corporate: Package,
    corporate_files: Callable[[str], str],
    served: ServedModel,
    tmp_path: Path,
) -> None:
    book = score_here(
        [corporate_files("claims")],
        tmp_path / "out",
        collateral=(corporate_files("collateral"),),
        guarantees=(corporate_files("guarantees"),),
    )

    chunks = [
        price_claims(
            served.model,
            corporate.take(range(start, min(start + CHUNK, len(corporate)))),
            Assumptions(),
        )
        for start in range(0, len(corporate), CHUNK)
    ]
    expected = [value for chunk in chunks for value in chunk.present_value_fen.tolist()]
    assert fen(parts(tmp_path / "out")["present_value_yuan"]).tolist() == expected
    assert book["counts"]["collateral"] == len(corporate.collateral)
    assert book["counts"]["guarantees"] == len(corporate.guarantees)


def test_the_mean_alone_is_that_of_the_forecast(
    score_here: ScoreBook,
    personal: Package,
    personal_file: Path,
    served: ServedModel,
    tmp_path: Path,
) -> None:
    book = score_here([str(personal_file)], tmp_path / "out", figures="mean")

    written = parts(tmp_path / "out")
    assert written.column_names[:2] == ["claim_id", "recovery_mean_rate"]
    mean = served.model.forecast(personal).mean_rate
    assert np.allclose(written["recovery_mean_rate"], mean, rtol=1e-12)
    assert book["counts"]["claims"] == len(personal)


def test_warnings_are_codes_beside_the_claim(
    score_here: ScoreBook, personal: Package, personal_file: Path, tmp_path: Path
) -> None:
    book = score_here([str(personal_file)], tmp_path / "out")

    written = parts(tmp_path / "out")["warnings"].to_pylist()
    reading = read_table(personal.claims)
    told: list[set[str]] = [set() for _ in personal.claim_ids]
    for warning in reading.warnings:
        assert warning.row is not None
        told[warning.row].add(warning.code)
    assert [set(codes) - {"segment_unseen"} for codes in written] == told
    assert any(told)
    assert sum(book["warnings"].values()) == sum(map(len, written))


def test_what_weakens_a_model_is_said_of_its_book_as_of_a_price(
    score_here: ScoreBook,
    personal: Package,
    personal_file: Path,
    served: ServedModel,
    tmp_path: Path,
) -> None:
    out_of_time = OutOfTime(
        ranges=RangesHeld(
            first_year=2018, last_year=2020, claims=900, held=0.6, held_since=0.6
        ),
        latest=LatestYear(
            until=date(2025, 6, 30),
            claims=700,
            ratio=0.5,
            low=0.8,
            high=1.2,
            earlier_years=8,
            departs=True,
        ),
    )
    known = {"out_of_time": out_of_time, "observed_until": date(2020, 1, 31)}
    record = served.model.record.model_copy(update=known)
    doubted = replace(served, model=replace(served.model, record=record))

    book = score_here([str(personal_file)], tmp_path / "out", model=doubted)

    assert [told["code"] for told in book["cautions"]] == [
        "simulated_history",
        "latest_year_departs",
        "ranges_narrow",
        "model_outdated",
    ]
    prices = price_claims(doubted.model, personal, Assumptions())
    told = price_cautions(
        record,
        personal.cutoff_date,
        personal.tables,
        prices.forecast,
        personal.claim_ids,
        prices.present_value_fen,
    )
    assert all(caution in told for caution in book["cautions"])


@pytest.mark.parametrize("figures", ["full", "mean"])
@pytest.mark.parametrize(
    ("of_persons", "factor", "said"),
    [
        (True, 1e-4, ["on a person is"]),
        (True, 1.0, []),
        (False, 1e-4, ["on a company is"]),
        (False, 1e4, ["on a company is"]),
    ],
)
def test_a_book_in_another_unit_than_yuan_is_doubted(
    score_here: ScoreBook,
    personal: Package,
    corporate: Package,
    tmp_path: Path,
    figures: str,
    of_persons: bool,
    factor: float,
    said: list[str],
) -> None:
    claims = (personal if of_persons else corporate).claims.slice(0, 50)
    principal = pa.array([value * factor for value in claims["principal"].to_pylist()])
    bare = claims.select(["claim_id", "product", "cutoff_date"])
    path = tmp_path / "claims.parquet"
    pq.write_table(bare.append_column("principal", principal), path)

    book = score_here([str(path)], tmp_path / "out", figures=figures)

    doubts = [c for c in book["cautions"] if c["code"] == "amounts_unlikely"]
    assert [any(words in c["reason"] for words in said) for c in doubts] == [
        True for _ in said
    ]
    assert all("明显异常" in caution["reason_zh"] for caution in doubts)


def test_a_cutoff_date_still_to_come_is_told_of_a_book(
    score_here: ScoreBook, personal: Package, tmp_path: Path
) -> None:
    ahead = pa.array(["2099-12-31"] * personal.claims.num_rows)
    claims = personal.claims.select(["claim_id", "product", "principal"])
    path = tmp_path / "claims.parquet"
    pq.write_table(claims.append_column("cutoff_date", ahead), path)

    book = score_here([str(path)], tmp_path / "out")

    assert "cutoff_ahead" in [caution["code"] for caution in book["cautions"]]


def test_a_sound_model_changes_no_byte_of_what_is_priced(
    score_here: ScoreBook, personal_file: Path, served: ServedModel, tmp_path: Path
) -> None:
    known = {"simulated": False, "observed_until": CUTOFF}
    record = served.model.record.model_copy(update=known)
    sound = replace(served, model=replace(served.model, record=record))
    plain = score_here([str(personal_file)], tmp_path / "plain")

    book = score_here([str(personal_file)], tmp_path / "out", model=sound)

    assert (book["cautions"], book["package"]) == ([], plain["package"])


@pytest.mark.parametrize("threads", [1, 3])
def test_threads_do_not_change_a_byte(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path, threads: int
) -> None:
    two = score_here([str(personal_file)], tmp_path / "two", threads=2)
    other = score_here([str(personal_file)], tmp_path / "other", threads=threads)

    assert other == two


def test_parts_say_what_the_manifest_says(
    score_here: ScoreBook, personal_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    book = score_here([str(personal_file)], out)

    written = parts(out)
    for name in ("claim", "gross", "cost", "present_value"):
        summed = int(fen(written[f"{name}_yuan"]).sum())
        assert summed == book["package"][f"{name}_fen"], name
        by_segment = [sums[f"{name}_fen"] for sums in book["segments"].values()]
        assert summed == sum(by_segment)
    bids = int(fen(written["maximum_bid_yuan"]).sum())
    assert bids == book["package"]["maximum_bids_fen"]
    assert len(book["parts"]) == len(list((out / "claims").iterdir())) > 3
    for part in book["parts"]:
        assert pq.read_metadata(out / part["file"]).num_rows == part["rows"]


def test_the_range_of_a_book_is_near_that_of_the_package(
    score_here: ScoreBook,
    personal: Package,
    personal_file: Path,
    served: ServedModel,
    tmp_path: Path,
) -> None:
    stated = {"simulations": 50_000}
    book = score_here([str(personal_file)], tmp_path / "out", stated)

    simulated = value_package(served.model, personal, Assumptions.of(stated)).range
    told = book["range"]["percentiles"]
    for level, gross, value in zip(
        (5, 25, 50, 75, 95),
        simulated.gross_yuan[[0, 2, 3, 4, 6]],
        simulated.present_value_yuan[[0, 2, 3, 4, 6]],
        strict=True,
    ):
        assert told[f"P{level}"]["gross_yuan"] == pytest.approx(gross, rel=0.03)
        assert told[f"P{level}"]["present_value_yuan"] == pytest.approx(value, rel=0.03)
