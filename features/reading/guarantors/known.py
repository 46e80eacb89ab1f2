"""What tells guarantors apart, and the numbers that a tape states of a name."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from features.personal.pseudonyms import normal
from features.reading.guarantors.names import Named
from features.reading.persons import HIDES, TELLING
from features.reading.values.lost_digits import has_lost_digits

_TELLS = re.compile(TELLING["guarantor_id"]["guarantor_id_number"])


@dataclass(frozen=True)
class Known:
    """Numbers of identity that a tape states of each name, of guarantors and debtors.

    Attributes:
        numbers: As written, by name and by what is the same for one person.
    """

    numbers: Mapping[str, Mapping[str, str]]

    @classmethod
    def of(
        cls,
        named: Sequence[Named],
        debtors: Iterable[tuple[str | None, str | None]],
    ) -> Self:
        """What is known of the names of a tape.

        Args:
            named: Its guarantors.
            debtors: Names and numbers of its debtors.
        """
        stated = {(each.name, each.id_number) for each in named} | {*debtors}
        numbers: dict[str, dict[str, str]] = defaultdict(dict)
        for name, number in sorted((n, i) for n, i in stated if n and i):
            if is_number_told(number) and is_name_told(name):
                numbers[normal(name)].setdefault(normal(number), number)
        return cls(numbers)

    def shares(self, each: Named) -> bool:
        """Whether somebody without a number has a name of several persons."""
        return len(self._of(each)) > 1

    def with_number(self, each: Named) -> Named:
        """The same with the number of that name, where it has one only.

        A range that is too wide is safer than one that is too narrow, and who pays
        twice is worth too much.
        """
        known = [*self._of(each).values()]
        return each._replace(id_number=known[0]) if len(known) == 1 else each

    def _of(self, each: Named) -> Mapping[str, str]:
        if is_number_told(each.id_number) or not is_name_told(each.name):
            return {}
        return self.numbers.get(normal(str(each.name)), {})


def is_told(each: Named) -> bool:
    """Whether a number or a name tells a guarantor apart."""
    return is_number_told(each.id_number) or is_name_told(each.name)


def is_number_told(number: str | None) -> bool:
    """Whether a number is whole, and long enough to be of one person or company."""
    return (
        number is not None
        and _TELLS.search(number) is not None
        and not has_lost_digits(number)
    )


def is_name_told(name: str | None) -> bool:
    """Whether a name is more than 张* or 王."""
    return name is not None and len(name) > 1 and not HIDES.search(name)
