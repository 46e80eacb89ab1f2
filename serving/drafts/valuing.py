"""A draft is valued in the background, by one process, and heard of meanwhile."""

import logging
from dataclasses import dataclass

import anyio
from anyio import to_thread

from features.errors import InFlightError, RecoupError
from features.reading.corrections import Corrections
from serving.dependencies import Workers
from serving.desk import Desk
from serving.drafts.drafts import HEARTBEAT_SECONDS, Drafts, bind
from serving.intake import order_of_tape
from serving.memory import within_memory
from serving.scorer import Stage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Held:
    """A draft that this process holds to value it.

    Attributes:
        desk: The model and the store.
        identifier: The draft.
        holder: The name under which it is held.
    """

    desk: Desk
    identifier: str
    holder: str

    async def value(self, workers: Workers) -> None:
        """Value it as soon as a worker is free; whatever happens is noted in its row.

        Args:
            workers: Threads that are shared with every other valuation.
        """
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._be_heard)
            await workers.run(self._value)
            tasks.cancel_scope.cancel()

    async def _be_heard(self) -> None:
        drafts = Drafts(self.desk.store)
        while True:
            await anyio.sleep(HEARTBEAT_SECONDS)
            try:
                await to_thread.run_sync(drafts.hear, self.identifier, self.holder)
            except RecoupError as error:
                log.warning("draft %s: %s", self.identifier, error)

    def _value(self) -> None:
        drafts = Drafts(self.desk.store)
        try:
            with within_memory():
                self._put_on_record(drafts)
        except InFlightError:
            log.warning("draft %s was taken over by another process", self.identifier)
        except RecoupError as error:
            self._refuse(drafts, error)
        except Exception:
            log.exception("draft %s cannot be valued", self.identifier)
            self._refuse(
                drafts,
                RecoupError(
                    "the service failed; the cause is in its log",
                    zh="服务出错，原因见服务日志",
                ),
            )

    def _put_on_record(self, drafts: Drafts) -> None:
        self._report("reading")
        draft = drafts.get(self.identifier)
        content = drafts.content(self.identifier)
        order = order_of_tape(
            self.desk.opener,
            content,
            draft.filename,
            draft.header,
            draft.assumptions,
            self.desk.settings.largest_claims,
            Corrections.of(draft.corrections),
            self.desk.pseudonyms,
        )
        self.desk.value(
            order,
            "workbench",
            lambda session, valued: bind(session, self.identifier, self.holder, valued),
            self._report,
        )

    def _report(self, stage: Stage) -> None:
        Drafts(self.desk.store).hear(self.identifier, self.holder, stage)

    def _refuse(self, drafts: Drafts, error: RecoupError) -> None:
        try:
            drafts.refuse(self.identifier, self.holder, error)
        except RecoupError as cause:
            log.warning("draft %s: %s; %s", self.identifier, error, cause)
