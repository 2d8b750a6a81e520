"""Requests to the listener as an ASGI application, without any server."""

import asyncio
from collections.abc import Callable, Iterable, Sequence

import httpx

from mye_tiktok.listener import application
from mye_tiktok.runtime import Runtime
from tests.listener.events import signature


def delivery(body: bytes, *, sign: str | None = None, path: str = "/webhook/") -> httpx.Request:
    """Return the request with which TikTok delivers an event; `sign` replaces the right signature."""
    headers = {
        b"authorization": (signature(body) if sign is None else sign).encode("latin-1"),
        b"content-type": b"application/json",
    }
    return httpx.Request("POST", f"http://listener{path}", content=body, headers=headers)


def page(path: str, method: str = "GET") -> httpx.Request:
    """Return the request of a browser or a monitor."""
    return httpx.Request(method, f"http://listener{path}")


class Visitor:
    """Sends requests to a listener that lives for as long as they take."""

    def __init__(self, runtime: Runtime, *, before_closing: Callable[[], None] = lambda: None) -> None:
        self._runtime, self._before_closing = runtime, before_closing

    def send(self, *requests: httpx.Request) -> list[httpx.Response]:
        """Send requests all at once and return their answers in order."""
        return asyncio.run(self._send([requests]))

    def send_in_turn(self, requests: Iterable[httpx.Request]) -> list[httpx.Response]:
        """Send one request after the other."""
        return asyncio.run(self._send([(request,) for request in requests]))

    def deliver(self, *bodies: bytes) -> list[int]:
        """Deliver events at once; returns the statuses."""
        return [answer.status_code for answer in self.send(*map(delivery, bodies))]

    def get(self, path: str) -> httpx.Response:
        """Ask for one page."""
        return self.send(page(path))[0]

    async def _send(self, turns: Sequence[Sequence[httpx.Request]]) -> list[httpx.Response]:
        listener = application(self._runtime)
        transport = httpx.ASGITransport(listener)
        answers: list[httpx.Response] = []
        async with httpx.AsyncClient(transport=transport) as client:
            for turn in turns:
                answers += await asyncio.gather(*(client.send(request) for request in turn))
            self._before_closing()
            await listener.endpoint.close()
        return answers
