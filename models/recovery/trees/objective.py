"""What LightGBM makes of a sum of leaves, by the objective of its trees.

As ``ObjectiveFunction::ConvertOutput`` of LightGBM 4; exponentials are the C library's,
which numpy's are not always to the last bit.
"""

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType

from features.compiled import compiled
from features.errors import ModelDamagedError
from features.package import Floats

Transform = Callable[[Floats, float], None]
LARGEST_SLOPE = 1e6


@compiled
def _identity(_sums: Floats, _parameter: float) -> None:
    return


@compiled
def _logistic(sums: Floats, slope: float) -> None:
    flat = sums.reshape(-1)
    for place in range(len(flat)):
        flat[place] = 1.0 / (1.0 + math.exp(-slope * flat[place]))


@compiled
def _exponential(sums: Floats, _parameter: float) -> None:
    flat = sums.reshape(-1)
    for place in range(len(flat)):
        flat[place] = math.exp(flat[place])


@compiled
def _log_of_one_and_exponential(sums: Floats, _parameter: float) -> None:
    flat = sums.reshape(-1)
    for place in range(len(flat)):
        flat[place] = math.log1p(math.exp(flat[place]))


@compiled
def _signed_square(sums: Floats, _parameter: float) -> None:
    flat = sums.reshape(-1)
    for place in range(len(flat)):
        flat[place] = math.copysign(1.0, flat[place]) * flat[place] * flat[place]


@compiled
def _softmax(sums: Floats, _parameter: float) -> None:
    for row in range(sums.shape[1]):
        largest = sums[0, row]
        for output in range(1, len(sums)):
            largest = max(largest, sums[output, row])
        total = 0.0
        for output in range(len(sums)):
            sums[output, row] = math.exp(sums[output, row] - largest)
            total += sums[output, row]
        for output in range(len(sums)):
            sums[output, row] /= total


_TRANSFORMS: Mapping[str, Transform] = MappingProxyType(
    {
        "": _identity,
        "custom": _identity,
        "regression": _identity,
        "regression sqrt": _signed_square,
        "regression_l1": _identity,
        "huber": _identity,
        "fair": _identity,
        "quantile": _identity,
        "mape": _identity,
        "lambdarank": _identity,
        "rank_xendcg": _identity,
        "poisson": _exponential,
        "gamma": _exponential,
        "tweedie": _exponential,
        "binary": _logistic,
        "cross_entropy": _logistic,
        "cross_entropy_lambda": _log_of_one_and_exponential,
        "multiclass": _softmax,
        "multiclassova": _logistic,
    }
)


def transform(sums: Floats, objective: str) -> None:
    """Turn sums of leaves into what the objective predicts, in place.

    Args:
        sums: Sums, shape (outputs, n).
        objective: As the text of a model states it, ``binary sigmoid:1``.

    Raises:
        ModelDamagedError: There is no such objective.
    """
    known, slope = _transform_of(objective)
    known(sums, slope)


def _transform_of(objective: str) -> tuple[Transform, float]:
    name, *rest = objective.split() or [""]
    stated = dict(word.partition(":")[::2] for word in rest)
    known = _TRANSFORMS.get(f"{name} sqrt" if "sqrt" in stated else name)
    slope = _number(stated.get("sigmoid", "1"))
    if known is None or not 0 < slope < LARGEST_SLOPE:
        raise ModelDamagedError(f"the trees were grown for an objective {name[:40]!r}")
    return known, slope


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
