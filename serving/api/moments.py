"""Moments that are asked for, in one zone."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


def in_utc(moment: datetime) -> datetime:
    """The same moment in UTC; one without a zone is meant so.

    Raises:
        ValueError: It lies beyond the calendar.
    """
    try:
        stated = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return stated.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies beyond the calendar | 超出日历范围") from None


def _written(moment: object) -> object:
    """Seconds since 1970 are no moment that anybody writes."""
    if isinstance(moment, str) and not re.match(r"\d{4}-", moment):
        raise ValueError(
            "is no moment; write it as 2025-06-30T12:00:00Z "
            "| 不是时间；请写作 2025-06-30T12:00:00Z"
        )
    return moment


Moment = Annotated[datetime, BeforeValidator(_written), AfterValidator(in_utc)]
