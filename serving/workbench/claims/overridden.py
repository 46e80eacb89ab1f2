"""Claims of a valuation with the values that persons state beside the model's."""

import pyarrow as pa

from serving.desk import Desk
from serving.reviews.standing import Standing
from serving.workbench.claims.selection import with_derived


def lines_of(desk: Desk, standing: Standing) -> pa.Table:
    """Lines with everything that a table of claims can show.

    Args:
        desk: Of the valuation.
        standing: Its review.
    """
    stated = {c: e.present_value_fen or 0 for c, e in standing.overrides.items()}
    return with_derived(desk.claim_lines(standing.row.id), stated)
