"""What to know of an answer that rests on values of the model which people changed."""

from collections.abc import Iterator

from serving.cautions.caution import Caution, caution
from serving.desk import Desk
from serving.figures.package import yuan
from serving.record import Record
from serving.reviews.earlier import earlier_overrides
from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing
from serving.workbench.numbers import amount


def about_overrides(desk: Desk, record: Record) -> list[Caution]:
    """That overrides are not counted, those of an earlier valuation included.

    Args:
        desk: The store of reviews.
        record: The valuation that was asked about.
    """
    standing = Reviews(desk.store).standing(record.row)
    return [*_of_this(standing), *_of_earlier(desk, standing)]


def _of_this(standing: Standing) -> Iterator[Caution]:
    count = len(standing.overrides)
    if not count:
        return
    value, bid = (
        amount(yuan(fen), "yuan")
        for fen in (standing.present_value_fen, standing.maximum_bid_fen)
    )
    who = "1 claim was" if count == 1 else f"{count:,} claims were"
    yield caution(
        "overrides_not_counted",
        f"{who} overridden in review, which the figures here, the model's, do not "
        f"count: with overrides the present value is {value} yuan and the "
        f"maximum bid {bid} yuan",
        f"评审中人工修正了{count}笔债权，此处为模型数字，未计入修正：含修正的净现值为"
        f"{value}元，最高报价为{bid}元",
    )


def _of_earlier(desk: Desk, standing: Standing) -> Iterator[Caution]:
    earlier = earlier_overrides(desk.store, standing)
    if earlier is None:
        return
    count, change = len(earlier.overrides), amount(yuan(earlier.effect_fen), "yuan")
    yield caution(
        "earlier_overrides",
        f"claims whose value was overridden in valuation {earlier.row.id} of this "
        f"package and is the model's again here: {count:,}, by {change} yuan in all; "
        "state it again in the review where it still holds",
        f"本资产包此前的估值{earlier.row.id}人工修正过{count}笔债权，合计{change}元；"
        "本次估值未沿用，均为模型数值：仍适用的，请在评审中重新记录",
    )
