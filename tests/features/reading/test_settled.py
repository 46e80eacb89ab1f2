"""Numbers of a table: rounded to the fen, and held against their bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.reading.values.settled import settle

NAN = float("nan")


def settled(
    row: list[float],
    lowest: float = -np.inf,
    highest: float = np.inf,
    *,
    whole: bool = False,
    money: bool = False,
    needed: bool = False,
) -> list[float] | None:
    """The cells of one field as they are read; None where they are refused."""
    cells, says = np.array([row]), np.zeros(1, np.bool_)
    bounds = np.array([lowest]), np.array([highest])
    flags = [np.array([flag]) for flag in (whole, money, needed)]
    if not settle(cells, *bounds, *flags, says):
        return None
    assert says[0] == (not np.isnan(row).all())
    found: list[float] = cells[0].tolist()
    return found


@given(st.integers(-(10**14), 10**14), st.floats(-0.004, 0.004))
def test_amounts_are_rounded_to_the_fen(fen: int, off: float) -> None:
    (amount,) = settled([fen / 100 + off], money=True) or [NAN]

    assert amount == fen / 100 or (fen == 0 and off < 0)


@given(st.floats(2**53, 1e300))
def test_amounts_whose_fen_float64_does_not_hold_stay_as_they_are(yuan: float) -> None:
    assert settled([yuan], money=True) == [yuan]


@pytest.mark.parametrize(
    ("row", "rules"),
    [
        ([1.0, -0.5], {"lowest": 0.0}),
        ([1.0, 7.0], {"highest": 6.0}),
        ([1.0, 1.5], {"whole": True}),
        ([1.0, NAN], {"needed": True}),
        ([-1e-9], {"money": True, "lowest": 0.0}),
    ],
)
def test_what_a_field_does_not_allow_is_refused(
    row: list[float], rules: dict[str, float]
) -> None:
    assert settled(row) is not None
    assert settled(row, **rules) is None  # type: ignore[arg-type]


def test_nothing_is_refused_of_what_is_allowed() -> None:
    row = [0.0, 6.0, NAN]

    assert settled(row, 0.0, 6.0, whole=True)[:2] == [0.0, 6.0]  # type: ignore[index]
    assert settled([NAN, NAN], 1.0, 2.0, whole=True) is not None
