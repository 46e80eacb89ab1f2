"""When what came is told to depart from what was expected."""

# Beyond this, and beyond luck.
TOLERANCE = 1.25


def departs(ratio: float, low: float, high: float) -> bool:
    """Whether a ratio is off by more than the tolerance and than luck may do.

    Args:
        ratio: What came over what was expected.
        low: Lower end of what it may be, with 95%.
        high: Upper end.
    """
    below = ratio < 1 / TOLERANCE and high < 1
    return below or (ratio > TOLERANCE and low > 1)
