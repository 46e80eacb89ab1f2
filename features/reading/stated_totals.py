"""Totals that stand above a table of claims, against the rows below it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import Finding
from features.findings import finding
from features.reading.headers import FACTORS
from features.reading.raw import SHEET_ROWS
from features.reading.tables import ConvertedTable
from features.reading.totals import TOTAL_TOLERANCE

_ROUGHLY = 0.05
_FIELDS = {
    "本金": "principal",
    "利息": "interest",
    "债权": "claim_total",
    "本息": "claim_total",
}
# 债权本金余额合计为56.78亿元; 本金500万元以下 is no sum.
_AMOUNT = re.compile(
    r"(?:贷款|债权|未偿|剩余|逾期|转让|资产)*(?P<what>本金|利息|债权|本息)"
    r"(?:余额|总额|金额|合计|共计|总计|和)*(?:人民币|约|共|计|为|是|:)*"
    r"(?P<number>\d[\d,]*(?:\.(?P<decimals>\d+))?)(?P<unit>亿元?|万元?|元)"
    r"(?![以及]?[上下内]|[美港欧日])",
    re.ASCII,
)
# What is said before an amount that is not owed, or of one claim.
_OTHERWISE = re.compile(
    r"(?:收回|回收|归还|偿还|还款|核销|支付|发放|处置|单[户笔]|[户笔]均)$"
)
_COUNT = re.compile(r"(?<![第\d])(\d[\d,]*)(户|笔)(?![以均])", re.ASCII)
_IN_ALL = re.compile(r"[共总含]|合计|涉及")


@dataclass(frozen=True)
class _Scope:
    """Claims that a title may speak of."""

    claims: pa.Table

    def amount(self, name: str) -> float | None:
        """Sum of a field; None where a row does not say it, or none does."""
        known = name in self.claims.column_names
        if not known or (name == "claim_total" and self.claims[name].null_count):
            return None
        return float(pc.sum(self.claims[name]).as_py() or 0.0)

    def counts(self, of: str) -> tuple[int, int]:
        """How many claims, 笔, or debtors, 户, there are at least and at most."""
        rows = len(self.claims)
        if of == "笔":
            return rows, rows
        if "obligor_id" not in self.claims.column_names:
            return min(rows, 1), rows
        debtors = self.claims["obligor_id"]
        named = len(pc.unique(debtors.drop_null()))
        return named, named + debtors.null_count


def title_totals(
    titles: Sequence[Sequence[Sequence[Any]]], claims: ConvertedTable
) -> Iterator[Finding]:
    """A finding on each total of a title that neither its sheet nor all of them has.

    Args:
        titles: What stands above the header of each sheet of claims, row by row.
        claims: The claims of all sheets, whether accepted or rejected later.
    """
    sheets = np.maximum(claims.rows // SHEET_ROWS - 1, 0)
    for number, title in enumerate(titles):
        own = _Scope(claims.data.filter(pa.array(sheets == number)))
        scopes = [own, _Scope(claims.data)]
        for row in title:
            text = _plain(row)
            yield from _amounts(text, scopes)
            yield from _counts(text, scopes)


def _plain(row: Sequence[Any]) -> str:
    """The text of a row without blanks, up to what is said of a part."""
    cells = ":".join(str(cell) for cell in row if cell not in ("", None))
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", cells))
    return text.partition("其中")[0]


def _amounts(text: str, scopes: Sequence[_Scope]) -> Iterator[Finding]:
    for found in _AMOUNT.finditer(text):
        if _OTHERWISE.search(text[: found.start()]):
            continue
        name = _FIELDS[found["what"]]
        size = FACTORS[found["unit"].removesuffix("元") + "元"]
        stated = float(found["number"].replace(",", "")) * size
        # It may have been rounded or cut.
        step = size / 10 ** len(found["decimals"] or "")
        share = _ROUGHLY if "约" in found[0] else TOTAL_TOLERANCE
        near = max(step, share * stated)
        sums = [total for s in scopes if (total := s.amount(name)) is not None]
        if sums and all(abs(total - stated) > near for total in sums):
            has = f"{sums[0]:,.2f}元"
            yield finding("title_differs", stated=found[0], found=has)


def _counts(text: str, scopes: Sequence[_Scope]) -> Iterator[Finding]:
    for found in _COUNT.finditer(text) if _IN_ALL.search(text) else ():
        stated, of = int(found[1].replace(",", "")), found[2]
        # Some call every claim 户.
        spans = [scope.counts(each) for scope in scopes for each in (of, "笔")]
        if not any(least <= stated <= most for least, most in spans):
            has = f"{spans[0][1]:,}{of}"
            yield finding("title_differs", stated=found[0], found=has)
