"""Entry point of the logged MLflow model: claims in, recovery rates out.

MLflow runs this file when it loads the model (models from code). It opens the text
and JSON of the artefact with the installed package; nothing is pickled.
"""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pyarrow as pa
from mlflow.pyfunc.model import PythonModel

from features.errors import ClaimsError, Finding
from features.package import Package
from features.tape import read_table
from features.wording import WORDS
from models.recovery.artefact import open_model
from models.recovery.distribution import quantile

SHOWN_FINDINGS = 5
QUANTILES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


log = logging.getLogger("models.recovery.pyfunc")


def package_of(frame: pd.DataFrame) -> Package:
    """A package from a frame of claims, read like any other tape.

    What was read otherwise than it was written is told in the log. A frame is asked
    row by row: its claims may have cut-off dates of their own, and none may go missing.

    Raises:
        ClaimsError: A row breaks the catalogue, or is no claim; the findings name row
            and value.
    """
    reading = read_table(pa.Table.from_pandas(frame, preserve_index=False))
    if reading.rejected:
        findings = [f for row in reading.rejected for f in row.findings]
        shown = "; ".join(f.sentence() for f in findings[:SHOWN_FINDINGS])
        raise ClaimsError(
            f"rows were refused ({len(reading.rejected)}): {shown}", findings
        )
    missing = set(range(len(frame))) - set(reading.rows.tolist())
    if missing:
        raise _no_claims(sorted(missing))
    told = [w for w in reading.warnings if w.code != "cutoff_dates_differ"]
    for warning in told_once(told)[:SHOWN_FINDINGS]:
        log.warning(warning)
    return reading.package


def _no_claims(rows: Sequence[int]) -> ClaimsError:
    """A tape's blank rows and totals are passed over, a frame's would shift answers."""
    shown = ", ".join(map(str, rows[:SHOWN_FINDINGS]))
    return ClaimsError(
        f"rows are no claims ({len(rows)}): row {shown}; each row of a frame is "
        "answered, take out those that hold totals or nothing",
        zh=f"第{shown}行不是债权（共{len(rows)}行）；请删去合计行或空行",
    )


def told_once(warnings: Iterable[Finding]) -> list[str]:
    """One line for each rule and field: its first row, and how many there are."""
    groups: dict[tuple[str, str | None], list[Finding]] = {}
    for found in warnings:
        groups.setdefault((found.code, found.field), []).append(found)
    return [
        f"{same[0].sentence()}; {len(same):,} rows in all" for same in groups.values()
    ]


class RecoveryPyfunc(PythonModel):
    """The recovery model as MLflow calls it."""

    def load_context(self, context: Any) -> None:
        """Open and check the artefact."""
        self.model = open_model(Path(context.artifacts["recovery"]))

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: Any = None
    ) -> pd.DataFrame:
        """Mean and quantiles of the recovery rate of each claim.

        Args:
            context: What MLflow knows of the model; not needed.
            model_input: Claims in catalogue names, without joined tables; the answer
                has its index.
            params: Not used.

        Raises:
            ClaimsError: A row breaks the catalogue.
        """
        del context, params
        forecast = self.model.forecast(package_of(model_input))
        if unseen := int(forecast.unseen.sum()):
            log.warning("%s (%d claims)", WORDS["segment_unseen"][0], unseen)
        quantiles = {n: quantile(forecast.points, q) for n, q in QUANTILES.items()}
        answer = {"mean": forecast.mean_rate, **quantiles}
        return pd.DataFrame(answer, index=model_input.index)


mlflow.models.set_model(RecoveryPyfunc())
