"""The level's trees as MLflow serves them: rows of features in, mean recovery out.

Runs in .venv-bench and knows nothing of Recoup. MLflow runs this file when it loads the
model (models from code); ``benchmarks/peers/save_mlflow_model.py`` writes the model.
"""

from pathlib import Path
from typing import Any

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel

# Below so many rows LightGBM is faster on one thread.
FEWEST_FOR_THREADS = 100
THREADS = 2


class Level(PythonModel):
    """The mean over the forests, from a frame or from the array within it."""

    def load_context(self, context: Any) -> None:
        """Read the trees."""
        folder = Path(context.artifacts["trees"])
        self.forests = [
            lightgbm.Booster(model_file=str(path))
            for path in sorted(folder.glob("level-*.txt"))
        ]
        self.as_array = context.model_config["as_array"]

    def predict(self, context: Any, model_input: pd.DataFrame) -> np.ndarray:
        """Mean recovery before the segment's level, shape (n,).

        Args:
            context: What MLflow knows of the model; not needed.
            model_input: A row of features for each claim.
        """
        del context
        rows = model_input.to_numpy() if self.as_array else model_input
        threads = THREADS if len(rows) >= FEWEST_FOR_THREADS else 1
        raw = [
            f.predict(rows, raw_score=True, num_threads=threads) for f in self.forests
        ]
        return 1 / (1 + np.exp(-np.mean(raw, axis=0)))


mlflow.models.set_model(Level())
