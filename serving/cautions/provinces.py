"""Debtors in provinces of which a model saw hardly a claim."""

from collections.abc import Iterator

import numpy as np

from features import catalogue
from features.columns import Tables
from models.recovery.model import ModelRecord
from serving.cautions.caution import DOUBTED_SHARE, Caution, caution, counted, listed


def about_provinces(record: ModelRecord, tables: Tables) -> Iterator[Caution]:
    """Claims that are priced as those of other provinces, for theirs is not known.

    A history that states no province tells of none.

    Args:
        record: Record of the model.
        tables: The claims.
    """
    known = record.vocabulary.get("province", ())
    codes, words = tables.claims.words("province")
    strange = [place for place, word in enumerate(words) if word not in known]
    if not known or not strange:
        return
    chosen, owed = np.isin(codes, strange), tables.claim_yuan
    share = float(owed[chosen].sum() / owed.sum())
    if share <= DOUBTED_SHARE:
        return
    count, named = int(chosen.sum()), sorted(words[place] for place in strange)
    yield caution(
        "province_unseen",
        f"{counted(count, 'claim')}, {share:.0%} of what is owed, of provinces that "
        f"the model saw too few claims of ({listed(named)}): they are priced as if no "
        "province were stated, and no range says how unlike others theirs may be; "
        "price a scenario, or bring disposals from there",
        f"{count}笔债权（占债权{share:.0%}）所在省份模型见过的样本过少"
        f"（{listed([*map(_in_chinese, named)], '、')}）：按未填写省份估值，"
        "区间未反映其与其他省份的差异；请做情景分析，或补充当地的处置历史",
    )


def _in_chinese(province: str) -> str:
    spelt = catalogue.field("claims", "province").values.get(province)
    return spelt[0] if spelt else province
