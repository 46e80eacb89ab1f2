"""Persons and keys, as the API is asked for them."""

from datetime import timedelta
from typing import Literal

from features.checked import Checked, stated
from serving.access.keys import LIFETIME, Limits

LONGEST_WORD = 1_000
MOST_ROLES = 20
LONGEST_DAYS = 3_650
SMALLEST_BODY_BYTES = 1_024
_MOST = 2**31 - 1


class PersonRequest(Checked):
    """What somebody is called and may do."""

    name: str = stated(..., "What they are called.", "姓名。", max_length=LONGEST_WORD)
    roles: list[str] = stated(
        ...,
        "What they may do: viewer, pricer, approver, modeller or admin.",
        "角色：viewer、pricer、approver、modeller或admin。",
        max_length=MOST_ROLES,
    )


class StateRequest(Checked):
    """Whether somebody is let in."""

    state: Literal["disabled", "enabled"] = stated(
        ...,
        "disabled shuts somebody out at once: sessions end, keys and links no longer "
        "serve. enabled lets them in again, by new ones.",
        "disabled立即停用：会话终止，密钥与链接失效；enabled重新启用，密钥与链接须重新签发。",
    )


class KeyRequest(Checked):
    """What a key is for, may do, and how long."""

    name: str = stated(..., "What it is for.", "用途。", max_length=LONGEST_WORD)
    roles: list[str] | None = stated(
        None,
        "Those of the person's roles that it has; all of them where absent.",
        "密钥在人员角色中所取的角色；缺省为全部。",
        max_length=MOST_ROLES,
    )
    days: int = stated(
        LIFETIME.days,
        "Days until it no longer serves.",
        "有效天数。",
        ge=1,
        le=LONGEST_DAYS,
    )
    requests_a_minute: int | None = stated(
        None, "Most requests within a minute.", "每分钟请求上限。", ge=1, le=_MOST
    )
    largest_body_bytes: int | None = stated(
        None,
        "Most bytes of a request.",
        "单个请求的字节上限。",
        ge=SMALLEST_BODY_BYTES,
        le=_MOST,
    )

    @property
    def lifetime(self) -> timedelta:
        """How long it serves."""
        return timedelta(days=self.days)

    @property
    def limits(self) -> Limits:
        """Its own."""
        return Limits(self.requests_a_minute, self.largest_body_bytes)
