"""Functions compiled to machine code by numba, kept on disk for the next start."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def compiled(function: Compiled) -> Compiled:
    """The function as machine code, made at its first call and cached beside it.

    It lets go of the interpreter's lock and divides by zero as numpy does.
    """
    made = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    return cast(Compiled, made)
