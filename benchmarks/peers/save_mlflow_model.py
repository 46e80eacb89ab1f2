"""Writes the peer that ``mlflow models serve`` serves.

.venv-bench/bin/python benchmarks/peers/save_mlflow_model.py TREES FORM OUT

TREES is a folder with level-*.txt; FORM is ``frame`` (LightGBM on the frame) or
``array`` (LightGBM on the array within it). Both have a signature.
"""

import sys
from pathlib import Path

import lightgbm
import mlflow
from mlflow.models import ModelSignature
from mlflow.types import ColSpec, Schema

HERE = Path(__file__).parent


def main(trees: str, form: str, out: str) -> None:
    """Save the model with the columns that its trees name."""
    names = lightgbm.Booster(model_file=f"{trees}/level-0.txt").feature_name()
    columns = Schema([ColSpec("double", name, required=False) for name in names])
    mlflow.pyfunc.save_model(
        out,
        python_model=str(HERE / "mlflow_model.py"),
        artifacts={"trees": trees},
        signature=ModelSignature(columns, Schema([ColSpec("double")])),
        model_config={"as_array": form == "array"},
        pip_requirements=["mlflow", "lightgbm"],
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
