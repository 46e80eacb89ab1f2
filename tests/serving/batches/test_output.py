"""A batch gives what the same book gives by command, to the byte."""

from collections.abc import Callable
from pathlib import Path

import pytest

from serving.batches.batches import Batches
from serving.batches.request import BatchTerms
from serving.batches.results import Results
from serving.batches.submission import submit_addresses
from serving.batches.tables import Batch
from serving.batches.worker import Worker
from serving.book.program import BookOptions, score_book
from serving.desk import Desk
from tests.serving.batches.conftest import CHUNK, work_off

pytestmark = pytest.mark.unwatched


def by_command(
    desk: Desk, data: Path, claims: str, figures: str, joined: bool
) -> bytes:
    out = data.parent / "scored"
    tables = [(str(data / f"{name}.parquet"),) for name in ("collateral", "guarantees")]
    options = BookOptions(
        book=True,
        collateral=tables[0] if joined else (),
        guarantees=tables[1] if joined else (),
        figures="full" if figures == "full" else "mean",
        chunk_claims=CHUNK,
        threads=1,
        cluster=None,
        restart=False,
    )
    sources = [str(data / claims)]
    score_book(sources, f"{out}/", desk.champion.served(), None, {}, options)
    return (out / "manifest.json").read_bytes()


@pytest.mark.parametrize(
    ("claims", "figures", "joined"),
    [
        ("claims.parquet", "full", True),
        ("claims.parquet", "mean", False),
        ("claims.csv", "mean", False),
    ],
)
def test_manifest_is_that_of_the_command(
    desk: Desk,
    worker: Worker,
    batches: Batches,
    data: Path,
    claims: str,
    figures: str,
    joined: bool,
) -> None:
    names = ("collateral", "guarantees") if joined else ()
    addresses = {name: [str(data / f"{name}.parquet")] for name in names}
    addresses["claims"] = [str(data / claims)]
    terms = BatchTerms.of({"figures": figures, "chunk_claims": CHUNK}, "")
    batch = submit_addresses(desk, terms, addresses)
    work_off(worker)
    done = batches.get(batch.id)
    assert done.state == "done"
    made = Path(Results(desk.store).file(done, "manifest.json").path).read_bytes()
    assert made == by_command(desk, data, claims, figures, joined)
    sums = batches.progress([done])[done.id].sums
    assert sums.claims == 400


def test_two_batches_take_turns(
    submit: Callable[..., Batch], worker: Worker, batches: Batches
) -> None:
    first, second = submit(), submit("claims.csv")
    for _ in range(4):
        worker.work_once()
    progress = batches.progress([first, second])
    assert {progress[b.id].done for b in (first, second)} == {1}


def test_lost_part_is_made_again(
    submit: Callable[..., Batch], worker: Worker, batches: Batches
) -> None:
    batch = submit()
    for _ in range(6):
        worker.work_once()
    part = next(Path(batch.folder).glob("claims/part-*1.parquet"))
    content = part.read_bytes()
    part.unlink()
    work_off(worker)
    assert batches.get(batch.id).state == "done"
    assert part.read_bytes() == content
