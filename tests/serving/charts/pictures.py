"""What tests read out of pictures."""

from xml.etree import ElementTree

from serving.charts.chart import Chart


def words_of(chart: Chart) -> str:
    """Everything that stands in the picture."""
    root = ElementTree.fromstring(chart.svg)  # noqa: S314
    return " ".join(root.itertext())
