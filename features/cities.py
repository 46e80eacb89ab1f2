"""Which province a city of China lies in."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@cache
def province_by_city() -> Mapping[str, str]:
    """Province in the catalogue's word, by each way to write a city or prefecture."""
    return MappingProxyType(dict(_named()))


def _named() -> Iterator[tuple[str, str]]:
    text = files("features").joinpath("cities.toml").read_text("utf-8")
    listed = tomllib.loads(text)
    for province, names in listed["cities"].items():
        for name in names:
            yield name, province
            yield f"{name}市", province
    for province, names in listed["prefectures"].items():
        yield from ((name, province) for name in names)
