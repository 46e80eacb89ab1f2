"""What comes out of batches: where it lies, and why rows were left out."""

from pydantic import ValidationError
from sqlalchemy import select

from features.errors import BatchRefusedError, InputError, NotFoundError
from serving.batches.clearing import place_manifest
from serving.batches.refusals import refused
from serving.batches.states import CHUNK, DONE
from serving.batches.tables import Batch, BatchStep
from serving.book.address import Place, place
from serving.book.journal import Part
from serving.book.manifest import MANIFEST
from serving.book.rejections import Noted, Reason, reasons
from serving.book.shelf import Manifest
from serving.storage.store import Store


class Results:
    """The output of batches in a store, as their tenant sees it."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def file(self, batch: Batch, name: str) -> Place:
        """A file of the output of a batch that is done.

        Raises:
            NotFoundError: There is no such file.
            BatchRefusedError: The batch is not done.
            StoreError: The store does not answer.
        """
        self._check_done(batch)
        parts = (*self.parts(batch, "claims"), *self.parts(batch, "rejected"))
        if name != MANIFEST and name not in {part.file for part in parts}:
            raise NotFoundError(
                f"batch {batch.id} has no part {name[:100]}; its manifest lists them",
                zh=f"批次 {batch.id} 没有文件 {name[:100]}；清单中列有全部文件",
            )
        return self._there(batch, name)

    def manifest(self, batch: Batch) -> Manifest:
        """What a batch that is done came to.

        Raises:
            NotFoundError: The manifest is gone.
            InputError: It was changed, or another version wrote it.
            BatchRefusedError: The batch is not done.
            StoreError: The store does not answer.
        """
        self._check_done(batch)
        content = self._there(batch, MANIFEST).read()
        try:
            return Manifest.model_validate_json(content)
        except ValidationError:
            raise InputError(
                f"the manifest of batch {batch.id} cannot be read: it was changed, or "
                "another version wrote it; put it back, or submit the batch anew",
                zh=f"批次 {batch.id} 的清单无法读取：已被改动，或由其他版本写成；"
                "请恢复或重新提交",
            ) from None

    def manifest_left(self, batch: Batch) -> Manifest | None:
        """The same; None before it is done, or where somebody removed it.

        Raises:
            StoreError: The store does not answer.
        """
        try:
            return self.manifest(batch)
        except (BatchRefusedError, InputError, NotFoundError):
            return None

    def parts(self, batch: Batch, kind: str) -> list[Part]:
        """The parts of a batch that were written so far, in order.

        Args:
            batch: The batch.
            kind: ``claims`` or ``rejected``.

        Raises:
            StoreError: The store does not answer.
        """
        query = select(BatchStep.finished[kind]).where(
            BatchStep.batch_id == batch.id,
            BatchStep.kind == CHUNK,
            BatchStep.state == DONE,
        )
        with self._store.session() as session:
            written = session.scalars(query.order_by(BatchStep.name)).all()
        return [Part.model_validate(part) for part in written if part]

    def rejected(self, batch: Batch) -> list[Place]:
        """The parts of a batch that is done which hold its rejected rows, in order.

        Raises:
            NotFoundError: One of them is gone.
            BatchRefusedError: The batch is not done.
            StoreError: The store does not answer.
        """
        self._check_done(batch)
        return [self._there(batch, part.file) for part in self.parts(batch, "rejected")]

    def rejections(self, batch: Batch) -> list[Reason]:
        """Why rows were left out of the chunks that are done, with examples.

        Raises:
            StoreError: The store does not answer.
        """
        finished = BatchStep.finished
        query = select(finished["rejected"], finished["totals"]["rejected"]).where(
            BatchStep.batch_id == batch.id, BatchStep.rejected_rows > 0
        )
        with self._store.session() as session:
            rows = session.execute(query.order_by(BatchStep.name)).all()
        chunks = [Noted(part["file"], codes) for part, codes in rows]
        return reasons(place(batch.folder), chunks)

    def _check_done(self, batch: Batch) -> None:
        if batch.state != DONE:
            raise refused(batch)

    def _there(self, batch: Batch, name: str) -> Place:
        if name == MANIFEST:
            place_manifest(self._store, batch)
        found = place(batch.folder).inside(name)
        if not found.exists():
            raise NotFoundError(
                f"{name} of batch {batch.id} is no longer in its folder; put it back, "
                "or submit the batch anew",
                zh=f"批次 {batch.id} 的 {name} 已不在目录中；请恢复或重新提交",
            )
        return found
