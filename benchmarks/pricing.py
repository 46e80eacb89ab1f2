"""What pricing takes: a thousand claims with ten thousand scenarios, and a bid slider.

python -m benchmarks.pricing

The package is simulated, the model small: neither changes the work of pricing, which
grows with claims, scenarios and trees, and the trees are as many as by default.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

import click

from features.console import say
from features.package import Package
from features.sources.simulated import simulate_history, simulate_package
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import value_package
from models.recovery.artefact import save_model
from models.recovery.model import RecoveryModel
from serving.analyses.catalogue import named
from serving.champion import ModelCache
from serving.desk import Desk
from serving.intake import Order
from serving.settings import Settings
from serving.submission import Submission
from training.config import load_config
from training.pipeline import Trained, train

CUTOFF = date(2025, 12, 31)


def seconds(work: Callable[[], object], turns: int) -> float:
    """Median wall time of a piece of work, once it is warm."""
    work()
    taken = []
    for _ in range(turns):
        began = perf_counter()
        work()
        taken.append(perf_counter() - began)
    return median(taken)


def priced(model: RecoveryModel, package: Package) -> None:
    """Price a package, the drivers of each claim left aside."""
    value_package(model, package, Assumptions())


def slider(folder: Path, trained: Trained, package: Package, turns: int) -> float:
    """Seconds of a bid at a price, asked of a valuation on record."""
    desk = _desk(folder, trained)
    notes = {
        "filename": None,
        "encoding": None,
        "rows": list(range(len(package))),
        "completeness": [1.0] * len(package),
        "claim_warnings": [],
        "warnings": [],
        "rejected_rows": [],
        "columns": [],
        "unmapped_columns": [],
    }
    order = Order(Submission(package, notes), Assumptions())
    stored = desk.value(order, "batch")
    question = {"price_yuan": 1e8}
    taken = seconds(lambda: named("bid").answered(desk, stored.id, question), turns)
    desk.close()
    return taken


def _desk(folder: Path, trained: Trained) -> Desk:
    save_model(trained.model, trained.table, folder / "model")
    cache = ModelCache(folder / "models")
    cache.remember("champion", cache.add("recovery", "1", folder / "model"))
    settings = Settings(
        database_url=f"sqlite:///{folder}/recoup.db",
        tracking_uri=f"sqlite:///{folder}/absent/mlflow.db",
        model_cache=folder / "models",
    )
    desk = Desk(settings)
    desk.refresh()
    return desk


@click.command()
@click.option("--claims", default=1_000, show_default=True)
@click.option("--turns", default=5, show_default=True, type=click.IntRange(min=1))
def program(claims: int, turns: int) -> None:
    """Time a valuation of simulated claims and a bid asked of it."""
    say("Training a small model on a simulated market")
    trained = train(simulate_history(claims=6_000, seed=3), load_config())
    package = simulate_package("corporate", claims=claims, seed=5, cutoff_date=CUTOFF)
    scenarios = Assumptions().simulations
    taken = seconds(lambda: priced(trained.model, package), turns)
    click.echo(f"{claims:,} claims, {scenarios:,} scenarios priced in {taken:.2f} s")
    with TemporaryDirectory() as folder:
        asked = slider(Path(folder), trained, package, turns)
    click.echo(
        f"a bid at a price, asked of the record, answered in {1e3 * asked:.0f} ms"
    )


if __name__ == "__main__":
    program()
