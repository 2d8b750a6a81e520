"""The landing page of `auth login`: takes TikTok's redirect once and tells the person how it ended."""

import hmac
import queue
import socket
import threading
import time
from typing import TYPE_CHECKING, Any, Self

from mye_tiktok.cli.session import Signals
from mye_tiktok.errors import NeedsPersonError, TryLaterError, UnreachableError
from mye_tiktok.listener.redirect import PATH, page, read_redirect

if TYPE_CHECKING:
    from werkzeug import Request, Response

PATIENCE = 30.0


class Landing:
    """A listener on WEBHOOK_HOST:WEBHOOK_PORT that lives as long as one login."""

    def __init__(self, host: str, port: int, state: str) -> None:
        self._host, self._port, self._state = host, port, state
        self._codes: queue.Queue[str] = queue.Queue(maxsize=1)
        self._verdict: queue.Queue[str] = queue.Queue(maxsize=1)
        self._closing = False
        self._map: dict[int, Any] = {}
        self.url = f"http://{host}:{port}{PATH}"

    def __enter__(self) -> Self:
        from waitress.server import create_server
        from werkzeug import Request

        self._server: Any = create_server(
            Request.application(self._answer), map=self._map, sockets=[self._listen()], threads=4, ident=""
        )
        self._thread = threading.Thread(target=self._serve, name="landing", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._verdict.empty():
            self.tell("This did not work; the terminal says why.")
        time.sleep(0.3)  # the page is still on its way to the browser
        self._closing = True
        self._server.pull_trigger()
        self._thread.join()

    def _listen(self) -> socket.socket:
        try:
            return socket.create_server((self._host, self._port))
        except OSError as error:
            raise UnreachableError(
                f"cannot listen on {self._host}:{self._port}: {error.strerror or type(error).__name__}",
                hint="set WEBHOOK_HOST and WEBHOOK_PORT, or use `mye-tiktok auth url` and `auth integrate --code`",
            ) from None

    def _serve(self) -> None:
        from waitress import wasyncore

        while not self._closing:
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._map)

    def wait(self, seconds: float, signals: Signals) -> str:
        """Return the code; raises NeedsPersonError when the seller refused, TryLaterError when nobody came."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            signals()
            try:
                code = self._codes.get(timeout=0.2)
            except queue.Empty:
                continue
            if not code:
                raise NeedsPersonError("the seller refused the authorization", hint="`mye-tiktok auth login`")
            return code
        raise TryLaterError(f"nobody authorized within {seconds:.0f} seconds", hint="`mye-tiktok auth login`")

    def tell(self, text: str) -> None:
        """Show `text` to the person in the browser."""
        if self._verdict.empty():
            self._verdict.put(text)

    def _answer(self, request: "Request") -> "Response":
        from werkzeug import Response

        if request.path != PATH:
            return Response(page("There is nothing here."), 404, mimetype="text/html")
        redirect = read_redirect(request.query_string.decode("latin-1"))
        if not hmac.compare_digest(redirect.state.encode(), self._state.encode()):
            return Response(page("This link is not the one that was asked for."), 400, mimetype="text/html")
        try:
            self._codes.put_nowait(redirect.code)
            text = self._verdict.get(timeout=PATIENCE)
        except (queue.Full, queue.Empty):
            text = "The terminal says how it ended."
        return Response(page(text), mimetype="text/html")
