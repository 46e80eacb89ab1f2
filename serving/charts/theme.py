"""How every chart looks: colours that everybody can tell apart, fonts with Chinese.

The colours are those of Okabe and Ito, "Color Universal Design" (2008). Series that
stand beside each other also differ in lightness, dash or outline, so that a grey print
tells them apart.
"""

from typing import Any

from serving.charts.widths import FAMILY

INK = "#1f2933"
MUTED = "#52606d"
RULE = "#d5dbe1"
PAPER = "#ffffff"
BLUE = "#0072B2"
SKY = "#56B4E9"
PALE = "#CFE8F7"
ORANGE = "#E69F00"
VERMILLION = "#D55E00"

WIDTH = 560
DASHED = [6, 3]
DOTTED = [2, 2]
FONT = (
    '"Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", '
    '"Microsoft YaHei", sans-serif'
)

_TEXT = {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
_COLOURS = {"labelColor": INK, "titleColor": MUTED}

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": PAPER,
    "font": FAMILY,
    "padding": 8,
    "view": {"stroke": None},
    "axis": {
        **_TEXT,
        **_COLOURS,
        "domainColor": MUTED,
        "gridColor": RULE,
        "tickColor": MUTED,
        "labelLimit": 190,
        "labelOverlap": True,
        "labelSeparation": 6,
    },
    "axisBand": {"grid": False},
    "axisLeft": {"minExtent": 56},
    "legend": {
        **_TEXT,
        **_COLOURS,
        "orient": "top",
        "direction": "horizontal",
        "title": None,
        "symbolSize": 120,
        "labelLimit": 420,
        "columnPadding": 24,
        "offset": 4,
        "layout": {"top": {"direction": "horizontal", "margin": 28}},
    },
    "text": {"color": INK, "fontSize": 12},
    "rule": {"color": INK},
    "line": {"strokeWidth": 2.2},
    "concat": {"spacing": 12},
}
