"""The registered model in Spark: ``make spark``, in an environment of its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import Column, SparkSession
from pyspark.sql.functions import col, struct

from features.sources.simulated import simulate_history
from features.sources.tables import write_history
from models.recovery.pyfunc import QUANTILES
from training.__main__ import program
from training.mlflow_store import CHAMPION, MODEL_NAME

# The project has moved on to pandas 3; what Spark hands over is compared to the bit.
pytestmark = pytest.mark.filterwarnings(
    "ignore:PySpark does not yet fully support pandas:FutureWarning"
)
SMALL = """
[simulated]
claims = 2400
[level]
trees = 30
[curve]
trees = 30
[evaluation]
years = 1
packages = 20
"""


@pytest.fixture(scope="module")
def champion(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a model that was trained and registered as any other."""
    place = tmp_path_factory.mktemp("store")
    configuration = place / "small.toml"
    configuration.write_text(SMALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{place}/mlflow.db")
        program.main(["fit", "--config", str(configuration)], standalone_mode=False)
        yield f"models:/{MODEL_NAME}@{CHAMPION}"


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    """Spark in two threads of this machine, reached by nobody else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        session = (
            SparkSession.builder.master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
        yield session
        session.stop()


@pytest.fixture(scope="module")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Claims as a history keeps them."""
    folder = tmp_path_factory.mktemp("market")
    write_history(simulate_history(claims=1_000, seed=11), folder)
    return folder / "claims.parquet"


def wanted(champion: str) -> Any:
    """Columns that the model reads, and their types."""
    return mlflow.pyfunc.load_model(champion).metadata.signature.inputs.inputs


def inputs(champion: str) -> Column:
    """The same of a table in catalogue names: numbers as double, dates as text."""
    fields = wanted(champion)
    return struct(*(col(f.name).cast(f.type.to_spark()).alias(f.name) for f in fields))


def in_process(champion: str, claims: Path) -> pd.DataFrame:
    """What the model says of the same claims without Spark, by identifier."""
    table = pq.read_table(claims)
    columns = {f.name: table[f.name].cast(f.type.name) for f in wanted(champion)}
    frame = pa.table(columns).to_pandas()
    told = mlflow.pyfunc.load_model(champion).predict(frame)
    return told.set_index(frame["claim_id"].to_numpy()).sort_index()


def test_spark_says_what_the_model_says_in_process(
    spark: SparkSession, champion: str, claims: Path
) -> None:
    value = mlflow.pyfunc.spark_udf(spark, champion, env_manager="local")
    frame = spark.read.parquet(str(claims)).repartition(4)
    told = frame.select("claim_id", value(inputs(champion)).alias("told"))
    rows = sorted(told.select("claim_id", "told.*").collect())
    expected = in_process(champion, claims)
    assert len(rows) == 1_000
    assert rows[0].__fields__ == ["claim_id", "mean", *QUANTILES]
    assert [row.claim_id for row in rows] == expected.index.tolist()
    figures = np.array([row[1:] for row in rows])
    np.testing.assert_array_equal(figures, expected.to_numpy())
