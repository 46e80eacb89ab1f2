"""Rows of a history that belong to none of its claims."""

import pyarrow as pa
import pyarrow.compute as pc

from features.errors import HistoryError
from features.package import FIRST_ROW


def check_belonging(claims: pa.Table, name: str, table: pa.Table) -> None:
    """Refuse rows of a table that belong to none of the claims.

    Args:
        claims: The claims of a history.
        name: Of the table, as the user calls its file.
        table: Rows of one claim each.

    Raises:
        HistoryError: There are such rows; the first of them is named, and the claim
            that it would be of but for zeros in front.
    """
    lost = pc.invert(pc.is_in(table["claim_id"], claims["claim_id"]))
    first = pc.index(lost, True).as_py()
    if first < 0:
        return
    claim, rows = table["claim_id"][first].as_py(), f"{pc.sum(lost).as_py():,}"
    remedy = "add the claims or drop the rows"
    remedy_zh = "请补齐债权或删去这些行"
    meant = _but_for_zeros(claims, claim)
    if meant is not None:
        remedy = f"the claims write it {meant!r}: write it with the same zeros in both"
        remedy_zh = f"claims 中写作 {meant!r}；请统一前导零"
    raise HistoryError(
        f"{name}, row {first + FIRST_ROW}: there is no claim {claim!r} (rows that "
        f"belong to no claim: {rows}); {remedy}",
        zh=f"{name} 第{first + FIRST_ROW}行：claims 中没有债权 {claim!r}"
        f"（此类行共{rows}行）；{remedy_zh}",
    )


def _but_for_zeros(claims: pa.Table, claim: str) -> str | None:
    """The claim whose identifier differs by zeros in front alone."""
    bare = pc.utf8_ltrim(claims["claim_id"], "0")
    place = pc.index(bare, claim.lstrip("0")).as_py()
    return None if place < 0 else str(claims["claim_id"][place].as_py())
