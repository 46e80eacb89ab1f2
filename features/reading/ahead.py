"""A cut-off date that is still to come: nobody knows the facts of that day."""

from collections.abc import Iterator
from datetime import date

from features import catalogue
from features.beijing import today
from features.errors import Finding
from features.findings import finding


def cutoff_ahead(cutoff: date) -> Iterator[Finding]:
    """A warning where a cut-off date lies after today in Beijing.

    Args:
        cutoff: The latest cut-off date of the claims.
    """
    day = today()
    if cutoff > day:
        yield finding(
            "cutoff_ahead",
            table="package",
            field=catalogue.field("package", "cutoff_date"),
            value=cutoff,
            cutoff=cutoff,
            today=day,
            days=(cutoff - day).days,
        )
