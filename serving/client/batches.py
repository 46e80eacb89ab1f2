"""What the client asks of batches, and the key that lets it ask again."""

import json
import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2

from serving.client.answers import Figures

Given = Mapping[str, Any]


def key_header(given: str | None) -> dict[str, str]:
    """The header that lets a request be sent again and done once."""
    return {"Idempotency-Key": given or str(uuid.uuid4())}


class BatchCalls(ABC):
    """Books that are valued in the background (docs/batches.md)."""

    @abstractmethod
    def _send(self, method: str, path: str, **body: Any) -> httpx2.Response:
        """Send a request."""

    @abstractmethod
    def _figures(self, method: str, path: str, **body: Any) -> Figures:
        """Send a request that is answered in JSON."""

    def submit_batch(self, request: Given, *, key: str | None = None) -> Figures:
        """Put in a book beneath the folders of the service (docs/batches.md).

        Args:
            request: ``BatchRequest`` of docs/api.md.
            key: As in ``value_tape``.

        Raises:
            InvalidRequestError: The request is wrong.
        """
        return self._figures(
            "POST", "/v1/batches", headers=key_header(key), json=request
        )

    def submit_batch_file(
        self, file: str | Path, terms: Given | None = None, *, key: str | None = None
    ) -> Figures:
        """Put in a book as one parquet or csv file.

        Args:
            file: The claims.
            terms: The other fields of ``BatchRequest``.
            key: As in ``value_tape``.

        Raises:
            OSError: The file cannot be read.
            InvalidRequestError: It is no book.
        """
        file = Path(file)
        return self._figures(
            "POST",
            "/v1/batches/upload",
            headers=key_header(key),
            data={"terms": json.dumps(terms or {})},
            files={"file": (file.name, file.read_bytes())},
        )

    def batch(self, identifier: str) -> Figures:
        """State, progress and sums of a batch.

        Raises:
            NotFoundError: There is no such batch.
        """
        return self._figures("GET", f"/v1/batches/{identifier}")

    def cancel_batch(self, identifier: str) -> Figures:
        """Have nobody work on a batch any more, and remove what it wrote.

        Raises:
            ConflictError: It came to its end.
        """
        path = f"/v1/batches/{identifier}/cancellation"
        return self._figures("POST", path, headers=key_header(None))

    def retry_batch(self, identifier: str) -> Figures:
        """Go on with the chunks of a batch that failed.

        Raises:
            ConflictError: It did not fail.
        """
        path = f"/v1/batches/{identifier}/retry"
        return self._figures("POST", path, headers=key_header(None))

    def batch_manifest(self, identifier: str) -> Figures:
        """The manifest of a batch that is done.

        Raises:
            ConflictError: It is not.
        """
        return self._figures("GET", f"/v1/batches/{identifier}/manifest")

    def batch_rejections(self, identifier: str) -> Figures:
        """Why rows of a batch were left out so far, with examples.

        Raises:
            NotFoundError: There is no such batch.
        """
        return self._figures("GET", f"/v1/batches/{identifier}/rejections")

    def batch_part(self, identifier: str, file: str) -> bytes:
        """A part of a batch that is done, as its manifest names it."""
        return self._send("GET", f"/v1/batches/{identifier}/parts/{file}").content
