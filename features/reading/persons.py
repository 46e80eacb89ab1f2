"""What a tape says of natural persons, taken out of its columns at the door."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import chain
from types import MappingProxyType

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import Field
from features.personal.pseudonyms import Pseudonyms, normal
from features.personal.recognition import SUSPECT, Span, found, masked, may_hold
from features.personal.suspicion import suspicious, suspicious_rows

# A number that many others look like is one if its column agrees.
_AGREED_SHARE = 0.5
_MOST_SHAPES = 20
_MORE = "; "
# Shorter numbers are none of a person, and of an organisation only as 12345678-9; what
# is masked, or a word such as 无, tells nobody apart.
_NUMBER = r"^(?:[0-9A-Za-z -]{15,24}|[0-9A-Z]{8}-[0-9X])$"
_NAME = r"^[^*＊]*[^*＊\s][^*＊]*[^*＊\s][^*＊]*$"
# A name such as 张* or 李某某 tells nobody apart.
HIDES = re.compile(r"[*＊]|^.某+$")
# Anything else is written as ``normal`` writes it, which takes long to ask one by one.
MAY_VARY = r"[^0-9A-Z\x{3400}-\x{9fff}]|^[0-9]{15}$"
# What tells obligors, guarantors and items apart without an identifier, the best first.
TELLING: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "obligor_id": {"id_number": _NUMBER, "obligor_name": _NAME},
        "guarantor_id": {"guarantor_id_number": _NUMBER, "guarantor_name": _NAME},
        "collateral_id": {"collateral_address": _NAME},
    }
)
# Arrow makes its machine of the expression anew at each call, which takes as long as
# to look through so many characters with one that is kept.
_SHORT_LINES = 1_000
_SUSPECT = re.compile(SUSPECT, re.ASCII)


@dataclass(frozen=True)
class Persons:
    """Takes persons out of the columns of one tape.

    Attributes:
        pseudonyms: Signs that stand in their place.
        given: What was put in place of each text so far; a text that was once taken for
            a person is one in every column.
    """

    pseudonyms: Pseudonyms = field(default_factory=Pseudonyms)
    given: dict[str, str] = field(default_factory=dict, repr=False)

    def taken_out(
        self, table: str, data: pa.Table, personal: Mapping[str, pa.Array]
    ) -> tuple[pa.Table, dict[str, pa.Array]]:
        """A table without persons, and the texts of identifiers that were replaced.

        An obligor or guarantor without an identifier is known by the sign of the number
        of identity, or else of the name, so that all they owe is seen as one debtor's.

        Args:
            table: Its name.
            data: Its columns by field.
            personal: Text of its personal columns by field.
        """
        columns, replaced = {}, {}
        for name in data.column_names:
            of, values = catalogue.field(table, name), data[name].combine_chunks()
            columns[name] = self.hidden(of, values)
            if of.kind == "id" and columns[name] is not values:
                differs = pc.not_equal(columns[name], values)
                replaced[name] = pc.if_else(differs, values, None)
        for name in TELLING.keys() & catalogue.kept_fields(table).keys():
            if TELLING[name].keys() & personal.keys():
                stated = columns.get(name, pa.nulls(len(data), pa.string()))
                columns[name] = self._identified(stated, TELLING[name], personal)
        return pa.table(columns), replaced

    def hidden(self, of: Field, values: pa.Array) -> pa.Array:
        """A column of text without persons: signs in identifiers, masks elsewhere."""
        if of.kind not in ("id", "text") and not (of.kind == "category" and of.open):
            return values
        replaced = self._replaced(of, values)
        if not replaced:
            return values
        old = pa.array(list(replaced), pa.string())
        new = pa.array(list(replaced.values()), pa.string())
        places = pc.index_in(values, old)
        return pc.if_else(places.is_valid(), new.take(places), values)

    def _replaced(self, of: Field, values: pa.Array) -> Mapping[str, str]:
        """The texts of a column that have to be replaced, with what replaces them."""
        if of.kind != "id":
            return {t: m for t in _suspects(values) if (m := masked(t)) != t}
        fresh = [] if self._is_joining(of) else _suspects(values)
        seen = {t: found(t, expected=of.person) for t in fresh if t not in self.given}
        for text in _agreed(seen, values):
            self.given[text] = self.pseudonyms.protected(text, expected=of.person)
        if not self.given:
            return {}
        known = pc.unique(values.filter(pc.is_in(values, pa.array(list(self.given)))))
        return {text: self.given[text] for text in known.to_pylist()}

    def _is_joining(self, of: Field) -> bool:
        """Whether the claims have already been seen, which every other table names."""
        return of.name == "claim_id" and catalogue.field("claims", "claim_id") is not of

    def _identified(
        self,
        stated: pa.Array,
        telling: Mapping[str, str],
        personal: Mapping[str, pa.Array],
    ) -> pa.Array:
        """Identifiers; where none is stated, by number or else by name.

        Who elsewhere in the table has one identifier beside that number or name has it
        here too. Two persons of one name are one unless their numbers tell them apart:
        a range that is too wide is safer than one that is too narrow.
        """
        known = stated
        for name, usable in telling.items():
            if name in personal:
                known = self._signed(known, personal[name], usable)
        return known

    def _signed(self, known: pa.Array, texts: pa.Array, usable: str) -> pa.Array:
        first = pc.replace_substring_regex(texts, f"{_MORE}.*", "")
        told = pc.match_substring_regex(first, usable)
        wanted = pc.if_else(pc.and_(known.is_null(), told), first, None)
        if wanted.null_count == len(wanted):
            return known
        coded = wanted.dictionary_encode()
        persons = [normal(text) for text in coded.dictionary.to_pylist()]
        elsewhere = _identified_by(persons, first.filter(told), known.filter(told))
        signs = [elsewhere.get(each) or self.pseudonyms.of(each) for each in persons]
        return pc.coalesce(known, pa.array(signs, pa.string()).take(coded.indices))


def _identified_by(
    wanted: Sequence[str], texts: pa.Array, known: pa.Array
) -> Mapping[str, str]:
    """The identifier that stands beside a number or a name, where it is one only.

    Args:
        wanted: Numbers or names that are looked for, as ``normal`` makes them.
        texts: Numbers or names of all rows, shape (n,).
        known: Identifiers of the rows, shape (n,).
    """
    likely = pc.or_(
        pc.is_in(texts, pa.array(wanted, pa.string())),
        pc.match_substring_regex(texts, MAY_VARY),
    )
    pairs = pa.table([texts, known], ["text", "known"])
    pairs = pairs.filter(pc.and_(likely, known.is_valid()))
    told = pairs.group_by(pairs.column_names).aggregate([])
    found: dict[str, set[str]] = defaultdict(set)
    for text, identifier in zip(*(c.to_pylist() for c in told.columns), strict=True):
        found[normal(text)].add(identifier)
    return {text: next(iter(ids)) for text, ids in found.items() if len(ids) == 1}


def may_tell_of_persons(lines: str) -> bool:
    """Whether texts, one a line, have to be looked at one by one."""
    left = suspicious(lines)
    if len(left) <= _SHORT_LINES:
        return may_hold(left) and _SUSPECT.search(left) is not None
    return bool(pc.match_substring_regex(pa.scalar(left), SUSPECT).as_py())


def tell_of_persons(columns: Sequence[tuple[Field, Sequence[str]]]) -> bool:
    """Whether any text of some fields holds personal data; all are searched at once."""
    lines = "\n".join(chain.from_iterable(texts for _, texts in columns))
    return may_tell_of_persons(lines) and any(
        found(text, expected=of.person)
        for of, texts in columns
        for text in _suspects(pa.array(texts, pa.string()))
    )


def tells_of_persons(table: pa.Table) -> bool:
    """Whether any text of a table may hold personal data."""
    texts = (c.combine_chunks() for c in table.columns if pa.types.is_string(c.type))
    suspects = (text for column in texts for text in _suspects(column))
    return any(found(text, expected=True) for text in suspects)


def _suspects(values: pa.Array) -> Sequence[str]:
    """The texts of a column that have to be looked at, each once."""
    suspicious = suspicious_rows(values)
    if not suspicious.any():
        return []
    left = values.filter(pa.array(suspicious))
    suspects = left.filter(pc.match_substring_regex(left, SUSPECT))
    return list(pc.unique(suspects).to_pylist())


def _agreed(seen: Mapping[str, Sequence[Span]], values: pa.Array) -> Iterable[str]:
    """The texts that hold personal data, as far as their column bears it out.

    A passport is told by looking unlike the other identifiers of its column; a phone,
    a card and an old number of identity by what looks like one mostly being one.
    """
    doubtful = {t: spans for t, spans in seen.items() if all(s.weak for s in spans)}
    shapes = Counter(_shape(text) for text, spans in doubtful.items() if spans)
    alike = {
        shape: _count(values, shape) for shape, _ in shapes.most_common(_MOST_SHAPES)
    }
    filled = len(values) - values.null_count
    for text, spans in seen.items():
        shape = _shape(text)
        if not spans:
            continue
        if text not in doubtful or shape not in alike:
            yield text
        elif spans[0].kind == "passport":
            if alike[shape] < _AGREED_SHARE * filled:
                yield text
        elif shapes[shape] >= _AGREED_SHARE * alike[shape]:
            yield text


def _shape(text: str) -> str:
    """An expression that finds texts which differ in their digits only."""
    return f"^{re.sub(r'[0-9]', '[0-9]', re.escape(text))}$"


def _count(values: pa.Array, shape: str) -> int:
    alike = pc.match_substring_regex(values, shape)
    return int(pc.count_distinct(values.filter(alike.fill_null(False))).as_py())


def joined_texts(columns: Sequence[pa.Array]) -> pa.Array:
    """Several columns of one field as one, parted by semicolons."""
    return reduce(_joined, columns)


def _joined(left: pa.Array, right: pa.Array) -> pa.Array:
    both = pc.binary_join_element_wise(left, right, _MORE)
    return pc.coalesce(both, left, right)
