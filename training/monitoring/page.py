"""A back-test as one page: self-contained, for a screen and for paper."""

from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from features.segment import SEGMENT_ZH
from training.monitoring.alarms import Backtest, reason
from training.monitoring.charts import curve_svg, psi_svg, ratio_svg
from training.monitoring.report import (
    MARGINS,
    basis,
    drift_rows,
    kind_of_data,
    margin_table,
    verdict,
)
from training.monitoring.triangles import Triangle

TEMPLATE = "backtest.html"


@dataclass(frozen=True)
class Development:
    """A triangle as the page shows it.

    Attributes:
        title: Segment in both languages.
        chart: Vintage curves as SVG.
        heads: Months since cut-off.
        rows: Name of the vintage and, by quarter, its realised and expected recovery
            with their ratio as a shade.
    """

    title: str
    chart: Markup
    heads: tuple[int, ...]
    rows: tuple[tuple[str, tuple["Shown", ...]], ...]


@dataclass(frozen=True)
class Shown:
    """A cell of a triangle.

    Attributes:
        realised: Cumulated realised recovery in per cent.
        expected: The same as it was expected.
        shade: How far they are apart: ``low``, ``high`` or nothing.
    """

    realised: str
    expected: str
    shade: str


def html(tested: Backtest, tolerance_rate: float) -> str:
    """The page.

    Args:
        tested: The back-test.
        tolerance_rate: Departure from which a cell of a triangle is shaded.
    """
    # Names come from tapes: everything but our own pictures is escaped.
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(
        files("training.monitoring").joinpath(TEMPLATE).read_text("utf-8")
    )
    return template.render(
        data=kind_of_data(tested),
        simulated=tested.compared.simulated,
        observed_until=tested.compared.observed_until,
        verdict=verdict(tested),
        retrain=tested.retrain,
        reasons=[reason(cell) for cell in tested.alarms],
        basis=basis(tested),
        whole=tested.whole,
        ratios=_markup(ratio_svg(tested.margin("vintage", "product"))),
        margins=[(by, *margin_table(tested, by)) for by in MARGINS],
        developments=_developments(tested, tolerance_rate),
        drift=tested.drift,
        drift_rows=drift_rows(tested.drift) if tested.drift else [],
        drift_chart=_markup(psi_svg(tested.drift) if tested.drift else None),
    )


def _markup(svg: str | None) -> Markup | None:
    return Markup(svg) if svg else None  # noqa: S704 - made by vl_convert, text escaped  # nosec B704


def _developments(tested: Backtest, tolerance_rate: float) -> list[Development]:
    named = {**tested.segments, **({"all": tested.triangle} if tested.triangle else {})}
    return [_development(n, drawn, tolerance_rate) for n, drawn in named.items()]


def _development(name: str, drawn: Triangle, tolerance_rate: float) -> Development:
    longest = max(drawn.reach(i) for i in range(len(drawn.vintages)))
    rows = tuple(
        (
            vintage,
            tuple(
                _shown(realised, expected, tolerance_rate)
                for realised, expected in zip(
                    drawn.realised_rate[i, : drawn.reach(i)].tolist(),
                    drawn.expected_rate[i, : drawn.reach(i)].tolist(),
                    strict=True,
                )
            ),
        )
        for i, vintage in enumerate(drawn.vintages)
    )
    chart = _markup(curve_svg(name, drawn)) or Markup()
    title = f"{name} {SEGMENT_ZH.get(name, '全部')}"
    return Development(title, chart, tuple(range(3, 3 * longest + 1, 3)), rows)


def _shown(realised: float, expected: float, tolerance_rate: float) -> Shown:
    shade = ""
    if realised < expected * (1 - tolerance_rate):
        shade = "low"
    elif realised > expected * (1 + tolerance_rate):
        shade = "high"
    return Shown(f"{realised:.1%}", f"{expected:.1%}", shade)
