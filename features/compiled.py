"""Functions compiled to machine code by numba, kept on disk for the next start."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba

Compiled = TypeVar("Compiled", bound=Callable[..., Any])

_made = partial(numba.njit, cache=True, nogil=True, error_model="numpy")


def compiled(function: Compiled) -> Compiled:
    """Compile a function to machine code at its first call, cached on disk beside it.

    The machine code releases the interpreter lock and divides by zero as numpy does.
    """
    return cast(Compiled, _made()(function))


def fused(function: Compiled) -> Compiled:
    """As ``compiled``, with fused multiply-add: products are not rounded before a sum.

    Such a step takes half as long. Processors with AVX2, and those of ARM, have it; one
    without it would round otherwise.
    """
    return cast(Compiled, _made(fastmath={"contract"})(function))
