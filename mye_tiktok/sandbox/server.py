"""Serving a sandbox on a port."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from waitress import wasyncore
from waitress.server import create_server

from mye_tiktok.sandbox.postman import Postman
from mye_tiktok.sandbox.sandbox import Sandbox

THREADS = 96
HEARTBEAT_SECONDS = 0.5


class Server:
    """A sandbox on a port; `base_url` is where. `run` blocks until `close`."""

    def __init__(self, sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 0, threads: int = THREADS) -> None:
        """Listen from now on; port 0 takes a free one. Raises OSError when the address cannot be had."""
        self._sandbox = sandbox
        self._closing = False
        self._closed = threading.Event()
        self._map: dict[int, Any] = {}
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self.host, self.port = host, int(listening.getsockname()[1])
        server: Any = create_server(
            sandbox.wsgi,
            map=self._map,
            sockets=[listening],
            threads=threads,
            connection_limit=1000,
            # a fault that drops the connection raises an OSError, which is no news
            log_socket_errors=False,
            ident="",
            clear_untrusted_proxy_headers=False,
        )
        self._server = server
        self._postman = Postman(sandbox.webhooks)
        # more calls than threads is what a rehearsal under load is about
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)

    @property
    def base_url(self) -> str:
        """Where clients on this machine find the sandbox."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - asked for by the user
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve until `close` is called from another thread or from a signal handler."""
        self._postman.start()
        life = threading.Thread(target=self._live, name="sandbox life", daemon=True)
        life.start()
        while not self._closing:
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._map)
        self._postman.stop()

    def _live(self) -> None:
        """Let happen what is due, also while nobody asks."""
        while not self._closed.wait(HEARTBEAT_SECONDS):
            self._sandbox.tick()

    def close(self) -> None:
        """Ask `run` to stop taking requests, to end waits and to let go of the port."""
        self._closing = True
        self._closed.set()
        self._sandbox.application.stop()
        with suppress(OSError):  # the loop woke by itself and is already gone
            self._server.pull_trigger()


@contextmanager
def running(sandbox: Sandbox, port: int = 0, *, host: str = "127.0.0.1") -> Iterator[str]:
    """Serve a sandbox in a thread for as long as the context lasts; yields its base URL."""
    server = Server(sandbox, host=host, port=port)
    thread = threading.Thread(target=server.run, name="sandbox", daemon=True)
    thread.start()
    try:
        yield server.base_url
    finally:
        server.close()
        thread.join(timeout=5)
