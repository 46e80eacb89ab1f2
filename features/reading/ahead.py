"""A cut-off date that is still to come: nobody knows the facts of that day."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

from features import catalogue
from features.errors import Finding
from features.findings import finding

# China keeps one time all year; no data base of zones is needed for it.
BEIJING = timezone(timedelta(hours=8))


def cutoff_ahead(cutoff: date) -> Iterator[Finding]:
    """A warning where a cut-off date lies after today in Beijing.

    Args:
        cutoff: The latest cut-off date of the claims.
    """
    today = datetime.now(BEIJING).date()
    if cutoff > today:
        yield finding(
            "cutoff_ahead",
            table="package",
            field=catalogue.field("package", "cutoff_date"),
            value=cutoff,
            cutoff=cutoff,
            today=today,
            days=(cutoff - today).days,
        )
