"""Pictures of a package, each drawn once: a valuation on record never changes."""

from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any

from features.catalogue import Language
from serving.charts.cash import cash_flow_chart
from serving.charts.chart import Chart
from serving.charts.composition import composition_chart
from serving.charts.sensitivity import scenarios_chart, tornado_chart
from serving.charts.value import value_chart
from serving.charts.waterfall import families_chart
from serving.storage.store import Store
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
Draw = Callable[[Figures, Language, AmountUnit], Chart]
# As many take some 10 MB.
KEPT_PICTURES = 256
_DRAWN: Mapping[str, Draw] = MappingProxyType(
    {
        "quarters": cash_flow_chart,
        "months": partial(cash_flow_chart, by="month"),
        "value": value_chart,
        "families": families_chart,
        "tornado": lambda figures, *reader: tornado_chart(figures["stress"], *reader),
        "scenarios": lambda figures, *reader: scenarios_chart(
            figures["stress"], *reader
        ),
    }
)


@lru_cache(KEPT_PICTURES)
def picture(
    store: Store, identifier: str, name: str, language: Language, unit: AmountUnit
) -> Chart:
    """A picture of a package for a reader.

    Args:
        store: The store.
        identifier: Of the valuation.
        name: Of the picture.
        language: Of its words.
        unit: Of its amounts.

    Raises:
        NotFoundError: There is no such valuation.
        StoreError: The store does not answer.
    """
    return _DRAWN[name](store.package_figures(identifier), language, unit)


groups_picture = lru_cache(KEPT_PICTURES)(composition_chart)
