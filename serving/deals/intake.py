"""A file of deals into the store, for every door."""

from pathlib import Path
from typing import Any

from features.deals import TABLE, DealReading
from features.errors import InputError
from features.personal.recognition import masked
from features.reading.persons import Persons
from serving.deals.store import DealStore, Kept
from serving.desk import Desk
from serving.submission import plain_finding

Figures = dict[str, Any]


def import_deals(desk: Desk, source: Path | bytes, filename: str) -> Figures:
    """Keep the good rows of a file; say what became of every other one.

    Persons in it are signs and masks from here on.

    Args:
        desk: Whose store it is.
        source: The file or its bytes.
        filename: Name that people know it by.

    Raises:
        InputError: It is no table of deals, no row of it can be kept, or it holds
            more rows than a tape may.
        StoreError: The store does not answer; nothing was kept.
    """
    with desk.opener.open(source, filename) as opened:
        reading = opened.deals()
    _check_count(reading, desk.settings.largest_claims)
    persons = Persons(desk.pseudonyms)
    deals = persons.taken_out(TABLE, reading.deals, {})[0]
    named = masked(filename)
    kept = DealStore(desk.store).add(deals, named)
    return _figures(reading, kept, named)


def _check_count(reading: DealReading, largest: int) -> None:
    deals = len(reading.deals)
    if deals > largest:
        reason = f"{deals} deals are more than the {largest} allowed; split it"
        raise InputError(reason, zh=f"共{deals}笔案例，超过上限{largest}笔；请拆分")
    if not deals:
        findings = [f for row in reading.rejected for f in row.findings]
        raise InputError("no deal is left to be kept", findings, zh="没有可保存的案例")


def _figures(reading: DealReading, kept: Kept, filename: str) -> Figures:
    return {
        "filename": filename,
        "encoding": reading.encoding,
        "added": kept.added,
        "replaced": [{"deal_id": d, "price_kind": k} for d, k in kept.replaced],
        "unchanged": kept.unchanged,
        "rejected_rows": [
            {
                "table": row.table,
                "row": row.row,
                "findings": [plain_finding(f) for f in row.findings],
            }
            for row in reading.rejected
        ],
        "warnings": [plain_finding(f) for f in reading.warnings],
        "unmapped_columns": [
            masked(c.header) for c in reading.columns if c.field is None
        ],
    }
