"""Entries of the log as csv, for whoever reads them in a spreadsheet."""

from collections.abc import Sequence
from itertools import islice

import pyarrow as pa

from features.errors import InputError
from serving.audit.actions import acts
from serving.audit.reading import AuditFilters, every_entry
from serving.audit.tables import AuditEntry
from serving.audit.walk import Sessions
from serving.sheets.csv_file import csv_file

LARGEST_EXPORT = 100_000
_COLUMNS = ("number", "at", "tenant", "who", "action", "subject", "facts")
_HASHES = ("previous", "hash")


def audit_csv(sessions: Sessions, filters: AuditFilters) -> tuple[bytes, int]:
    """The entries that are meant, newest first, and how many they are.

    Raises:
        InputError: They are more than ``LARGEST_EXPORT``.
        StoreError: The store does not answer.
    """
    found = list(islice(every_entry(sessions, filters), LARGEST_EXPORT + 1))
    if len(found) > LARGEST_EXPORT:
        raise InputError(
            f"more than {LARGEST_EXPORT:,} entries: state a shorter time",
            zh=f"超过 {LARGEST_EXPORT:,} 条：请缩短时间范围",
        )
    return csv_file(_table(found)), len(found)


def _table(found: Sequence[AuditEntry]) -> pa.Table:
    known = acts()
    words = {
        a: (known[a].zh, known[a].en) for a in {e.action for e in found} & {*known}
    }
    columns = {name: [getattr(e, name) for e in found] for name in _COLUMNS}
    columns["操作"] = [words.get(e.action, ("", ""))[0] for e in found]
    columns["act"] = [words.get(e.action, ("", ""))[1] for e in found]
    columns |= {name: [getattr(e, name) for e in found] for name in _HASHES}
    return pa.table(
        {
            n: pa.array(v, pa.int64() if n == "number" else pa.string())
            for n, v in columns.items()
        }
    )
