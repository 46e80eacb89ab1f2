"""Batches as a worker has them open: order, model, and the file it reads."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import undefer

from features.errors import ModelDamagedError, NotFoundError, RecoupError
from serving.batches.output import Output
from serving.batches.states import failed, words
from serving.batches.tables import Batch
from serving.book.address import place
from serving.book.dataset import DataFile
from serving.book.order import BookOrder, ModelName, software
from serving.book.reader import ChunkReader
from serving.book.scoring import Scorer
from serving.champion.served import ServedModel
from serving.desk import Desk

KEPT_OPEN = 4


class UnfitError(RecoupError):
    """This worker cannot work on a batch; another may.

    Attributes:
        trouble: Why, in both languages, as the store keeps it.
    """

    def __init__(self, trouble: dict[str, str]) -> None:
        """Say why."""
        super().__init__(trouble["detail"], zh=trouble["detail_zh"])
        self.trouble = trouble


@dataclass(frozen=True)
class Opened:
    """A batch that is worked on.

    Attributes:
        order: The book.
        scorer: Scores its chunks.
        reader: Reads them.
        output: Where they go.
    """

    order: BookOrder
    scorer: Scorer
    reader: ChunkReader
    output: Output


class OpenBatches:
    """The batches that a worker worked on last."""

    def __init__(self, desk: Desk) -> None:
        """Share a desk."""
        self._desk = desk
        self._open: OrderedDict[str, Opened] = OrderedDict()

    def get(self, batch_id: str) -> Opened:
        """A batch, opened where it is not.

        Raises:
            UnfitError: This worker has other software, or cannot have the model now.
            BatchError: The source is not what it was.
            StoreError: The store does not answer.
        """
        known = self._open.pop(batch_id, None)
        opened = known or self._opened(batch_id)
        self._open[batch_id] = opened
        while len(self._open) > KEPT_OPEN:
            self._open.popitem(last=False)
        return opened

    def _opened(self, batch_id: str) -> Opened:
        with self._desk.store.session_of_all() as session:
            row = session.get_one(Batch, batch_id, options=[undefer(Batch.order)])
        order = BookOrder.model_validate(row.order)
        _check_software(order)
        _check_source(order)
        signs = self._desk.store.key_place.keys().pseudonyms(row.tenant)
        scorer = Scorer(order, _pinned_model(self._desk, order.model).model, signs)
        scorer.prepare()
        reader = ChunkReader(order.claims, order.chunk_claims)
        return Opened(order, scorer, reader, Output(place(row.folder)))


def _pinned_model(desk: Desk, named: ModelName) -> ServedModel:
    """The very model that an order names, whatever the champion is now.

    Raises:
        UnfitError: It is neither in the cache nor to be had from the registry.
    """
    try:
        return desk.champion.priced_by(named.name, named.version, named.sha256)
    except (NotFoundError, ModelDamagedError) as error:
        told = {"code": "no_model", "detail": str(error), "detail_zh": error.zh}
        raise UnfitError(told) from error


def _check_software(order: BookOrder) -> None:
    if software() != order.software:
        ours, theirs = (_versions(each) for each in (software(), order.software))
        raise UnfitError(words("other_software", ours=ours, theirs=theirs))


def _versions(software: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in software.items())


def _check_source(order: BookOrder) -> None:
    for file in _files(order):
        info = file.place.info()
        written = info.mtime_ns if info.mtime is not None else None
        if (info.size, written) != (file.size_bytes, file.modified_ns):
            raise failed("source_changed", path=file.shown)


def _files(order: BookOrder) -> Iterator[DataFile]:
    yield from order.claims
    yield from order.collateral
    yield from order.guarantees
