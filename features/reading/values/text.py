"""One piece of text of a tape as an amount, a date or a yes."""

import re
from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal

from features.reading.currency import FOREIGN_CURRENCY
from features.reading.headers import FACTORS, money_unit

_CURRENCY = re.compile(r"^([+-]?)(?:¥|rmb|cny|人民币)\s*", re.IGNORECASE)
# Digits of other scripts look like ours and mean others.
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
    r"(?P<power>[eE][+-]?\d{1,3})?(?P<unit>\D*)",
    re.ASCII,
)
_PART = re.compile(r"(\d{1,4})/(\d{1,4})", re.ASCII)
_MEASURES = frozenset(
    {"平方米", "平米", "m2", "天", "日", "次", "人", "岁", "周岁", "个", "笔"}
)
_DAY = re.compile(
    r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?[-/.月] ?(\d{1,2}) ?[日号]?"
    r"(?: ?星期[一二三四五六日天])?"
    r"(?:[T ]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}| ?[AP]M)?|"
    r" ?\d{1,2}时)?",
    re.ASCII,
)
_COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+|\d{6})?", re.ASCII)
_MONTH = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?月?", re.ASCII)
_MONTH_END = re.compile(r"(\d{4}) ?[-/.年] ?(\d{1,2}) ?月?[底末]", re.ASCII)
# Their year counts from 1911; in front of anything else 112/06/30 is no year at all.
_REPUBLIC = re.compile(r"(?:中华)?民国 ?(\d{2,3})(?= ?[-/.年])", re.ASCII)
_ENGLISH_DAY = re.compile(
    r"(\d{1,2})[- ]([A-Za-z]{3})[a-z]*[- ,]{1,2}(\d{4})", re.ASCII
)
_ENGLISH_MONTHS = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_HAN_DATE = re.compile(r"[〇零○一二三四五六七八九十年月日号底末]+")
_HAN_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{2}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{2}年.*")
# Excel counts days from here; its false 29 February 1900 lies before any date accepted.
_SERIAL_ZERO = date(1899, 12, 30)
# 1970-01-01. A lower serial is more likely a year and a month: 20213 is March 2021.
_LOWEST_SERIAL = 25_569
# What programs write for no day, as year, month and day; 1900/1/0 is Excel's serial 0.
NO_DAYS = frozenset(
    {
        *((0, 0, 0), (1, 1, 1), (1899, 12, 30), (1899, 12, 31)),
        *((1900, 1, 0), (1900, 1, 1), (1904, 1, 1), (1970, 1, 1)),
        *((2999, 12, 31), (9999, 12, 31)),
    }
)
# The same as numbers of days, and serial 0 as readers of workbooks show it.
_NO_DAY = re.compile(r"0+|00:00:00|25569|2958465", re.ASCII)
PLACEHOLDER = "placeholder_date"
EARLIEST = date(1949, 1, 1)
LATEST = date(2199, 12, 31)
# Far above any amount allowed; keeps the rounding within the digits of a Decimal.
_ROUNDED_BELOW = Decimal(10) ** 18
# What systems write beside a word: 04-可疑, C 抵押, 1:是, 320000江苏, 可疑(04).
_CODE = re.compile(
    r"(?![\u3400-\u9fff])[(\[]?[A-Za-z]?\d{0,6}[)\]]?[\s\-_.:|/、]*(?P<after>[\u3400-\u9fff].*)"
    r"|(?P<before>.*[\u3400-\u9fff])\s*[(\[\-_:|/]\s*[A-Za-z]?\d{1,6}[)\]]?",
    re.ASCII,
)
_YES = frozenset(
    {"是", "有", "y", "yes", "1", "true", "t", "已", "对", "√", "✓", "✔", "☑", "■", "v"}
)
_NO = frozenset(
    {
        *("否", "无", "没有", "不是", "非", "n", "no", "0", "false", "f", "未", "错"),
        *("×", "✗", "✘", "╳", "☐", "□"),
    }
)


class RefusedError(ValueError):
    """Text that does not hold a value of its kind.

    Attributes:
        code: Name of the rule that it breaks.
    """

    def __init__(self, code: str) -> None:
        """Keep the name of the rule."""
        super().__init__(code)
        self.code = code


def parse_number(text: str) -> float:
    """A number, which a measure such as 天 or 平方米 may follow.

    Raises:
        RefusedError: The text is not a number.
    """
    found = _AMOUNT.fullmatch(text)
    if found is None or found["unit"].strip() not in _MEASURES | {""}:
        raise RefusedError(_not_a_number(text))
    return float(_decimal(found))


def parse_share(text: str) -> float:
    """A share such as ``65%`` or ``1/2``.

    Raises:
        RefusedError: The text is neither a percentage nor a part of a whole.
    """
    part = _PART.fullmatch(text)
    if part and 0 < int(part[1]) <= int(part[2]):
        return int(part[1]) / int(part[2])
    if not text.endswith("%"):
        raise RefusedError(_not_a_number(text))
    return float(Decimal(str(parse_number(text[:-1].rstrip()))) / 100)


