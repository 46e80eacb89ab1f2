"""What honest tapes hold is not taken for persons."""

import sys
from collections.abc import Iterator
from datetime import date

from features import catalogue
from features.package import Package
from features.personal.recognition import masked
from features.reading.persons import tells_of_persons
from features.sources.simulated import simulate_package

KINDS = {"corporate": 5, "personal": 4, "mortgage": 6}


def _texts(package: Package) -> Iterator[tuple[str, bool]]:
    """Each value of a package as text, and whether its column may name persons."""
    tables = (package.claims, package.collateral, package.guarantees)
    for name, table in zip(catalogue.TAPE_TABLES, tables, strict=True):
        for column in table.column_names:
            named = catalogue.field(name, column).person
            for value in table[column].unique().drop_null().to_pylist():
                yield (
                    (f"{value:.2f}" if isinstance(value, float) else str(value)),
                    named,
                )


def _written() -> Iterator[tuple[str, bool]]:
    """Case numbers, companies, contracts, days and amounts as sellers write them."""
    for number in range(1_000):
        yield f"(2021)京0105民初{number + 10_000}号", False
        yield f"杭州第{number}信达科技有限公司", True
        yield f"HT{20_210_000_000 + number * 37}", False
        yield f"2021年{number % 12 + 1}月{number % 28 + 1}日", False
        yield f"{number * 7_919 / 100:,.2f}", False


def test_honest_values_are_left_alone() -> None:
    values = list(_written())
    for kind, seed in KINDS.items():
        package = simulate_package(  # type: ignore[arg-type]
            kind, claims=300, seed=seed, cutoff_date=date(2025, 6, 30)
        )
        assert not tells_of_persons(package.claims)
        values += _texts(package)
    taken = [text for text, named in values if masked(text, expected=named) != text]
    sys.stdout.write(f"{len(values)} honest values: {len(taken)} masked\n")
    assert len(values) > 10_000
    assert taken == []
