"""What of a package can hardly be so, whatever its tape says."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pyarrow.compute as pc

from features import catalogue
from features.columns import Tabled
from features.package import Floats, Package
from features.quality import is_personal
from features.segment import CORPORATE
from models.pricing.fen import FEN_PER_YUAN
from serving.cautions.caution import Caution, caution

LONGEST_SILENCE_MONTHS = 60
# What half of the debts of a package hardly owe: a person, and a company.
USUAL_YUAN = {True: (100.0, 5e7), False: (1_000.0, 1e9)}
_MEDIAN = "median principal", "本金余额中位数"
_MEAN = "mean amount", "平均金额"


def about_old_facts(package: Package) -> Iterator[Caution]:
    """A tape on which nothing has happened for years may have another cut-off date."""
    cutoff, days = package.cutoff_date, list(_last_days(package))
    if not days:
        return
    last = max(days)
    gap = (cutoff.year - last.year) * 12 + cutoff.month - last.month
    if gap > LONGEST_SILENCE_MONTHS:
        yield caution(
            "facts_old",
            f"the latest date that the tape tells of is {last}, {gap} months before "
            f"the cut-off date {cutoff}: check the cut-off date, or ask the seller for "
            "what has happened since, such as payments and proceedings",
            f"资产包所载最晚的日期为{last}，较基准日{cutoff}早{gap}个月："
            "请核对基准日，或向出让方索取此后的还款、诉讼等情况",
        )


def _last_days(package: Package) -> Iterator[date]:
    """The last day in each column of claims that tells what had happened."""
    for name, field in catalogue.kept_fields("claims").items():
        if field.kind == "date" and not field.after_cutoff and name != "cutoff_date":
            last = pc.max(package.claims[name]).as_py()
            if last is not None:
                yield last


def about_sizes(package: Tabled) -> Iterator[Caution]:
    """Principals that are hardly in yuan, whatever unit the tape names."""
    principal = package.tables.claims.numbers("principal")
    personal = is_personal(package)
    for persons in USUAL_YUAN:
        of_kind = principal[personal == persons]
        if len(of_kind):
            yield from _about_size(persons, _median(of_kind), *_MEDIAN)


def _median(values: Floats) -> float:
    """Median of at least one value; numpy's own takes ten times as long for one."""
    ascending = np.sort(values)
    return float(ascending[(len(values) - 1) // 2] + ascending[len(values) // 2]) / 2


def about_mean_sizes(segments: Mapping[str, tuple[int, int]]) -> Iterator[Caution]:
    """The same of a book, of which only sums are known.

    Args:
        segments: Number of the claims and their amount in fen, by segment.
    """
    for persons in USUAL_YUAN:
        sums = [s for name, s in segments.items() if (name not in CORPORATE) == persons]
        count = sum(claims for claims, _ in sums)
        if count:
            mean = sum(fen for _, fen in sums) / FEN_PER_YUAN / count
            yield from _about_size(persons, mean, *_MEAN)


def _about_size(persons: bool, yuan: float, en: str, zh: str) -> Iterator[Caution]:
    least, most = USUAL_YUAN[persons]
    if least <= yuan <= most:
        return
    who, who_zh = ("person", "个人") if persons else ("company", "企业")
    yield caution(
        "amounts_unlikely",
        f"the {en} of claims on a {who} is {yuan:,.2f} yuan, which is hardly so: check "
        "the units in the headers and above the table, such as 元 for 万元",
        f"{who_zh}债权的{zh}为{yuan:,.2f}元，明显异常："
        "请核对表头及表格上方注明的单位（如元、万元）",
    )
