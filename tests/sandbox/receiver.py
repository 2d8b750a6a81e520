"""An endpoint on a port that keeps the webhooks it gets, and answers as it is told."""

import hmac
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.types import StartResponse

from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.signing import webhook_signature


@dataclass(slots=True)
class Receiver:
    """Answers with the statuses in turn and then with 200; 401 to a wrong signature once it knows the app."""

    statuses: list[int] = field(default_factory=list)
    app: tuple[str, str] | None = None
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    url: str = "http://receiver/webhook/"

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Take one POST."""
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        self.bodies.append(body)
        known = ("HTTP_AUTHORIZATION", "CONTENT_TYPE", "PATH_INFO", "REQUEST_METHOD")
        self.headers.append({name: environ.get(name, "") for name in known})
        status = self.statuses.pop(0) if self.statuses else self._status(body, environ.get("HTTP_AUTHORIZATION", ""))
        start_response(f"{status} Said", [("Content-Length", "0")])
        return [b""]

    @property
    def events(self) -> list[Json]:
        """The payloads so far."""
        return [json.loads(body) for body in self.bodies]

    def _status(self, body: bytes, signature: str) -> int:
        if self.app is None or hmac.compare_digest(webhook_signature(*self.app, body), signature):
            return 200
        return 401


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def listening(receiver: Receiver) -> Iterator[Receiver]:
    """Put a receiver on a free port for as long as the context lasts."""
    with make_server("127.0.0.1", 0, receiver, server_class=_Server, handler_class=_Quiet) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}/webhook/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join(timeout=5)
