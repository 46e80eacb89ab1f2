"""A question that may be asked of any valuation on record.

Each stands in a file of this folder and in ``catalogue.ANALYSES``; from there it
becomes a route ``POST /v1/packages/{id}/NAME`` and ``python -m serving ask NAME ID``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from features.checked import Checked
from serving.answers.common import Answered
from serving.desk import Desk
from serving.record import Record

Figures = dict[str, Any]


@dataclass(frozen=True)
class Analysis:
    """A question and how it is answered.

    Attributes:
        name: Last part of its path.
        summary: What it answers, in a few words.
        description: What a reader should know of it.
        request: Model of the question.
        answer: Model of the answer.
        figures: Answers it: everything but the two fields of ``Answered``.
        example: A question as JSON; any valuation on record can answer it.
        prepare: Of a question that may put a valuation on record: works out the answer
            without recording anything. What it gives records with the desk that it is
            given, which may be one transaction, and gives the figures.
    """

    name: str
    summary: str
    description: str
    request: type[Checked]
    answer: type[Answered]
    figures: Callable[[Desk, Record, Any], Figures]
    example: Mapping[str, Any]
    prepare: Callable[[Desk, Record, Any], Callable[[Desk], Figures]] | None = None

    def answered(self, desk: Desk, identifier: str, given: Mapping[str, Any]) -> bytes:
        """The answer as JSON.

        Args:
            desk: Model and store.
            identifier: Of a valuation, or of a package, whose latest one is meant.
            given: The question.

        Raises:
            NotFoundError: There is no such valuation.
            AssumptionError: The question is wrong; the findings say where.
            StoreError: The store does not answer.
        """
        return self.worked_out(desk, identifier, given)(desk)

    def worked_out(
        self, desk: Desk, identifier: str, given: Mapping[str, Any]
    ) -> Callable[[Desk], bytes]:
        """What gives the answer as JSON, and puts on record what is to be.

        Raises:
            NotFoundError: There is no such valuation.
            AssumptionError: The question is wrong; the findings say where.
            StoreError: The store does not answer.
        """
        request = self.request.of(given, "")
        record = desk.record(identifier)
        head = {"valuation_id": record.id, "simulated_model": record.row.simulated}
        if self.prepare is None:
            answer = orjson.dumps({**head, **self.figures(desk, record, request)})
            return lambda _: answer
        finish = self.prepare(desk, record, request)
        return lambda recording: orjson.dumps({**head, **finish(recording)})
