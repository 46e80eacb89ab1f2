"""Numbers of identity whose last digits a spreadsheet has lost.

A cell that holds a number keeps fifteen digits: of eighteen, the last three become
zeros, and saved as text no more than 3.205E+17 is left. Persons of one county and day
of birth would be one.
"""

import re

import pyarrow as pa
import pyarrow.compute as pc

from features.personal.numbers import is_id_number, is_mistyped_id_number

_ZEROS = r"\d{15}000"
_POWER = r"\d(?:\.\d+)?[Ee]\+?\d+"
_LIKELY = rf"^\s*(?:{_ZEROS}|{_POWER})\s*$"


def is_power(text: str) -> bool:
    """Whether a text holds a number as 3.205E+17."""
    return re.search(_POWER, text) is not None


def has_lost_digits(number: str) -> bool:
    """Whether the last three of eighteen digits are zeros that a spreadsheet wrote.

    Numbers that tell no birthday are of another scheme, and may end so.
    """
    if not re.fullmatch(_ZEROS, number) or is_id_number(number):
        return False
    return is_mistyped_id_number(number)


def whole_numbers(texts: pa.Array) -> tuple[pa.Array, int]:
    """Numbers of identity without those that have lost digits, and how many have."""
    likely = pc.match_substring_regex(texts, _LIKELY).fill_null(False)
    if not pc.any(likely).as_py():
        return texts, 0
    lost = [
        text
        for text in pc.unique(texts.filter(likely)).to_pylist()
        if is_power(text) or has_lost_digits(text.strip())
    ]
    cut = pc.is_in(texts, pa.array(lost, pa.string()))
    return pc.if_else(cut, None, texts), pc.sum(cut).as_py()
