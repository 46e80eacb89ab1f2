"""What the client asks of the persons behind claims, and of their destruction."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

from serving.client.answers import Figures
from serving.client.batches import key_header

_PAGE_CLAIMS = 200


class PersonalCalls(ABC):
    """Personal data (docs/personal-data.md)."""

    @abstractmethod
    def _figures(self, method: str, path: str, **body: Any) -> Figures:
        """Send a request that is answered in JSON."""

    def persons(
        self, identifier: str, reason: str, *, claim_id: str | None = None
    ) -> Iterator[Figures]:
        """The persons behind the claims of a valuation, fetched as they are looked at.

        Every page of 200 claims is a view that the audit log holds with its reason.

        Args:
            identifier: Of the valuation.
            reason: Why they are needed.
            claim_id: One claim only.

        Raises:
            NotFoundError: There is no such valuation, or nothing is kept of it.
            InvalidRequestError: The reason says nothing.
        """
        path = f"/v1/valuations/{identifier}/persons"
        asked: dict[str, Any] = {"reason": reason, "limit": _PAGE_CLAIMS}
        if claim_id is not None:
            asked["claim_id"] = claim_id
        while True:
            page = self._figures("POST", path, json=asked)
            yield from page["claims"]
            if page["next_after"] is None:
                return
            asked["after"] = page["next_after"]

    def kept_persons(self, subject: str) -> Figures:
        """What is kept of a package, valuation or draft, and would be destroyed.

        Raises:
            NotFoundError: Nothing is.
        """
        return self._figures("GET", "/v1/personal/kept", params={"of": subject})

    def destroy_persons(self, subject: str, *, key: str | None = None) -> Figures:
        """Destroy it for ever; gives the certificate.

        Args:
            subject: The package, valuation or draft.
            key: As in ``value_tape``.

        Raises:
            NotFoundError: Nothing is kept of it.
        """
        return self._figures(
            "POST",
            "/v1/personal/destructions",
            headers=key_header(key),
            json={"subject": subject},
        )

    def certificate(self, identifier: str) -> Figures:
        """A certificate of destruction.

        Raises:
            NotFoundError: There is none.
        """
        return self._figures("GET", f"/v1/personal/certificates/{identifier}")
