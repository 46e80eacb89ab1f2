"""What is on record of a valuation, and what its questions answer, for a paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial
from typing import Any

import orjson

from features.catalogue import Language
from features.errors import RecoupError
from features.package import Package
from serving.analyses.catalogue import named
from serving.champion import ServedModel
from serving.desk import Desk
from serving.record import Record
from serving.reports.words import strangers
from serving.reviews.earlier import Earlier, earlier_overrides
from serving.reviews.figures import review_figures
from serving.reviews.reviews import Reviews

Figures = Mapping[str, Any]
# A buyer of which nothing is known: what hangs on its own figures stays open.
ANY_BUYER: Figures = {"buyer": {"kind": "local_amc"}}


@dataclass(frozen=True)
class Answer:
    """What a question about the valuation answers, or why it does not.

    Attributes:
        figures: The answer; None where there is none.
        refusal: Why not, by language.
    """

    figures: Figures | None
    refusal: Mapping[Language, str]


@dataclass(frozen=True)
class Subject:
    """A valuation on record.

    Attributes:
        record: What is on record of it.
        review: Its review as far as it has come.
        ask: Answers a question about it, named first, as it is requested.
        successor: The model in service where it is another than the one that priced.
        earlier: Values that people stated in an earlier valuation and not in this one.
    """

    record: Record
    review: Figures
    ask: Callable[[str, Figures], Answer]
    successor: ServedModel | None = None
    earlier: Earlier | None = None

    @classmethod
    def of(cls, desk: Desk, identifier: str) -> "Subject":
        """What is on record of a valuation; its questions are answered as of today.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The store does not answer.
        """
        record = desk.record(identifier)
        standing = Reviews(desk.store).standing(record.row)
        review, earlier = (
            review_figures(standing),
            earlier_overrides(desk.store, standing),
        )
        successor = desk.champion.other_than(record.row.model_sha256)
        ask = partial(_asked, desk, record.id)
        return cls(record, review, ask, successor, earlier)

    @cached_property
    def mandate(self) -> Answer:
        """What the rules say of it, nothing being known of the buyer."""
        return self.ask("mandate", ANY_BUYER)

    @cached_property
    def bid(self) -> Answer:
        """What is advised to bid."""
        return self.ask("bid", {})

    @property
    def document(self) -> Figures:
        """The answer as it was given."""
        return self.record.document

    @property
    def package_figures(self) -> Figures:
        """Its section on the package."""
        figures: Figures = self.document["package"]
        return figures

    @cached_property
    def package(self) -> Package:
        """What was priced."""
        return self.record.submission.package

    @property
    def created_at(self) -> datetime:
        """When it was recorded."""
        return self.record.row.created_at

    @property
    def simulated(self) -> bool:
        """Whether its model learnt from a simulated market."""
        return bool(self.document["model"]["simulated"])

    @property
    def name(self) -> str | None:
        """What the package is called: its name, else its identifier."""
        header = self.package.header
        name = header.get("package_name") or header.get("package_id")
        return None if name is None else strangers(str(name))


def _asked(desk: Desk, identifier: str, question: str, request: Figures) -> Answer:
    try:
        answer = named(question).answered(desk, identifier, request)
    except RecoupError as error:
        found = error.findings[0] if error.findings else None
        reasons = (found.reason, found.reason_zh) if found else (str(error),) * 2
        return Answer(None, {"en": reasons[0], "zh": reasons[1]})
    return Answer(orjson.loads(answer), {})
