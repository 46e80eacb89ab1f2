"""The client: values tapes and records, and asks what is on record."""

import json
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx2

from serving.client.access import AccessCalls
from serving.client.answers import Figures, Valuation, ValuationLine
from serving.client.batches import BatchCalls, key_header
from serving.client.errors import refusal
from serving.client.personal import PersonalCalls
from serving.client.retries import Retries

Question = Literal[
    "bid",
    "comparables",
    "mandate",
    "paths",
    "restructurings",
    "revaluations",
    "scenarios",
]
Language = Literal["zh", "en"]
Given = Mapping[str, Any]
TIMEOUT_SECONDS = 300.0
PAGE_ROWS = 200
KEY_VARIABLE = "RECOUP_API_KEY"


class Client(BatchCalls, PersonalCalls, AccessCalls):
    """A service at an address.

    Requests are sent again while the service is away (see ``Retries``). A request for a
    valuation carries an idempotency key, so that sending it again never values twice.
    Every method raises ``UnreachableError`` where no answer came and ``RefusedError``
    where the service refused.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        retries: Retries | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        api_key: str | None = None,
    ) -> None:
        """Name the service; nothing is sent yet.

        Args:
            address: Of the service.
            retries: How patiently to send again.
            timeout_seconds: How long to wait for the next byte of an answer.
            api_key: As ``python -m serving access key`` issues it; that of the
                environment, ``RECOUP_API_KEY``, where absent.
        """
        key = api_key or os.environ.get(KEY_VARIABLE)
        self._http = httpx2.Client(
            base_url=address,
            timeout=timeout_seconds,
            headers={"Authorization": f"Bearer {key}"} if key else {},
        )
        self._retries = retries or Retries()

    def __enter__(self) -> Self:
        """The client, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def value_tape(
        self,
        tape: str | Path,
        assumptions: Given | None = None,
        *,
        cutoff_date: str | None = None,
        package: Given | None = None,
        columns: Given | None = None,
        key: str | None = None,
    ) -> Valuation:
        """Value a file; rows that cannot be valued are reported in the answer.

        Args:
            tape: Workbook, csv or parquet file.
            assumptions: Those that differ from their defaults.
            cutoff_date: Of every claim, as 2025-12-31; wins over the file.
            package: Fields of the package; win over the file.
            columns: How to read headers that are not recognised, by table and header:
                ``{"claims": {"欠款": "principal:万元"}}``.
            key: Name of this request, for a program that sends it again after it was
                started anew; one of its own otherwise.

        Raises:
            OSError: The file cannot be read.
            InvalidRequestError: It is no tape.
        """
        tape = Path(tape)
        form = {
            "assumptions": json.dumps(assumptions or {}),
            "package": json.dumps(package or {}),
            "columns": json.dumps(columns or {}),
            **({} if cutoff_date is None else {"cutoff_date": cutoff_date}),
        }
        files = {"file": (tape.name, tape.read_bytes())}
        path = "/v1/valuations/upload"
        answer: Valuation = self._valued(path, key, data=form, files=files)
        return answer

    def value_records(self, request: Given, *, key: str | None = None) -> Valuation:
        """Value a package stated as ``ValuationRequest`` of docs/api.md.

        Args:
            request: Package, claims, collateral, guarantees and assumptions.
            key: As in ``value_tape``.

        Raises:
            InvalidRequestError: A value is wrong; each fault has a pointer to one.
        """
        answer: Valuation = self._valued("/v1/valuations", key, json=request)
        return answer

    def prices(self, request: Given) -> Figures:
        """Percentiles, curve and price of the same request; nothing is kept."""
        return self._figures("POST", "/v1/prices", json=request)

    def valuations(
        self,
        *,
        package_id: str | None = None,
        model_version: str | None = None,
        created_after: str | None = None,
        created_before: str | None = None,
    ) -> Iterator[ValuationLine]:
        """Valuations on record, newest first, fetched as they are looked at.

        Args:
            package_id: Of this package alone.
            model_version: Of this version of the model alone.
            created_after: Earliest time in ISO 8601, included.
            created_before: Latest time, not included.
        """
        named = {
            "package_id": package_id,
            "model_version": model_version,
            "created_after": created_after,
            "created_before": created_before,
        }
        asked = {n: v for n, v in named.items() if v is not None}
        cursor: dict[str, str] = {}
        while True:
            params = {**asked, **cursor, "limit": PAGE_ROWS}
            page = self._figures("GET", "/v1/valuations", params=params)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def valuation(self, identifier: str) -> Valuation:
        """A valuation as it was answered.

        Raises:
            NotFoundError: There is none.
        """
        answer: Valuation = self._send("GET", f"/v1/valuations/{identifier}").json()
        return answer

    def workbook(self, identifier: str) -> bytes:
        """A valuation as an Excel workbook, in Chinese and English.

        Raises:
            NotFoundError: There is none.
        """
        return self._send("GET", f"/v1/valuations/{identifier}.xlsx").content

    def report(self, identifier: str, language: Language = "zh") -> bytes:
        """The report for the committee as PDF (docs/reports.md).

        Raises:
            NotFoundError: There is no such valuation.
        """
        return self._paper(identifier, "report.pdf", language)

    def announcement(self, identifier: str, language: Language = "zh") -> bytes:
        """The draft of the sale announcement as PDF (docs/reports.md).

        Raises:
            NotFoundError: There is no such valuation.
        """
        return self._paper(identifier, "announcement.pdf", language)

    def bid(self, identifier: str, request: Given | None = None) -> Figures:
        """The bid to make, and what every price brings (docs/bidding.md)."""
        return self.ask("bid", identifier, request)

    def comparables(self, identifier: str, request: Given | None = None) -> Figures:
        """What the nearest past deals fetched (docs/comparables.md)."""
        return self.ask("comparables", identifier, request)

    def mandate(self, identifier: str, request: Given) -> Figures:
        """Whether a buyer may bid (docs/mandate.md)."""
        return self.ask("mandate", identifier, request)

    def paths(self, identifier: str, request: Given | None = None) -> Figures:
        """Six disposal paths of each claim, and a plan (docs/disposal-paths.md)."""
        return self.ask("paths", identifier, request)

    def restructurings(self, identifier: str, request: Given) -> Figures:
        """Proposals beside work-out and liquidation (docs/restructuring.md)."""
        return self.ask("restructurings", identifier, request)

    def revaluations(self, identifier: str, request: Given | None = None) -> Figures:
        """Values over time, or one on a later day (docs/revaluation.md).

        With ``record`` true it is put on record once, however often it is sent.
        """
        return self.ask("revaluations", identifier, request)

    def scenarios(self, identifier: str, request: Given | None = None) -> Figures:
        """What it pays if things turn out otherwise (docs/scenarios.md)."""
        return self.ask("scenarios", identifier, request)

    def ask(
        self, question: Question, identifier: str, request: Given | None = None
    ) -> Figures:
        """The answer to a question.

        Args:
            question: Its name.
            identifier: Of a valuation, or of a package, whose latest one is meant.
            request: What the question states; its defaults otherwise.

        Raises:
            NotFoundError: There is no such valuation.
            InvalidRequestError: The question is wrong.
        """
        figures: Figures = self._asked(question, identifier, request, "json").json()
        return figures

    def answer_workbook(
        self, question: Question, identifier: str, request: Given | None = None
    ) -> bytes:
        """The answer to a question as an Excel workbook."""
        return self._asked(question, identifier, request, "xlsx").content

    def compare(self, a: str, b: str) -> Figures:
        """Two valuations, and a bridge from A to B that adds up to the fen.

        Raises:
            NotFoundError: One of them is not there.
        """
        params = {"a": a, "b": b}
        return self._figures("GET", "/v1/valuations/compare", params=params)

    def reviews(self, identifier: str) -> Figures:
        """State of a valuation's review, its steps, and figures with overrides.

        Raises:
            NotFoundError: There is no such valuation.
        """
        return self._figures("GET", f"/v1/valuations/{identifier}/reviews")

    def review(self, identifier: str, step: Given) -> Figures:
        """The same after one more step, which is taken once however often it is sent.

        Args:
            identifier: Of the valuation.
            step: ``ReviewRequest`` of docs/api.md, such as kind ``reviewed``.

        Raises:
            ConflictError: The state of the review forbids the step.
            InvalidRequestError: The step is wrong.
        """
        path = f"/v1/valuations/{identifier}/reviews"
        return self._figures("POST", path, headers=key_header(None), json=step)

    def model(self) -> Figures:
        """The model in service."""
        return self._figures("GET", "/v1/model")

    def _paper(self, identifier: str, name: str, language: Language) -> bytes:
        path = f"/v1/valuations/{identifier}/{name}"
        return self._send("GET", path, params={"language": language}).content

    def _asked(
        self,
        question: Question,
        identifier: str,
        request: Given | None,
        form: Literal["json", "xlsx"],
    ) -> httpx2.Response:
        given = request or {}
        return self._send(
            "POST",
            f"/v1/packages/{identifier}/{question}",
            headers=key_header(None),
            params={"form": form},
            json=given,
        )

    def _valued(self, path: str, key: str | None, **body: Any) -> Any:
        return self._send("POST", path, headers=key_header(key), **body).json()

    def _figures(self, method: str, path: str, **body: Any) -> Figures:
        figures: Figures = self._send(method, path, **body).json()
        return figures

    def _once(self, method: str, path: str, **body: Any) -> Figures:
        once = Retries(attempts=1)
        figures: Figures = once.run(partial(self._sent, method, path, **body)).json()
        return figures

    def _told(self, method: str, path: str) -> None:
        self._send(method, path)

    def _send(self, method: str, path: str, **body: Any) -> httpx2.Response:
        return self._retries.run(partial(self._sent, method, path, **body))

    def _sent(self, method: str, path: str, **body: Any) -> httpx2.Response:
        response = self._http.request(method, path, **body)
        if response.is_error:
            raise refusal(response)
        return response
