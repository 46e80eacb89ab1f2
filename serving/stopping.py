"""Requests that a stop leaves no time for are answered in words, not cut off."""

from asyncio import CancelledError

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.errors import StoppingError
from serving.access.door import turned_away


class TimeUp:
    """ASGI middleware: answers requests that the server gives up, which it cancels."""

    def __init__(self, app: ASGIApp) -> None:
        """Stand before an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; an answer that has begun already is cut off."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except CancelledError:
            if begun or scope["type"] != "http":
                raise
            await turned_away(Request(scope), _given_up())(scope, receive, send)


def _given_up() -> StoppingError:
    return StoppingError(
        "the service was stopped before this was answered; send it again shortly, "
        "under the same Idempotency-Key if it had one",
        zh="服务停止前未能完成该请求；请稍后重新提交，"
        "原有 Idempotency-Key 的请保持不变",
    )
