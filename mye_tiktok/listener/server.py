"""The endpoint on a port, served by granian in this process."""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Protocol

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mye_tiktok.errors import MyeTikTokError, UnreachableError
from mye_tiktok.listener import systemd
from mye_tiktok.listener.endpoint import Endpoint
from mye_tiktok.listener.rsgi import Application

# a connection may rest, and a head may take, this long: longer than nginx (60 s) keeps one that rests, for an event on
# a connection that is being closed would have to be repeated
HEAD_MILLISECONDS = 75_000
CONNECTIONS = 20_000
DRAIN_SECONDS, QUIET_SECONDS = 15.0, 1.0
SWITCH_SECONDS = 0.001


class Worker(Protocol):
    """Work that goes on beside the requests, on threads of its own."""

    @property
    def alive(self) -> bool:
        """Whether it still works."""

    def start(self) -> None:
        """Begin, and return at once."""

    def stop(self) -> None:
        """Finish what is in hand, and return then."""


def serve(
    endpoint: Endpoint, host: str, port: int, *, ready: Callable[[], None], workers: Sequence[Worker] = ()
) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is in hand; `ready` is called once connections are taken.

    `workers` are started and stopped with it, and have to be alive for systemd's watchdog.
    """
    _allow_connections()
    # the recorder's thread waits for the loop's, at worst this long at each of its steps
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(_serve(endpoint, host, port, ready, workers))


def free_port(host: str, port: int) -> int:
    """Return `port`, or a free one in place of 0; raises UnreachableError when it can't be had."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as found:
            return int(found.getsockname()[1])
    except OSError as error:
        raise UnreachableError(
            f"cannot listen on {host}:{port}: {error.strerror or type(error).__name__}",
            hint="choose others with --host and --port, or WEBHOOK_HOST and WEBHOOK_PORT",
        ) from None


async def _serve(
    endpoint: Endpoint, host: str, port: int, ready: Callable[[], None], workers: Sequence[Worker]
) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    endpoint.start()
    for worker in workers:
        worker.start()
    server = _server(endpoint, host, port)
    serving = asyncio.create_task(server.serve())
    telling = asyncio.create_task(_tell_systemd(endpoint, host, port, ready, workers))
    await asyncio.wait({serving, asyncio.ensure_future(stopping.wait())}, return_when=asyncio.FIRST_COMPLETED)
    systemd.notify("STOPPING=1")
    server.stop()  # type: ignore[no-untyped-call]
    await _drain(endpoint, serving)
    telling.cancel()
    await endpoint.close()
    for worker in workers:
        await asyncio.to_thread(worker.stop)
    if not stopping.is_set():
        raise MyeTikTokError("the server ended by itself", hint="start it again, and report what is above this line")


async def _drain(endpoint: Endpoint, serving: asyncio.Task[None]) -> None:
    """Wait until what is in hand is answered, and not for connections that say nothing."""
    ends = time.monotonic() + DRAIN_SECONDS
    busy_at = time.monotonic()
    while not serving.done() and time.monotonic() < min(ends, busy_at + QUIET_SECONDS):
        if endpoint.in_hand:
            busy_at = time.monotonic()
        await asyncio.sleep(0.02)


def _server(endpoint: Endpoint, host: str, port: int) -> Server:
    return Server(
        Application(endpoint),
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=4096,
        backpressure=CONNECTIONS,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_MILLISECONDS),
    )


async def _tell_systemd(
    endpoint: Endpoint, host: str, port: int, ready: Callable[[], None], workers: Sequence[Worker]
) -> None:
    await _until_accepting(host, port)
    ready()
    systemd.notify("READY=1")
    while every := systemd.watchdog_seconds():
        if endpoint.alive and all(worker.alive for worker in workers):
            systemd.notify("WATCHDOG=1")
        await asyncio.sleep(every)


async def _until_accepting(host: str, port: int) -> None:
    """Return once a connection is taken: granian does not say when it begins to listen."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked for by the user
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address, port)
            writer.close()
            return
        await asyncio.sleep(0.02)


def _allow_connections() -> None:
    """Lift the soft limit of open files as far as this user may."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + 1_000 if hard == resource.RLIM_INFINITY else min(hard, CONNECTIONS + 1_000)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
