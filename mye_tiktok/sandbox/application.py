"""The WSGI application: one port for the API host, the auth host, the authorize page and the controls."""

import threading
from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from wsgiref.types import StartResponse

from mye_tiktok.sandbox import documents, token_answers
from mye_tiktok.sandbox.answers import Answer, Refusal, refused, success, text
from mye_tiktok.sandbox.faults import Fault, Faults
from mye_tiktok.sandbox.gateway import admit, route
from mye_tiktok.sandbox.handlers import HANDLERS
from mye_tiktok.sandbox.operations import Operation
from mye_tiktok.sandbox.requests import Environ, Record, Request
from mye_tiktok.sandbox.spoiled import DroppedError, instead, spoil_answer, spoil_data
from mye_tiktok.sandbox.world import World

PHRASES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


class Application:
    """Answers TikTok's calls."""

    def __init__(self, world: World, faults: Faults) -> None:
        self.world, self.faults = world, faults
        self._stopped, self._healed = threading.Event(), threading.Event()
        self._latency = world.options.latency_ms / 1000

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request as WSGI has it; raises DroppedError to end the connection without an answer."""
        request = Request.of(environ)
        if self._latency:
            self._stopped.wait(self._latency)
        return self.send(self._answer(request), start_response)

    def release(self) -> None:
        """Drop the connections that hang."""
        healed, self._healed = self._healed, threading.Event()
        healed.set()

    def stop(self) -> None:
        """End every wait, so that a server can go down."""
        self._stopped.set()
        self._healed.set()

    def send(self, answer: Answer, start_response: StartResponse) -> Iterable[bytes]:
        """Put an answer on the wire, dated by TikTok's clock on the wall."""
        headers = [*answer.headers, ("Date", formatdate(self.world.wall, usegmt=True))]
        if all(name != "Content-Length" for name, _ in headers):
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(PHRASES.get(answer.status, f"{answer.status} Unknown"), headers)
        return [answer.body]

    def _answer(self, request: Request) -> Answer:
        name = "unknown"
        try:
            if request.path in token_answers.PATHS:
                name = token_answers.PATHS[request.path]
                answer = self._token(request, self.faults.strike(name))
            elif request.path.startswith(documents.PREFIX):
                name = "document"
                answer = self._document(request, self.faults.strike(name))
            else:
                operation, path = route(request)
                name = operation.name
                answer = self._call(request, operation, path, self.faults.strike(name))
        except Refusal as refusal:
            answer = refused(refusal, self.world.now)
        except DroppedError:
            self.world.log.add(Record(name, request.method, request.path, 0, -1))
            raise
        self.world.log.add(Record(name, request.method, request.path, answer.status, answer.code))
        return answer

    def _call(self, request: Request, operation: Operation, path: dict[str, str], fault: Fault | None) -> Answer:
        replaced = instead(fault, self._healed) if fault else None
        if replaced is not None:
            return replaced
        call = admit(self.world, request, operation, path)
        self.world.hooks.run(operation.name)
        data = spoil_data(fault, HANDLERS[operation.name](call), request.query.get("page_token", ""))
        return spoil_answer(fault, success(data, self.world.now))

    def _document(self, request: Request, fault: Fault | None) -> Answer:
        replaced = instead(fault, self._healed) if fault else None
        return replaced or spoil_answer(fault, documents.answer(self.world, request))

    def _token(self, request: Request, fault: Fault | None) -> Answer:
        if request.method != "GET":
            return text(404, "404 page not found")
        replaced = instead(fault, self._healed) if fault else None
        if replaced is not None:
            return replaced
        grant = spoil_data(fault, token_answers.grant(self.world, request))
        return spoil_answer(fault, success(grant, self.world.now, message="success"))
