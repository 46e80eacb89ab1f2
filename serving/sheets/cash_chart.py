"""The cash flow of a package as a chart of Excel."""

from typing import Any

from serving.sheets.book import Sheets
from serving.sheets.cash_flow import FIRST, NAME


def cash_chart(sheets: Sheets, last: int) -> Any:
    """Net cash by month as columns, and what is cumulated after the price as a line.

    Args:
        sheets: The workbook that holds the sheet.
        last: Last line of the sheet.
    """
    months = f"='{NAME}'!$A${FIRST}:$A${last}"
    columns, line = sheets.chart("column"), sheets.chart("line")
    columns.add_series(
        {
            "name": "净回款 net cash",
            "categories": months,
            "values": f"='{NAME}'!$D${FIRST}:$D${last}",
            "fill": {"color": "#0072B2"},
            "gap": 40,
        }
    )
    line.add_series(
        {
            "name": "扣除价款后累计（右轴） cumulated after the price (right)",
            "categories": months,
            "values": f"='{NAME}'!$K${FIRST}:$K${last}",
            "line": {"color": "#D55E00", "width": 2.25},
            "y2_axis": True,
        }
    )
    columns.combine(line)
    _label(columns, line)
    return columns


def _label(columns: Any, line: Any) -> None:
    columns.set_title({"name": "月度净回款与累计 Net cash by month, and cumulated"})
    columns.set_x_axis(
        {
            "name": "基准日后月数 months since cut-off",
            "interval_unit": 6,
            "interval_tick": 6,
            "label_position": "low",
        }
    )
    money = {"name": "百万元 million yuan", "num_format": "#,##0.0,,"}
    columns.set_y_axis(money)
    line.set_y2_axis(money)
    columns.set_legend({"position": "bottom"})
    columns.set_size({"width": 900, "height": 420})
