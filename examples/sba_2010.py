"""Real loans through the main job: SBA charge-offs of 2010 priced by what came before.

Trains on the charge-offs known at the end of 2009, writes the loans of 2010 as a
tape, values it by the batch program and by the upload of a running server, checks that
both give the same figures, and sets them against what was realised.

    python examples/sba_2010.py [--page docs/sba-2010.md]
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from features.outcomes import History, realised
from serving.access.local import local_key
from serving.client import Client
from serving.settings import Settings
from training.config import load_config
from training.data import load_history

YEAR = 2010
FEWEST_LOANS = 15
SIZES = (0, 25_000, 50_000, 100_000, 250_000, np.inf)
READY_SECONDS = 60
HEAD = f"""# Real loans: SBA charge-offs of {YEAR}

Trained on the charge-offs of the US Small Business Administration's 7(a) loans known on
31 December {YEAR - 1}; the loans charged off in {YEAR} went as a tape through
`python -m serving score` and `POST /v1/valuations/upload`, which gave the same
figures. Below, what was expected against what was realised, as it came out; amounts in
US dollars. The recovery rate is the share of disbursed principal that was not charged
off, a proxy. Written by `python examples/sba_2010.py --page docs/sba-2010.md`.
"""


def program(*arguments: str, environment: dict[str, str]) -> str:
    """Run a program of the project and return what it prints."""
    return subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", *arguments],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def server(environment: dict[str, str]) -> Iterator[str]:
    """A running server; its address."""
    port = free_port()
    command = [sys.executable, "-m", "serving", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - as above
    try:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address)
        yield address
    finally:
        process.terminate()
        process.wait()


def wait_until_ready(address: str) -> None:
    """Return once the server can value.

    Raises:
        TimeoutError: It does not within a minute.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/health/ready") as answer:  # noqa: S310
                if answer.status == 200:
                    return
        except urllib.error.URLError:
            time.sleep(0.2)
    raise TimeoutError(f"{address} was not ready within {READY_SECONDS} seconds")


def upload(address: str, database: str, tape: Path) -> dict[str, Any]:
    """The valuation of a tape by the running server."""
    key = local_key(Settings(database_url=database), "examples")
    with Client(address, api_key=key) as client:
        return dict(client.value_tape(tape))


def value_both_ways(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The valuations of the tape of the year by batch and by upload."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "RECOUP_DATABASE_URL": f"sqlite:///{folder / 'recoup.db'}",
        "RECOUP_MODEL_CACHE": str(folder / "models"),
    }
    tape, out = folder / f"sba_{YEAR}.csv", folder / f"sba_{YEAR}.json"
    source = ("--source", "sba")
    program(
        *("training", "fit", *source, "--known-on", f"{YEAR - 1}-12-31"),
        environment=environment,
    )
    days = ("--first", f"{YEAR}-01-01", "--last", f"{YEAR}-12-31")
    program("training", "tape", str(tape), *source, *days, environment=environment)
    program("serving", "score", str(tape), str(out), environment=environment)
    with server(environment) as address:
        uploaded = upload(address, environment["RECOUP_DATABASE_URL"], tape)
    return json.loads(out.read_text("utf-8")), uploaded


def same_figures(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two valuations agree in every figure of package and claims."""
    return all(one[part] == other[part] for part in ("package", "claims"))


def compared(document: dict[str, Any], history: History) -> pd.DataFrame:
    """Expected and realised recovery of each loan."""
    expected = {c["claim_id"]: c["recovery_rate"]["mean"] for c in document["claims"]}
    chosen = history.between(
        pd.Timestamp(YEAR, 1, 1).date(), pd.Timestamp(YEAR, 12, 31).date()
    )
    claim = chosen.package.claim_yuan()
    return pd.DataFrame(
        {
            "state": chosen.package.claims["province"].to_pandas().astype("category"),
            "size": pd.cut(claim, SIZES, labels=_size_labels()),
            "claim": claim,
            "expected": [expected[i] for i in chosen.package.claim_ids] * claim,
            "realised": realised(chosen, 1200).gross_rate * claim,
        }
    )


def _size_labels() -> list[str]:
    bounds = [f"{b / 1000:,.0f}" for b in SIZES[1:-1]]
    between = [f"{low} to {high}" for low, high in pairwise(bounds)]
    names = [f"up to {bounds[0]}", *between, f"over {bounds[-1]}"]
    return [f"{name} thousand" for name in names]


def group_table(loans: pd.DataFrame, by: str) -> str:
    """Expected against realised by group, small groups together, as Markdown."""
    counts = loans[by].value_counts()
    small = loans[by].map(counts).fillna(0).astype(int) < FEWEST_LOANS
    name = loans[by].astype(object).where(~small, "others")
    sums = loans.groupby(name, observed=True)[["claim", "expected", "realised"]].sum()
    sums["loans"] = name.value_counts()
    order = [*loans[by].cat.categories, "others"]
    sums = sums.loc[[group for group in order if group in sums.index]]
    lines = [
        f"| {by} | loans | expected rate | realised rate | realised / expected |",
        "|---|---:|---:|---:|---:|",
    ]
    for group, row in [*sums.iterrows(), ("**all**", _total(loans))]:
        lines.append(
            f"| {group} | {row.loans:,.0f} | {row.expected / row.claim:.3f} | "
            f"{row.realised / row.claim:.3f} | {row.realised / row.expected:.3f} |"
        )
    return "\n".join(lines)


def _total(loans: pd.DataFrame) -> pd.Series:
    total: pd.Series = loans[["claim", "expected", "realised"]].sum()
    return pd.concat([total, pd.Series({"loans": len(loans)})])


def page(document: dict[str, Any], loans: pd.DataFrame) -> str:
    """The comparison as a document."""
    cash = document["package"]["percentiles"]
    low, high = cash["P5"]["gross_yuan"], cash["P95"]["gross_yuan"]
    realised_cash = loans["realised"].sum()
    inside = "inside" if low <= realised_cash <= high else "outside"
    return "\n".join(
        [
            HEAD,
            f"{len(loans):,} loans, {loans['claim'].sum():,.0f} disbursed, "
            f"{loans['expected'].sum():,.0f} expected, {realised_cash:,.0f} realised: "
            f"{inside} the simulated range of the package, {low:,.0f} (P5) to "
            f"{high:,.0f} (P95).\n",
            f"## By state (of at least {FEWEST_LOANS} loans)\n",
            group_table(loans, "state"),
            "\n## By size of the loan\n",
            group_table(loans, "size"),
            "",
        ]
    )


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("out/sba"))
@click.option("--page", "page_path", type=click.Path(path_type=Path))
def main(folder: Path, page_path: Path | None) -> None:
    """Value the loans of the year both ways and set them against what came."""
    batch, uploaded = value_both_ways(folder.resolve())
    if not same_figures(batch, uploaded):
        raise click.ClickException("batch and upload differ")
    loans = compared(batch, load_history("sba", load_config()))
    text = page(batch, loans)
    if page_path:
        page_path.write_text(text, "utf-8")
    click.echo(text)


if __name__ == "__main__":
    main()
