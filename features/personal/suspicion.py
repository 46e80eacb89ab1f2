"""Texts that may hold personal data, told apart from identifiers in one pass.

Most texts of a package are identifiers of claims, contracts and items. An engine of
expressions takes far longer to see that they are of no person than their bytes do:
too few digits, and no sign of anything else that ``recognition.SUSPECT`` looks for.
"""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.compiled import compiled

Text = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]

# A phone has eleven digits; one of a fixed line may have ten, with its area set apart.
# A passport has seven or eight after its letters.
_PHONE_DIGITS, _LINE_DIGITS, _PASSPORT_DIGITS = 11, 10, 7
_ZERO, _ONE, _NINE = ord("0"), ord("1"), ord("9")
_A, _Z, _LOWER = ord("a"), ord("z"), 32
_E, _G, _H, _M, _P, _Q, _W = (ord(letter) for letter in "eghmpqw")
_LINE_END, _SPACE, _DASH, _BRACKET, _AT = (ord(sign) for sign in "\n -)@")
_BEYOND_ASCII = 0x80


def suspicious(lines: str) -> str:
    """The lines that an engine of expressions has to look at, in their order.

    Args:
        lines: Any texts, one a line.
    """
    text = np.frombuffer(lines.encode(errors="replace"), np.uint8)
    kept = np.empty(len(text) + 1, np.uint8)
    return kept[: _keep(text, kept)].tobytes().decode()


def suspicious_rows(values: pa.StringArray) -> Bools:
    """Whether an engine of expressions has to look at each text, shape (n,)."""
    found = np.zeros(len(values), np.bool_)
    _, bounds, text = values.buffers()
    if text is not None:
        ends = np.frombuffer(bounds, np.int32)[values.offset :]
        _mark(np.frombuffer(text, np.uint8), ends, found)
    return found


@compiled
def _mark(text: Text, bounds: npt.NDArray[np.int32], found: Bools) -> None:
    for row in range(len(found)):
        found[row] = _is_suspicious(text[bounds[row] : bounds[row + 1]])


@compiled
def _keep(text: Text, kept: Text) -> int:
    """Copy the suspicious lines; how long they are."""
    end, start = 0, 0
    while start < len(text):
        stop = start
        while stop < len(text) and text[stop] != _LINE_END:
            stop += 1
        if _is_suspicious(text[start:stop]):
            kept[end : end + stop - start] = text[start:stop]
            end += stop - start + 1
            kept[end - 1] = _LINE_END
        start = stop + 1
    return end


@compiled
def _is_suspicious(line: Text) -> bool:
    digits, parted, passport, before = 0, False, False, _SPACE
    for at in range(len(line)):
        sign = int(line[at])
        after = int(line[at + 1]) if at + 1 < len(line) else _SPACE
        if sign >= _BEYOND_ASCII or sign == _AT or _begins_word(sign, after):
            return True
        digits += _ZERO <= sign <= _NINE
        parted |= sign in (_SPACE, _DASH, _BRACKET)
        passport |= not _is_alphanumeric(before) and _begins_passport(sign, after)
        before = sign
    if digits >= _PHONE_DIGITS or (digits >= _LINE_DIGITS and parted):
        return True
    return passport and digits >= _PASSPORT_DIGITS


@compiled
def _begins_word(sign: int, after: int) -> bool:
    """Whether two signs may begin QQ, WeChat, passport or permit."""
    first, second = sign | _LOWER, after | _LOWER
    if first == _P:
        return second in (_A, _E)
    return (first == _Q and second == _Q) or (first == _W and second == _E)


@compiled
def _begins_passport(sign: int, after: int) -> bool:
    letter, digit = sign | _LOWER, _ONE <= after <= _NINE
    if letter == _E:
        return digit or _A <= after | _LOWER <= _Z
    return digit and (letter in (_G, _H, _M))


@compiled
def _is_alphanumeric(sign: int) -> bool:
    return _ZERO <= sign <= _NINE or _A <= sign | _LOWER <= _Z
