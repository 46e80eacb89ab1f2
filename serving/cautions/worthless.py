"""Assumptions under which a package brings nothing, whatever its claims are like."""

from collections.abc import Iterator

from models.pricing.assumptions import Assumptions
from serving.cautions.caution import Caution, caution


def about_worth(
    assumptions: Assumptions, gross_fen: int, cost_fen: int
) -> Iterator[Caution]:
    """A bid of nothing that the assumptions alone explain.

    Args:
        assumptions: What the figures rest on.
        gross_fen: Expected gross cash of the package.
        cost_fen: What recovering it costs.
    """
    months, delay = assumptions.horizon_months, assumptions.start_delay_months
    if delay >= months:
        yield caution(
            "nothing_counted",
            f"all cash comes {delay} months later (start_delay_months) and only the "
            f"first {months} months are counted (horizon_months): for that reason "
            "alone nothing is expected and nothing can be bid; correct one of them",
            f"全部回款推迟{delay}个月（回款推迟月数），而只计入前{months}个月"
            "（计入现金流的月数）：仅因这两项假设，预期回款与最高报价均为零；请更正其一",
        )
    elif cost_fen >= gross_fen > 0:
        yield caution(
            "costs_take_all",
            f"costs take {cost_fen / gross_fen:.0%} of the expected cash, so that "
            "nothing can be bid: check the rates of agents, servicer and sales among "
            "the assumptions",
            f"处置费用占预期回款的{cost_fen / gross_fen:.0%}，最高报价因此为零："
            "请核对假设中的代理、资产服务与押品处置费率",
        )
