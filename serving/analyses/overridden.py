"""What to know of an answer that rests on values of the model which people changed."""

from serving.cautions.caution import Caution, caution
from serving.desk import Desk
from serving.figures.package import yuan
from serving.record import Record
from serving.reviews.reviews import Reviews
from serving.workbench.numbers import amount


def about_overrides(desk: Desk, record: Record) -> list[Caution]:
    """That overrides are not counted, and what the package is worth with them.

    Args:
        desk: The store of reviews.
        record: The valuation that was asked about.
    """
    standing = Reviews(desk.store).standing(record.row)
    count = len(standing.overrides)
    if not count:
        return []
    value, bid = (
        amount(yuan(fen), "yuan")
        for fen in (standing.present_value_fen, standing.maximum_bid_fen)
    )
    who = "1 claim was" if count == 1 else f"{count:,} claims were"
    return [
        caution(
            "overrides_not_counted",
            f"{who} overridden in review, which the figures here, the model's, do not "
            f"count: with overrides the present value is {value} yuan and the "
            f"maximum bid {bid} yuan",
            f"评审中人工修正了{count}笔债权，此处为模型数字，未计入修正：含修正的净现值为"
            f"{value}元，最高报价为{bid}元",
        )
    ]
