"""What the client asks of persons, keys, sessions and links, for administrators."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from serving.client.answers import Figures
from serving.client.batches import Given, key_header

_ACCESS = "/v1/access"


class AccessCalls(ABC):
    """Who may use the service (docs/access.md)."""

    @abstractmethod
    def _figures(self, method: str, path: str, **body: Any) -> Figures:
        """Send a request that is answered in JSON."""

    @abstractmethod
    def _once(self, method: str, path: str, **body: Any) -> Figures:
        """Send a request that must not be sent again."""

    @abstractmethod
    def _told(self, method: str, path: str) -> None:
        """Send a request that is answered by nothing."""

    def known_persons(self) -> list[Figures]:
        """Everybody of the tenant."""
        return list(self._figures("GET", f"{_ACCESS}/persons")["items"])

    def add_person(
        self, name: str, roles: Sequence[str], *, key: str | None = None
    ) -> Figures:
        """Make somebody known.

        Args:
            name: What they are called.
            roles: What they may do.
            key: As in ``value_tape``.

        Raises:
            InvalidRequestError: The name is illegible or a role is none.
        """
        asked = {"name": name, "roles": [*roles]}
        return self._figures(
            "POST", f"{_ACCESS}/persons", headers=key_header(key), json=asked
        )

    def change_person(self, person: str, name: str, roles: Sequence[str]) -> Figures:
        """Give somebody a name and roles, which hold at once.

        Raises:
            NotFoundError: There is no such person.
            InvalidRequestError: The name is illegible or a role is none.
        """
        asked = {"name": name, "roles": [*roles]}
        return self._figures("PUT", f"{_ACCESS}/persons/{person}", json=asked)

    def disable_person(self, person: str) -> Figures:
        """Shut somebody out: sessions end, keys and links no longer serve.

        Raises:
            NotFoundError: There is no such person.
        """
        return self._state(person, "disabled")

    def enable_person(self, person: str) -> Figures:
        """Let somebody in again; keys have to be issued anew.

        Raises:
            NotFoundError: There is no such person.
        """
        return self._state(person, "enabled")

    def api_keys(self, person: str | None = None) -> list[Figures]:
        """Keys of the tenant or of one person, newest first, without their secrets."""
        return list(
            self._figures("GET", f"{_ACCESS}/keys", params=_of(person))["items"]
        )

    def issue_key(self, person: str, request: Given) -> Figures:
        """Issue a key, which stands under ``key`` this once; it is sent once.

        Where no answer came, look for the key by its name, revoke it and issue another.

        Args:
            person: For whom it speaks.
            request: ``KeyRequest`` of docs/api.md, such as a name and days.

        Raises:
            NotFoundError: There is no such person.
            InvalidRequestError: The request is wrong.
        """
        path = f"{_ACCESS}/persons/{person}/keys"
        return self._once("POST", path, json=dict(request))

    def revoke_key(self, key: str) -> Figures:
        """Have a key serve no longer, by its identifier or prefix.

        Raises:
            NotFoundError: There is no such key.
        """
        return self._figures("DELETE", f"{_ACCESS}/keys/{key}")

    def sessions(self, person: str | None = None) -> list[Figures]:
        """Browsers in which persons are signed in."""
        path = f"{_ACCESS}/sessions"
        return list(self._figures("GET", path, params=_of(person))["items"])

    def end_session(self, session: str) -> None:
        """Sign somebody out of one browser.

        Raises:
            NotFoundError: There is no such session, or no longer.
        """
        self._told("DELETE", f"{_ACCESS}/sessions/{session}")

    def sign_out(self, person: str) -> None:
        """Sign somebody out everywhere; their keys serve on.

        Raises:
            NotFoundError: There is no such person.
        """
        self._told("DELETE", f"{_ACCESS}/persons/{person}/sessions")

    def sign_in_link(self, person: str) -> Figures:
        """A link that signs somebody in once, and until when; it is sent once.

        Raises:
            NotFoundError: There is no such person.
        """
        return self._once("POST", f"{_ACCESS}/persons/{person}/links")

    def _state(self, person: str, state: str) -> Figures:
        path = f"{_ACCESS}/persons/{person}/state"
        return self._figures("PUT", path, json={"state": state})


def _of(person: str | None) -> dict[str, str]:
    return {} if person is None else {"person": person}
