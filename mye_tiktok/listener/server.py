"""The application on a port, served by granian."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from mye_tiktok.errors import UnreachableError
from mye_tiktok.listener.application import Listener

HEADER_MILLISECONDS = 10_000
CONNECTIONS = 20_000


def serve(listener: Listener, host: str, port: int, *, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is in hand; `ready` is called once connections are taken."""
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(listener, host, port, ready))


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


async def _serve(listener: Listener, host: str, port: int, ready: Callable[[], None]) -> None:
    server = Server(
        listener,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=4096,
        backpressure=CONNECTIONS,
        log_enabled=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    announcing = loop.create_task(_announce(host, port, ready))
    await server.serve()
    announcing.cancel()


async def _announce(host: str, port: int, ready: Callable[[], None]) -> None:
    """Call `ready` once a connection is taken: granian says nothing when it begins to listen."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked for by the user
    while True:
        try:
            _, writer = await asyncio.open_connection(address, port)
        except OSError:
            await asyncio.sleep(0.02)
            continue
        writer.close()
        ready()
        return
