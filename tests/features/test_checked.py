"""What people state beside a tape, refused by field, in two languages."""

from typing import Annotated, Any

import pytest
from pydantic import Field

from features.checked import BoundFinding, Checked, stated
from features.errors import AssumptionError, Finding


class Part(Checked):
    """A part of a request."""

    share_rate: float = stated(0.5, "A share.", "比例。", ge=0, le=1)


class Request(Checked):
    """A request of parts."""

    parts: Annotated[tuple[Part, ...], Field(strict=False, min_length=1)] = stated(
        ..., "Parts.", "部分。"
    )


def refused(parts: list[dict[str, Any]]) -> tuple[Finding, ...]:
    with pytest.raises(AssumptionError) as refusal:
        Request.of({"parts": parts}, "")
    return refusal.value.findings


def test_a_list_is_not_called_short_for_its_wrong_entries() -> None:
    [found] = refused([{"share": 0.5}])
    assert found.field == "parts/0/share"
    [empty] = refused([])
    assert (empty.field, empty.reason) == ("parts", "must hold 1 or more entries")


def test_a_bound_is_kept_beside_its_words() -> None:
    [found] = refused([{"share_rate": 1.5}])
    assert isinstance(found, BoundFinding)
    assert (found.reason, found.reason_zh) == ("must be at most 1", "不得大于1")
    assert found.bound == 1
    assert found.words[1].format(bound="100%") == "不得大于100%"