def parse_amount(text: str, factor: float) -> float:
    """An amount of money in yuan, rounded to the fen.

    Args:
        text: Such as ``1,234.56``, ``¥1234.56``, ``(1,234.56)`` or ``1.2万元``; the
            unit that the text itself names wins.
        factor: Yuan per unit of the column.

    Raises:
        RefusedError: The text is not an amount, or one of another currency.
    """
    if FOREIGN_CURRENCY.search(text):
        raise RefusedError("foreign_currency")
    plain = _CURRENCY.sub(r"\1", _accounting(text))
    found = _AMOUNT.fullmatch(plain)
    if found is None:
        raise RefusedError(_not_a_number(text, "malformed_amount"))
    unit = money_unit(found["unit"]) if found["unit"] else None
    if found["unit"] and unit is None:
        raise RefusedError("malformed_amount")
    yuan = _decimal(found) * Decimal(FACTORS[unit] if unit else factor)
    rounded = round(yuan, 2) if abs(yuan) < _ROUNDED_BELOW else yuan
    return float(rounded if rounded or yuan > 0 else yuan)


def _accounting(text: str) -> str:
    bracketed = re.fullmatch(r"\((.+)\)", text)
    return f"-{bracketed[1]}" if bracketed else text


def _decimal(found: re.Match[str]) -> Decimal:
    digits = found["digits"].replace(",", "")
    return Decimal(f"{found['sign']}{digits}{found['power'] or ''}")


def _not_a_number(text: str, code: str = "malformed_number") -> str:
    endless = re.fullmatch(r"[+-]?(nan|inf|infinity|∞)", text, re.IGNORECASE)
    return "not_finite" if endless else code


def parse_date(text: str) -> date:
    """A date in one of the forms that tapes use; a month stands for its first day.

    Args:
        text: Such as ``2021-03-05``, ``2021/3/5``, ``2021.3.5``, ``20210305``,
            ``2021年3月5日``, ``2021年3月``, ``2021年3月底``, ``民国110年3月5日``,
            ``二〇二一年三月五日``, ``5-Mar-2021``, an ISO time stamp, or the serial
            number of a day in Excel, from 1970 on.

    Raises:
        RefusedError: The text is no date, or one that stands for none, its year is
            short, or it lies out of range.
    """
    if _NO_DAY.fullmatch(text):
        raise RefusedError(PLACEHOLDER)
    day = _written_day(text) or _serial_day(text)
    if day is None:
        short = _SHORT_YEAR.fullmatch(text) is not None
        raise RefusedError("two_digit_year" if short else "malformed_date")
    return in_range(day)


def says_month(text: str) -> bool:
    """Whether a date names a year and a month alone, of which the first is meant."""
    return _MONTH.fullmatch(_in_digits(text)) is not None


def parse_iso_date(text: str) -> date:
    """A date in the one form that JSON allows, ``2021-03-05``.

    Raises:
        RefusedError: The text is anything else, or out of range.
    """
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise RefusedError("malformed_date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusedError("malformed_date") from None
    return in_range(day)


def in_range(day: date) -> date:
    """The day itself, between 1949 and 2199.

    Raises:
        RefusedError: It lies outside.
    """
    if day < EARLIEST:
        raise RefusedError("date_too_early")
    if day > LATEST:
        raise RefusedError("date_too_late")
    return day


def _written_day(text: str) -> date | None:
    parts = _parts_of_day(_in_digits(text))
    if parts is None:
        return None
    if parts in NO_DAYS:
        raise RefusedError(PLACEHOLDER)
    year, month, day = parts
    try:
        last = monthrange(year, month)[1]
        return date(year, month, last if day is None else day)
    except ValueError:
        raise RefusedError("malformed_date") from None


def _parts_of_day(text: str) -> tuple[int, int, int | None] | None:
    """Year, month and day; no day for the end of a month, the first for a month."""
    found = _DAY.fullmatch(text) or _COMPACT_DAY.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    if month := _MONTH.fullmatch(text):
        return int(month[1]), int(month[2]), 1
    if end := _MONTH_END.fullmatch(text):
        return int(end[1]), int(end[2]), None
    english = _ENGLISH_DAY.fullmatch(text)
    if english and english[2].lower() in _ENGLISH_MONTHS:
        month_number = _ENGLISH_MONTHS.index(english[2].lower()) + 1
        return int(english[3]), month_number, int(english[1])
    return None


def _in_digits(text: str) -> str:
    """A date in digits of years of our era: 民国112年 is 2023年, 二〇二三年 as well."""
    if text.isascii():
        return text
    if _HAN_DATE.fullmatch(text):
        return re.sub(r"[^年月日号底末]+", lambda found: _in_tens(found[0]), text)
    return _REPUBLIC.sub(lambda found: str(int(found[1]) + 1911), text)


def _in_tens(number: str) -> str:
    """Digits of a number below a hundred, 二十五, or of one written digit by digit."""
    tens, mark, ones = number.partition("十")
    if not mark:
        return number.translate(_HAN_DIGITS)
    return f"{tens or '一'}{ones or '〇'}".translate(_HAN_DIGITS)


def _serial_day(text: str) -> date | None:
    found = _SERIAL.fullmatch(text)
    serial = int(found[1]) if found else 0
    if serial < _LOWEST_SERIAL:
        return None
    return _SERIAL_ZERO + timedelta(days=serial)


def without_code(text: str) -> str:
    """A Chinese word without the code that a system writes before or behind it."""
    found = _CODE.fullmatch(text)
    return (found["after"] or found["before"]) if found else text


def parse_boolean(text: str) -> bool:
    """A yes or a no, which may stand beside its code: 1-是.

    Raises:
        RefusedError: The text is neither.
    """
    word = without_code(text).casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise RefusedError("malformed_boolean")
