"""Claims of the rows that name their debtor or their contract in place of a claim.

Banks list collateral and guarantees by borrower. A row is joined where all that it says
agrees on one debtor: to its claim, or to each of its claims as one shared item.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding
from features.package import Ints
from features.personal.pseudonyms import normal
from features.reading.accepted import CheckedTable
from features.reading.claim_lists import listed_claims
from features.reading.persons import HIDES
from features.reading.refusals import refusal
from features.reading.tables import ConvertedTable, Remark, says_debtor

# Far above any honest tape; a debtor of thousands of claims and items is a bomb.
MAX_JOINED_ROWS = 500_000
_CONTRACT = "contract_no"
# Fields of the claims that each field may agree with, the one of its name first: what
# is headed 债务人 holds numbers of some sellers and names of others.
_AGREEING: Mapping[str, Sequence[str]] = {
    "obligor_id_number": ("id_number",),
    "obligor_id": ("obligor_id", "obligor_name"),
    "obligor_name": ("obligor_name", "obligor_id"),
    _CONTRACT: ("contract_no",),
}

Texts = Sequence[str | None]
Rows = frozenset[int]


def with_claims(
    table: ConvertedTable, claims: CheckedTable, *, strict: bool = False
) -> ConvertedTable:
    """A joined table in which every row names a claim, as far as that is beyond doubt.

    Args:
        table: Collateral or guarantees.
        claims: The claims.
        strict: Whether a program sent it, which names each claim on a row of its own.

    Raises:
        TapeError: Debtors have so many claims and rows that no honest tape holds them.
    """
    found: dict[int, Sequence[int]] = {}
    remarks = list(table.remarks)
    if (wanted := _wanted(table)).any():
        said, debtors = _said(table), _Debtors(claims)
        for row in np.flatnonzero(wanted).tolist():
            words = {name: text for name, texts in said.items() if (text := texts[row])}
            found[row], code = debtors.claims_of(words)
            if code:
                remarks.append(_remark(table, code, row, words))
    lists = {} if strict else listed_claims(table, claims)
    listing = {row: of for row, of in lists.items() if of and _is_kept(table, row)}
    notes = (*_notes(table, found), *_notes_on_lists(table, listing))
    told = replace(table, remarks=tuple(remarks), notes=(*table.notes, *notes))
    return _joined(told, {**found, **listing}, claims)


def _is_kept(table: ConvertedTable, row: int) -> bool:
    return not any(r.rejects and r.position == row for r in table.remarks)


def _wanted(table: ConvertedTable) -> npt.NDArray[np.bool_]:
    """Rows that name a debtor and no claim, and that nothing else keeps out."""
    wanted = says_debtor(table)
    if "claim_id" in table.data.column_names:
        wanted &= table.data["claim_id"].is_null().to_numpy()
    wanted[[remark.position for remark in table.remarks if remark.rejects]] = False
    return wanted


def _remark(
    table: ConvertedTable, code: str, row: int, words: Mapping[str, str]
) -> Remark:
    name = next(iter(words))
    field = catalogue.field(table.table, name)
    return table.remark(code, row, field, value=words[name])


def _said(table: ConvertedTable) -> Mapping[str, Texts]:
    """What each row says of its debtor or contract, the surest first."""
    said = {name: _texts(table, name) for name in _AGREEING}
    return {name: texts for name, texts in said.items() if texts is not None}


def _texts(table: ConvertedTable, name: str) -> Texts | None:
    """A column as the sender wrote it; None where the sender did not."""
    taken: Texts | None = None
    if name in table.personal:
        taken = table.personal[name].to_pylist()
    if name not in table.headers:
        return taken and [text and normal(text.partition("; ")[0]) for text in taken]
    kept = table.data[name].to_pylist()
    texts = (
        kept if taken is None else [a or b for a, b in zip(taken, kept, strict=True)]
    )
    return [text and normal(text) for text in texts]


class _Debtors:
    """The claims of a tape by what is said of their debtors and contracts."""

    def __init__(self, claims: CheckedTable) -> None:
        self._claims = claims.table
        self._accepted = claims.accepted
        stated = self._claims.data.column_names
        self._obligor = (
            self._claims.data["obligor_id"].to_pylist()
            if "obligor_id" in stated
            else [None] * len(self._claims.rows)
        )
        self._known: dict[str, Mapping[str, Rows] | None] = {}

    def claims_of(self, words: Mapping[str, str]) -> tuple[Sequence[int], str | None]:
        """Rows of the claims that all words agree on, and why there are none.

        Args:
            words: What a row says, by field.
        """
        agreed = [*self._agreed(words)]
        rows = frozenset.intersection(*agreed) if agreed else frozenset()
        if not rows:
            return (), "debtor_not_found"
        if len({self._obligor[row] for row in rows}) > 1:
            return (), "debtor_ambiguous"
        accepted = [row for row in sorted(rows) if self._accepted[row]]
        return accepted, None if accepted else "claim_rejected"

    def _agreed(self, words: Mapping[str, str]) -> Iterator[Rows]:
        """Claims that each word speaks of, but for words that no claim states."""
        for name, word in words.items():
            if HIDES.search(word):
                continue
            first, *others = _AGREEING[name]
            rows = self._rows(first, word).union(
                *(self._rows(other, word) for other in others)
            )
            if rows or self._by(first) is not None:
                yield rows if name == _CONTRACT else self._of_debtors(rows)

    def _rows(self, name: str, word: str) -> Rows:
        return (self._by(name) or {}).get(word, frozenset())

    def _of_debtors(self, rows: Rows) -> Rows:
        """All claims of the debtors of some."""
        names = {name for row in rows if (name := self._obligor[row])}
        return rows.union(*(self._by_obligor[name] for name in names))

    @cached_property
    def _by_obligor(self) -> Mapping[str, Rows]:
        return _positions(self._obligor)

    def _by(self, name: str) -> Mapping[str, Rows] | None:
        """Rows of the claims by their text of a field; None where nobody states it."""
        if name not in self._known:
            texts = _texts(self._claims, name)
            self._known[name] = None if texts is None else _positions(texts)
        return self._known[name]


def _positions(texts: Iterable[str | None]) -> dict[str, Rows]:
    found: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text and not HIDES.search(text):
            found.setdefault(text, []).append(row)
    return {text: frozenset(rows) for text, rows in found.items()}


def _joined(
    table: ConvertedTable, found: Mapping[int, Sequence[int]], claims: CheckedTable
) -> ConvertedTable:
    """The table with a row for each claim of each debtor, without what told them."""
    kept = replace(table, data=_kept(table), personal=_kept_personal(table))
    shared = {row: rows for row, rows in found.items() if rows}
    if not shared:
        return kept
    counts = np.ones(len(table.rows), np.int64)
    counts[list(shared)] = [len(rows) for rows in shared.values()]
    if counts.sum() > max(MAX_JOINED_ROWS, len(counts)):
        raise refusal("too_many_shared", rows=int(counts.sum()), most=MAX_JOINED_ROWS)
    spread = _spread(kept, counts, np.cumsum(counts) - counts)
    owner = np.full(len(spread.rows), -1, np.int64)
    owner[np.repeat(np.isin(np.arange(len(counts)), list(shared)), counts)] = [
        claim for row in sorted(shared) for claim in shared[row]
    ]
    ids = claims.table.data["claim_id"].take(pa.array(owner, mask=owner < 0))
    place = spread.data.schema.get_field_index("claim_id")
    named = pc.coalesce(ids, spread.data["claim_id"])
    return replace(spread, data=spread.data.set_column(place, "claim_id", named))


def _notes(
    table: ConvertedTable, found: Mapping[int, Sequence[int]]
) -> Iterator[Finding]:
    shared = [rows for rows in found.values() if rows]
    if shared:
        several = sum(len(rows) > 1 for rows in shared)
        code = "joined_by_debtor" if several else "joined_to_only_claim"
        yield finding(code, table=table.table, count=len(shared), several=several)


def _notes_on_lists(
    table: ConvertedTable, listing: Mapping[int, Sequence[int]]
) -> Iterator[Finding]:
    if listing:
        yield finding("joined_by_list", table=table.table, count=len(listing))


def _kept(table: ConvertedTable) -> pa.Table:
    joining = catalogue.joining_fields(table.table)
    kept = table.data.select([n for n in table.data.column_names if n not in joining])
    if "claim_id" in kept.column_names:
        return kept
    return kept.append_column("claim_id", pa.nulls(len(kept), pa.string()))


def _kept_personal(table: ConvertedTable) -> dict[str, pa.Array]:
    """Personal data without the debtor's, which stands with the claims already."""
    joining = catalogue.joining_fields(table.table)
    return {n: text for n, text in table.personal.items() if n not in joining}


def _spread(table: ConvertedTable, counts: Ints, first: Ints) -> ConvertedTable:
    """Each row as often as its debtor has claims; remarks stay with the first."""
    positions = pa.array(np.repeat(np.arange(len(counts)), counts))
    return replace(
        table,
        data=table.data.take(positions),
        rows=np.repeat(table.rows, counts),
        personal={n: text.take(positions) for n, text in table.personal.items()},
        remarks=tuple(
            replace(remark, position=int(first[remark.position]))
            for remark in table.remarks
        ),
    )
