"""What the last back-test came to, from the file that it wrote for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families

from serving.desk import Desk

_OURS = "recoup_"


def backtest(desk: Desk) -> Iterator[Metric]:
    """Actual over expected cash and the rest; nothing where none was written.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no file of metrics.
    """
    file = desk.settings.backtest_metrics
    if not file.is_file():
        return
    yield GaugeMetricFamily(
        "recoup_backtest_written_timestamp_seconds",
        "When the last back-test was written.",
        value=file.stat().st_mtime,
    )
    families = text_string_to_metric_families(file.read_text("utf-8"))
    yield from (family for family in families if family.name.startswith(_OURS))
