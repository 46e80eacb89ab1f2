"""Moments that are asked for, in one zone."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is meant so.

    Raises:
        ValueError: It lies beyond the calendar.
    """
    try:
        stated = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return stated.astimezone(UTC)
    except OverflowError:
        raise ValueError("it lies beyond the calendar") from None


Moment = Annotated[datetime, AfterValidator(in_utc)]
