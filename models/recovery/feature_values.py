"""What a feature could be: its values among the training claims of a segment."""

from collections.abc import Mapping

import numpy as np

from features.package import Floats
from features.table import FeatureTable
from models.recovery.chain_ladder import Labels

MOST_VALUES = 7
# A feature that hardly any claim of a segment states is not asked for there.
FEWEST_STATED = 30
_DIGITS = 6

Values = tuple[tuple[float, float], ...]


def feature_values(
    table: FeatureTable, segments: Labels
) -> Mapping[str, Mapping[str, Values]]:
    """Up to seven values of each feature in each segment, with their probabilities.

    A feature with few different values, such as a category, has its commonest, by
    their frequency; any other has equally likely ones, the middle of each seventh.
    Features that too few claims of a segment state are left out.

    Args:
        table: Features of the training claims.
        segments: Segment of each claim, shape (claims,).

    Returns:
        By segment and feature, ascending in value; probabilities add up to 1.
    """
    return {
        str(kind): _of_segment(table.names, table.values[segments == kind])
        for kind in np.unique(segments)
    }


def _of_segment(names: tuple[str, ...], values: Floats) -> dict[str, Values]:
    columns = zip(names, values.T, strict=True)
    stated = {name: column[~np.isnan(column)] for name, column in columns}
    return {
        name: _values(column)
        for name, column in stated.items()
        if len(column) >= FEWEST_STATED
    }


def _values(column: Floats) -> Values:
    different, counts = np.unique(column, return_counts=True)
    commonest = np.sort(np.argsort(-counts, kind="stable")[:MOST_VALUES])
    if counts[commonest].sum() < len(column) / 2:
        return _sevenths(column)
    share = counts[commonest] / counts[commonest].sum()
    return tuple(zip(different[commonest].tolist(), share.tolist(), strict=True))


def _sevenths(column: Floats) -> Values:
    middles = (np.arange(MOST_VALUES) + 0.5) / MOST_VALUES
    points = np.quantile(column, middles, method="inverted_cdf")
    return tuple((float(f"{point:.{_DIGITS}g}"), 1 / MOST_VALUES) for point in points)
