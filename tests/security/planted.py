"""Persons who never were: values of every kind that no output may hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from urllib.parse import quote

from features.personal.numbers import id_check

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林郭罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏蒋蔡贾"
)
_GIVEN = (
    "伟芳娜秀敏静丽强磊军洋勇艳杰娟涛超霞燕桂鹏飞雪梅玲斌慧琳莹倩颖婷浩宇轩梓涵欣怡博"
)
_STREETS = ("文三路", "人民路", "解放大道", "中山北路", "建设街")
_TOWNS = (
    "浙江省杭州市西湖区",
    "四川省成都市武侯区",
    "湖北省武汉市洪山区",
    "广东省广州市天河区",
)


@dataclass(frozen=True)
class Planted:
    """One value.

    Attributes:
        kind: What it is.
        text: As it is planted.
    """

    kind: str
    text: str

    def traces(self) -> set[bytes]:
        """What would give it away: as it stands, plain, or in an address."""
        digits = "".join(c for c in self.text if c.isdigit())
        forms = {self.text, quote(self.text)}
        if len(digits) >= 11 and self.kind in {"phone", "card", "id"}:
            forms.add(digits)
        forms.add(self.text.encode("unicode_escape").decode())
        return {form.encode() for form in forms} | {self.text.encode("gb18030")}


def planted(count: int, seed: int = 7) -> list[Planted]:
    """So many values, each kind in turn, no two alike."""
    rng = Random(seed)  # noqa: S311
    kinds = cycle(_MADE.items())
    made: dict[str, Planted] = {}
    while len(made) < count:
        kind, make = next(kinds)
        text = make(rng)
        made.setdefault(text, Planted(kind, text))
    return list(islice(made.values(), count))


def _name(rng: Random) -> str:
    return rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, 2))


def _digits(rng: Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _born(rng: Random) -> str:
    return f"{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}"


def _id(rng: Random) -> str:
    region = rng.choice(("110105", "330106", "420111", "440106", "510107"))
    body = f"{region}{rng.randrange(1945, 2003)}{_born(rng)}{_digits(rng, 3)}"
    return body + id_check(body)


def _old_id(rng: Random) -> str:
    return f"330106{rng.randrange(30, 85)}{_born(rng)}{_digits(rng, 3)}"


def _passport(rng: Random) -> str:
    return f"{rng.choice('EGHM')}{rng.randrange(1, 10)}{_digits(rng, 7)}"


def _phone(rng: Random) -> str:
    start, middle, end = (
        f"1{rng.choice('35789')}{_digits(rng, 1)}",
        _digits(rng, 4),
        _digits(rng, 4),
    )
    return rng.choice((f"{start}{middle}{end}", f"+86 {start}-{middle}-{end}"))


def _landline(rng: Random) -> str:
    area = rng.choice(("010", "021", "0571", "0755"))
    return f"{area}-{rng.randrange(2, 9)}{_digits(rng, 7)}"


def _card(rng: Random) -> str:
    body = f"6222{_digits(rng, 14)}"
    doubled = (2 * int(d) - 9 if int(d) > 4 else 2 * int(d) for d in body[::-1][::2])
    total = sum(doubled) + sum(int(d) for d in body[::-1][1::2])
    return f"{body}{-total % 10}"


def _email(rng: Random) -> str:
    return f"user{_digits(rng, 6)}@mail{rng.randrange(9)}.example.com"


def _address(rng: Random) -> str:
    street = f"{rng.choice(_TOWNS)}{rng.choice(_STREETS)}{rng.randrange(1, 999)}号"
    return f"{street}{rng.randrange(1, 30)}幢{rng.randrange(101, 2999)}室"


_MADE = {
    "name": _name,
    "id": _id,
    "phone": _phone,
    "card": _card,
    "passport": _passport,
    "email": _email,
    "address": _address,
    "old_id": _old_id,
    "landline": _landline,
}


def found_in(content: bytes, values: list[Planted]) -> Iterator[tuple[str, str]]:
    """The values that a content gives away, with their kinds."""
    for value in values:
        if any(trace in content for trace in value.traces()):
            yield value.kind, value.text
