"""Money in whole fen, so that what is reported adds up."""

import numpy as np
import numpy.typing as npt

from features.columns import Floats

Fen = npt.NDArray[np.int64]
FEN_PER_YUAN = 100


def to_fen(yuan: Floats) -> Fen:
    """Amounts rounded to the nearest fen, halves to even."""
    return np.rint(yuan * FEN_PER_YUAN).astype(np.int64)


def whole_fen(yuan: float) -> int:
    """One amount rounded to the nearest fen, halves to even."""
    return round(yuan * FEN_PER_YUAN)


def to_yuan(fen: Fen) -> Floats:
    """Whole fen as yuan."""
    yuan: Floats = fen / FEN_PER_YUAN
    return yuan
