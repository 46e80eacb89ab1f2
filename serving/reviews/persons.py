"""Names of persons: whether they show, and when two are one."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})


def person_key(person: str) -> str:
    """What two ways to write one name have in common.

    Case, width (Ｌｉ and Li) and spaces do not tell two persons apart.
    """
    folded = unicodedata.normalize("NFKC", person).casefold()
    return "".join(unicodedata.normalize("NFKC", folded).split())


def is_legible(text: str, also: str = "") -> bool:
    """Whether every character of a text shows, but for some that are allowed as well.

    Marks that turn the direction of writing and such of no width make one name look
    like another.
    """
    return all(c in also or unicodedata.category(c) not in _INVISIBLE for c in text)
