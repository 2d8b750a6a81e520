"""The same endpoint around other servers, for the choice between them: waitress, where each request has a thread.

    python -m bench.contenders PORT         # settings from the environment, as for serve-webhook

uvicorn and granian serve mye_tiktok.listener:application itself.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from waitress import serve

from mye_tiktok import config
from mye_tiktok.domain.tally import Tally
from mye_tiktok.jobs.receiving import Recorder
from mye_tiktok.runtime import Runtime
from mye_tiktok.tiktok.webhooks import is_authentic, read_event

THREADS = 32


class Waiter:
    """A thread that waits until its event is safe."""

    def __init__(self) -> None:
        self.told = threading.Event()
        self.safe = False


def _tell(waiters: Sequence[Waiter], safe: bool) -> None:
    for waiter in waiters:
        waiter.safe = safe
        waiter.told.set()


def application(runtime: Runtime) -> Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """Return the endpoint as a WSGI application, with the recorder of the listener."""
    recorder: Recorder[Waiter] = Recorder(runtime.database, _tell, Tally(), clock=runtime.clock)
    recorder.start()
    app = runtime.app

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status = "401 Unauthorized"
        if is_authentic(app, body, environ.get("HTTP_AUTHORIZATION", "")):
            waiter = Waiter()
            recorder.put(read_event(body), waiter, deadline=time.monotonic() + 2.4)
            waiter.told.wait(2.4)
            status = "200 OK" if waiter.safe else "503 Service Unavailable"
        start(status, [("Content-Length", "0")])
        return [b""]

    return answer


if __name__ == "__main__":
    serve(application(Runtime(config.from_process())), host="127.0.0.1", port=int(sys.argv[1]), threads=THREADS)
