"""A batch is put in: its data sets are found and checked, its model is pinned."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from features.errors import Finding, InputError
from features.personal.recognition import masked
from serving.batches.batches import Batches
from serving.batches.output import SOURCE
from serving.batches.request import BatchRequest, BatchTerms
from serving.batches.roots import Roots
from serving.batches.tables import Batch
from serving.book.address import beneath, place
from serving.book.dataset import FORMS, DataFile, find_files
from serving.book.order import CHUNK_CLAIMS, BookOrder, ModelName
from serving.desk import Desk
from serving.identifiers import new_id

Files = Mapping[str, tuple[DataFile, ...]]
_UNSAFE = re.compile(r"[^\w./-]+")
_TABLES = ("claims", "collateral", "guarantees")


def submit_request(desk: Desk, request: BatchRequest) -> Batch:
    """Put in a book beneath the folders that the installation allows.

    Raises:
        InputError: The request is wrong; nothing was put in.
        ModelUnavailableError: There is no model.
        StoreError: The store does not answer; nothing was put in.
    """
    roots = Roots(desk.settings.batch_sources, desk.store.who.tenant)
    named = {t: getattr(request, t) for t in _TABLES}
    stated = {t: [roots.address(a, t) for a in named[t]] for t in _TABLES}
    # Where those folders lie is no concern of whoever names what is beneath them.
    called = request.name or masked(", ".join(request.claims))
    return submit_addresses(desk, request.model_copy(update={"name": called}), stated)


def submit_addresses(
    desk: Desk, terms: BatchTerms, addresses: Mapping[str, Sequence[str]]
) -> Batch:
    """Put in a book that lies at addresses, wherever they are.

    Args:
        desk: The model, and the store of whoever asks.
        terms: How it is valued.
        addresses: Those of each table.

    Raises:
        InputError: The request is wrong; nothing was put in.
        ModelUnavailableError: There is no model.
        StoreError: The store does not answer; nothing was put in.
    """
    files = {t: find_files(addresses[t], t) for t in _TABLES if addresses.get(t)}
    identifier = new_id(datetime.now(UTC))
    title = terms.name or ", ".join(addresses["claims"])
    return _put_in(desk, terms, files, identifier, title, uploaded=False)


def submit_upload(
    desk: Desk, terms: BatchTerms, content: bytes, filename: str
) -> Batch:
    """Put in a book that was sent as a file, which is kept until the batch is done.

    Raises:
        InputError: The file or the request is wrong; nothing was put in.
        ModelUnavailableError: There is no model.
        StoreError: The store does not answer; nothing was put in.
    """
    terms.header()
    terms.chosen()
    identifier, filename = new_id(datetime.now(UTC)), masked(filename)
    folder = beneath(desk.settings.batches, identifier)
    name = _file_name(filename)
    source = beneath(folder, f"{SOURCE}/{name}")
    if not name.endswith((".csv", ".csv.gz")):
        # A stranger's footer is read by a process that may break before by this one.
        desk.opener.look_over(content, filename)
    try:
        place(source).write(content)
        files = {"claims": _looked_over(source, filename)}
        title = terms.name or filename
        return _put_in(desk, terms, files, identifier, title, uploaded=True)
    except Exception:
        place(folder).delete()
        raise


def _looked_over(source: str, filename: str) -> tuple[DataFile, ...]:
    """The file that was sent, under its own name where it is no book.

    Raises:
        InputError: It is none.
    """
    try:
        (file,) = find_files([source], "claims")
        return (file.model_copy(update={"sent_as": filename}),)
    except InputError as error:
        said, zh = (t.replace(source, filename) for t in (str(error), error.zh))
        raise type(error)(said, error.findings, zh) from None


def _put_in(
    desk: Desk,
    terms: BatchTerms,
    files: Files,
    identifier: str,
    title: str,
    *,
    uploaded: bool,
) -> Batch:
    order = BookOrder(
        figures=terms.figures,
        model=ModelName.of(desk.champion.served()),
        assumptions=terms.chosen().model_dump(mode="json"),
        cutoff_date=terms.cutoff_date if terms.header() else None,
        chunk_claims=terms.chunk_claims or CHUNK_CLAIMS[terms.figures],
        **files,
    )
    who = desk.store.who
    batch = Batch(
        id=identifier,
        submitted_by=who.id,
        submitter=who.name,
        title=title[:1024],
        folder=beneath(desk.settings.batches, identifier),
        uploaded=uploaded,
        figures=terms.figures,
        model=order.model.model_dump(),
        order=order.model_dump(mode="json"),
    )
    return Batches(desk.store).add(batch)


def _file_name(filename: str) -> str:
    """A name that cannot lead anywhere, with the suffix of its form.

    Raises:
        InputError: The suffix is of no form that a book may have.
    """
    suffix = next((s for s in FORMS if filename.lower().endswith(s)), None)
    if suffix is None:
        forms = ", ".join(FORMS)
        reason = f"a book is one of {forms}; a workbook goes to /v1/valuations/upload"
        zh = f"批量估值的文件须为 {forms}；工作簿请提交至 /v1/valuations/upload"
        finding = Finding("no_book", reason, zh, table="", value=filename[:60])
        raise InputError(finding.sentence(), [finding], zh)
    stem = _UNSAFE.sub("_", filename[: -len(suffix)]).rpartition("/")[2]
    return f"{stem.strip('._')[:80] or 'claims'}{suffix}"
