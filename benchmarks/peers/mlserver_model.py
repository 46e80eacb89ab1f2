"""The level's trees in MLServer, tuned by hand: lists of features in, means out.

Runs in .venv-bench-mlserver and knows nothing of Recoup. The handler takes the bytes
of the request past MLServer's own codecs, which cost more than the trees.
"""

import asyncio
from pathlib import Path

import lightgbm
import numpy as np
import orjson
from fastapi import Request, Response
from mlserver import MLModel
from mlserver.handlers import custom_handler

# Below so many rows LightGBM is faster on one thread, and the loop may wait for it.
FEWEST_FOR_THREADS = 100
THREADS = 2


class Level(MLModel):
    """The mean over the forests."""

    async def load(self) -> bool:
        """Read the trees."""
        folder = Path(self.settings.parameters.uri)
        self.forests = [
            lightgbm.Booster(model_file=str(path))
            for path in sorted(folder.glob("level-*.txt"))
        ]
        self.under_way = 0
        return True

    @custom_handler(rest_path="/means")
    async def means(self, request: Request) -> Response:
        """Mean recovery before the segment's level, of each row of the body."""
        rows = np.array(orjson.loads(await request.body()), dtype=np.float64)
        means = (
            self.evaluated(rows, 1)
            if len(rows) < FEWEST_FOR_THREADS
            else await self.shared(rows)
        )
        answer = orjson.dumps(means, option=orjson.OPT_SERIALIZE_NUMPY)
        return Response(answer, media_type="application/json")

    async def shared(self, rows: np.ndarray) -> np.ndarray:
        """Means of many rows, on the threads that other requests leave."""
        self.under_way += 1
        threads = max(1, THREADS // self.under_way)
        means = await asyncio.to_thread(self.evaluated, rows, threads)
        self.under_way -= 1
        return means

    def evaluated(self, rows: np.ndarray, threads: int) -> np.ndarray:
        """Means of rows of features, shape (n,)."""
        raw = [
            f.predict(rows, raw_score=True, num_threads=threads) for f in self.forests
        ]
        return 1 / (1 + np.exp(-np.mean(raw, axis=0)))
