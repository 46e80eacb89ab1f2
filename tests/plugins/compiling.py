"""python -m tests.plugins.compiling: makes the machine code that a valuation needs."""

from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from models.recovery.artefact import open_model
from serving.champion.served import ServedModel
from serving.desk import warm
from serving.intake import order_of_request
from serving.schemas import EXAMPLE
from serving.scorer import score
from tests.plugins.released import unpack_released

if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        unpack_released(Path(folder))
        served = ServedModel("released", "0", open_model(Path(folder)))
        warm(served)
        order = order_of_request(orjson.dumps(EXAMPLE), len(EXAMPLE["claims"]))
        score(order.submission, order.assumptions, served)
