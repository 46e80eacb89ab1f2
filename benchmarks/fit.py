"""A whole training run beside the bare LightGBM fit of the same panel, in turns.

python -m benchmarks.fit

The bare fit is what a data scientist would write on the same claim x quarter panel: one
``lightgbm.train`` with the trees of [level], LightGBM's own bins and no start. A
training run makes table, panel, sale prices, level, curve, distribution and factors.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import click
import lightgbm as lgb
import numpy as np

from features.console import say
from features.outcomes import History, Panel, quarter_panel
from features.table import (
    FeatureTable,
    build_table,
    categorical_features,
    learn_vocabulary,
)
from models.recovery.growth import QUARTER
from training.config import Config, load_config
from training.data import load_history
from training.pipeline import train


def seconds(work: Callable[[], object]) -> float:
    """Wall time of a piece of work."""
    began = perf_counter()
    work()
    return perf_counter() - began


def bare_fit(table: FeatureTable, panel: Panel, config: Config) -> lgb.Booster:
    """One call of LightGBM on the panel."""
    names = (*table.names, QUARTER)
    rows = len(panel.claim) / len(np.unique(panel.claim))
    parameters = config.level.parameters()
    data = lgb.Dataset(
        np.column_stack([table.values[panel.claim], panel.quarter]),
        panel.share,
        feature_name=list(names),
        categorical_feature=list(categorical_features()),
        params={"verbosity": -1},
    )
    return lgb.train(parameters.lightgbm(names, rows), data, parameters.trees)


def compared(history: History, config: Config, turns: int) -> tuple[float, float]:
    """Median seconds of a training run and of the bare fit."""
    vocabulary = learn_vocabulary(history.package, config.vocabulary.minimum_count)
    table = build_table(history.package, vocabulary)
    panel = quarter_panel(history, config.horizon.quarters)
    say(f"{len(history):,} claims, {len(panel.claim):,} rows of the panel")
    ours, bare = [], []
    for turn in range(turns):
        say(f"Turn {turn + 1}/{turns}")
        ours.append(seconds(lambda: train(history, config)))
        bare.append(seconds(lambda: bare_fit(table, panel, config)))
    return median(ours), median(bare)


@click.command()
@click.option("--turns", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--claims", default=40_000, show_default=True)
def program(turns: int, claims: int) -> None:
    """Time a training run and the bare fit of the same panel, in turns."""
    config = load_config()
    size = config.simulated.model_copy(update={"claims": claims})
    history = load_history("simulated", config.model_copy(update={"simulated": size}))
    ours, bare = compared(history, config, turns)
    click.echo(f"training run {ours:.1f} s, bare LightGBM fit {bare:.1f} s")
    click.echo(f"ratio {ours / bare:.2f}")


if __name__ == "__main__":
    program()
