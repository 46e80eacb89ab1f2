"""A book of claims from parquet to parquet, beside pandas and Booster.predict.

python -m benchmarks.book compare --claims 2000000
python -m benchmarks.book memory --claims 2000000 --claims 20000000

The claims are a simulated block, repeated under names of their own; the model is small
but has as many trees as by default. Every run is a process of its own, start included.
The peer is given the finished features of each claim and the log-odds that its trees
start from, so that it is spared reading a tape and building features; it reads the
whole file, predicts the mean alone and writes it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.result import Result
from features.console import say
from features.package import Package
from features.segment import segments
from features.sources.market.priors import KINDS, PackageKind
from features.sources.simulated import simulate_history, simulate_package
from models.recovery.artefact import LEVEL, save_model
from models.recovery.model import RecoveryModel
from serving.champion import ModelCache
from training.config import load_config
from training.pipeline import train

CUTOFF = date(2025, 12, 31)
# Claims of the block that is repeated, one row group.
BLOCK = 65_536
JOINED = ("collateral", "guarantees")


@dataclass(frozen=True)
class Run:
    """What one process took.

    Attributes:
        seconds: Wall time from start to end.
        core_seconds: Time that cores worked for it, which other work disturbs less.
        peak_mb: Most memory that it held, in MB; of a cluster, of its client.
    """

    seconds: float
    core_seconds: float
    peak_mb: float


def measured(command: Sequence[str], settings: Mapping[str, str]) -> Run:
    """Run a command to its end."""
    began = perf_counter()
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", *command],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise click.ClickException(f"{' '.join(command)} failed")
    busy = used.ru_utime + used.ru_stime
    return Run(perf_counter() - began, busy, used.ru_maxrss / 1024)


@contextmanager
def installation() -> Iterator[tuple[Path, RecoveryModel, dict[str, str]]]:
    """A folder with a model, and the settings that serve it."""
    say("Training a small model on a simulated market")
    trained = train(simulate_history(claims=6_000, seed=3), load_config())
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_model(trained.model, trained.table, folder / "model")
        cache = ModelCache(folder / "models")
        cache.remember("champion", cache.add("recovery", "1", folder / "model"))
        settings = {
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/absent/mlflow.db",
            "RECOUP_MODEL_CACHE": str(folder / "models"),
        }
        yield folder, trained.model, settings


def write_book(kind: PackageKind, claims: int, folder: Path) -> Package:
    """Write a book sorted by claim_id; gives the block that it repeats."""
    say(f"Writing {claims:,} claims")
    block = simulate_package(kind, claims=BLOCK, seed=5, cutoff_date=CUTOFF)
    block = block.take(pc.sort_indices(block.claims["claim_id"]).to_numpy())
    folder.mkdir()
    for name in ("claims", *JOINED):
        table = getattr(block, name)
        if len(table):
            table = table.take(pc.sort_indices(table["claim_id"]))
            _write_repeated(_present(table), claims, folder / f"{name}.parquet")
    return block


def _present(table: pa.Table) -> pa.Table:
    names = [n for n in table.column_names if table[n].null_count < len(table)]
    return table.select(names)


def _write_repeated(table: pa.Table, claims: int, path: Path) -> None:
    at = table.schema.get_field_index("claim_id")
    with pq.ParquetWriter(path, table.schema) as writer:
        for number, start in enumerate(range(0, claims, BLOCK)):
            ids = pc.binary_join_element_wise(f"{number:06d}", table["claim_id"], "-")
            # The last block is cut where every row is a claim.
            rows = min(claims - start, BLOCK) if path.stem == "claims" else len(table)
            whole = table.set_column(at, "claim_id", ids)
            writer.write_table(whole.slice(0, rows), row_group_size=BLOCK)


def write_features(
    model: RecoveryModel, block: Package, claims: int, folder: Path
) -> None:
    """What the peer reads: features of each claim, and where its trees start."""
    table = model.table(block)
    start = model.segment_level.log_odds(segments(block))
    columns = {"claim_id": block.claims["claim_id"], "start": start}
    named = zip(table.names, np.ascontiguousarray(table.values.T), strict=True)
    folder.mkdir()
    _write_repeated(
        pa.table({**columns, **dict(named)}), claims, folder / "claims.parquet"
    )


@click.group()
def program() -> None:
    """Time books of simulated claims."""


kind_option = click.option("--kind", type=click.Choice(KINDS), default="personal")
threads_option = click.option("--threads", default=2, show_default=True)


@program.command()
@click.option("--claims", default=2_000_000, show_default=True)
@kind_option
@threads_option
@click.option("--turns", default=3, show_default=True)
@click.option("--cluster/--no-cluster", default=False, help="Time a local cluster too.")
def compare(
    claims: int, kind: PackageKind, threads: int, turns: int, cluster: bool
) -> None:
    """Time all figures and the mean alone beside the peer, in alternating runs."""
    with installation() as (folder, model, settings):
        block = write_book(kind, claims, folder / "book")
        write_features(model, block, claims, folder / "features")
        ways = _ways(folder, threads, cluster=cluster)
        taken: dict[str, list[Run]] = {name: [] for name in ways}
        for _ in range(turns):
            for name, command in ways.items():
                taken[name].append(measured(command, settings))
    _print(taken, claims)


def _ways(folder: Path, threads: int, *, cluster: bool) -> dict[str, list[str]]:
    book = _score(folder)
    features = [f"{folder}/features/claims.parquet", f"{folder}/peer.parquet"]
    peer = ["benchmarks.book", "peer", f"{folder}/model", *features]
    ways = {
        "peer: pandas, Booster.predict, mean": [*peer, f"--threads={threads}"],
        "book: all figures": [*book, f"{folder}/full/", f"--threads={threads}"],
        "book: mean": [
            *book,
            f"{folder}/mean/",
            "--figures=mean",
            f"--threads={threads}",
        ],
    }
    if cluster:
        workers = f"--cluster=local:{threads}"
        ways["book: all figures, cluster"] = [*book, f"{folder}/cluster/", workers]
    return ways


TURNS = 2
CLAIMS, SMALL, LARGE = 2_000_000, 500_000, 5_000_000


def rows() -> Iterator[Result]:
    """Rows of books: beside pandas, on a cluster of two, and memory by size."""
    with installation() as (folder, model, settings):
        block = write_book("personal", CLAIMS, folder / "book")
        write_features(model, block, CLAIMS, folder / "features")
        ways = _ways(folder, 2, cluster=True)
        taken: dict[str, list[Run]] = {name: [] for name in ways}
        for _ in range(TURNS):
            for name, command in ways.items():
                taken[name].append(measured(command, settings))
        base, full, mean, cluster = taken.values()
        yield _beside("book-mean", "2,000,000 claims, mean only", mean, base, 8)
        yield _beside("book-full", "2,000,000 claims, all figures", full, base, 3)
        yield _beside(
            "book-cluster", "Dask local:2 beside 2 threads", cluster, full, 0.85
        )
        yield _memory(folder, settings)


def _beside(
    name: str, work: str, mine: Sequence[Run], peer: Sequence[Run], least: float
) -> Result:
    pairs = list(zip(peer, mine, strict=True))
    return Result(
        name=name,
        work=f"book, {work}",
        unit="s",
        ours=median(run.seconds for run in mine),
        peer=median(run.seconds for run in peer),
        against="two threads" if "Dask" in work else "pandas, Booster.predict, mean",
        ratios=tuple(theirs.seconds / ours.seconds for theirs, ours in pairs),
        cpu_ratio=median(t.core_seconds / o.core_seconds for t, o in pairs),
        least_ratio=least,
        figures={
            "claims/s": CLAIMS / median(run.seconds for run in mine),
            "peak MB": max(run.peak_mb for run in mine),
        },
    )


def _memory(folder: Path, settings: Mapping[str, str]) -> Result:
    """Peak memory of a small book and of one ten times as large."""
    peaks = {}
    for claims in (SMALL, LARGE):
        place = folder / str(claims)
        place.mkdir()
        write_book("personal", claims, place / "book")
        command = [*_score(place), f"{place}/full/", "--threads=2"]
        peaks[claims] = measured(command, settings).peak_mb / 1024
    return Result(
        name="book-memory",
        work="book of 5,000,000 claims, all figures: peak memory",
        unit="GB",
        ours=peaks[LARGE],
        most=1.0,
        figures={f"of {SMALL:,} claims GB": peaks[SMALL]},
    )


def _score(folder: Path) -> list[str]:
    """The command that scores the book, but for where to and how."""
    command = ["serving", "score", f"{folder}/book/claims.parquet", "--restart"]
    for name in JOINED:
        if (folder / "book" / f"{name}.parquet").exists():
            command += [f"--{name}", f"{folder}/book/{name}.parquet"]
    return command


def _print(taken: Mapping[str, list[Run]], claims: int) -> None:
    base, *_ = taken.values()
    for name, runs in taken.items():
        seconds = median(run.seconds for run in runs)
        click.echo(
            f"{name:36} {seconds:7.1f} s {claims / seconds:10,.0f} claims/s "
            f"{max(run.peak_mb for run in runs):6,.0f} MB; x peer "
            f"{_ratio(base, runs, 'seconds'):5.2f} by time, "
            f"{_ratio(base, runs, 'core_seconds'):5.2f} by work"
        )


def _ratio(base: Sequence[Run], runs: Sequence[Run], what: str) -> float:
    """Median of what the peer took over what these runs took, turn by turn."""
    pairs = zip(base, runs, strict=True)
    ratios = [getattr(theirs, what) / getattr(mine, what) for theirs, mine in pairs]
    return float(median(ratios))


@program.command()
@click.option("--claims", "sizes", multiple=True, type=int, required=True)
@kind_option
@threads_option
def memory(sizes: tuple[int, ...], kind: PackageKind, threads: int) -> None:
    """Peak memory of books of several sizes."""
    with installation() as (folder, _, settings):
        for claims in sizes:
            place = folder / str(claims)
            place.mkdir()
            write_book(kind, claims, place / "book")
            out = [f"{place}/full/", f"--threads={threads}"]
            run = measured([*_score(place), *out], settings)
            click.echo(
                f"{claims:12,} claims {run.seconds:8.1f} s {run.peak_mb:8,.0f} MB"
            )


@program.command()
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("features")
@click.argument("out")
@threads_option
def peer(model: Path, features: str, out: str, threads: int) -> None:
    """What the book is compared with."""
    import lightgbm as lgb
    import pandas as pd
    from scipy.special import expit

    frame = pd.read_parquet(features)
    values = frame.drop(columns=["claim_id", "start"]).to_numpy()
    boosters = [lgb.Booster(model_file=str(model / name)) for name in LEVEL]
    raw = [b.predict(values, raw_score=True, num_threads=threads) for b in boosters]
    rate = expit(frame["start"].to_numpy() + np.mean(raw, axis=0))
    pd.DataFrame({"claim_id": frame["claim_id"], "rate": rate}).to_parquet(out)


if __name__ == "__main__":
    program()
