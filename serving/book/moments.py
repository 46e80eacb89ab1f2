"""Moments of a chunk given the common factors, kept until all of the book are added."""

import io
from collections.abc import Iterable
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from models.pricing.moments import ConditionalMoments


def packed(moments: ConditionalMoments) -> bytes:
    """Moments as the bytes of a file of numpy arrays."""
    target, arrays = io.BytesIO(), dict[str, Any](moments.to_arrays())
    np.savez(target, allow_pickle=False, **arrays)
    return target.getvalue()


def added(files: Iterable[bytes]) -> ConditionalMoments | None:
    """The moments of all files, added up in their order; None where there are none."""
    moments = map(_opened, files)
    first = next(moments, None)
    return None if first is None else reduce(add, moments, first)


def _opened(content: bytes) -> ConditionalMoments:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return ConditionalMoments.from_arrays(dict(arrays))
