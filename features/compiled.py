"""Functions compiled to machine code by numba, kept on disk for the next start."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba

Compiled = TypeVar("Compiled", bound=Callable[..., Any])

_made = partial(numba.njit, cache=True, nogil=True, error_model="numpy")


def compiled(function: Compiled) -> Compiled:
    """The function as machine code, made at its first call and cached beside it.

    It lets go of the interpreter's lock and divides by zero as numpy does.
    """
    return cast(Compiled, _made()(function))


def fused(function: Compiled) -> Compiled:
    """As ``compiled``, but a product that is added to something is not rounded first.

    Such a step takes half as long. Processors with AVX2, and those of ARM, have it; one
    without it would round otherwise.
    """
    return cast(Compiled, _made(fastmath={"contract"})(function))
