"""A connection on a thread of its own: heartbeats go on and acks go out whatever the caller is doing."""

import threading
from collections.abc import Callable

import pika
from pika.channel import Channel

from mye_tiktok.broker.connection import STEP_TIMEOUT, Address
from mye_tiktok.broker.deliveries import OnArrived, read
from mye_tiktok.errors import MyeTikTokError, UnreachableError

CHANNEL = 1

Prepare = Callable[[Channel, Callable[..., None]], None]


class Connection(pika.SelectConnection):
    """A SelectConnection that takes frames of our own making, and reads deliveries by itself for `arrived`.

    What it calls of pika is what pika's own adapters call, and not in its stubs: hence the exemptions. The suite of
    both brokers runs over it, so that a release of pika which moves them fails there.
    """

    arrived: OnArrived | None = None

    def write(self, frames: bytes) -> None:
        """Send whole frames, many in one piece where pika makes a system call for each."""
        self._adapter_emit_data(frames)  # type: ignore[attr-defined]

    def _on_data_available(self, data_in: bytes) -> None:
        """Read what came: pika's hook for what its socket gave."""
        if self.arrived is None:
            super()._on_data_available(data_in)  # type: ignore[misc]
            return
        self._frame_buffer: bytes = self._frame_buffer + data_in
        while self._frame_buffer:
            reading = read(self._frame_buffer, CHANNEL)
            self._trim_frame_buffer(reading.end)  # type: ignore[attr-defined]
            if reading.arrived:
                self.arrived(reading.arrived)
            if reading.cut_off or not self._read_other_frame():
                return

    def _read_other_frame(self) -> bool:
        """Let pika read one frame; False when there is no whole one."""
        used, frame = self._read_frame()  # type: ignore[attr-defined]
        if frame is None:
            return False
        self._trim_frame_buffer(used)  # type: ignore[attr-defined]
        self._process_frame(frame)  # type: ignore[attr-defined]
        return True


class Link:
    """One connection with one channel; the loss of either is the end of both.

    `prepare(channel, ready)` sets the channel up and calls `ready` when it may be used. `lost(cause)` is
    called once, on the link's thread, when it is over. So is `arrived` with the plain deliveries, if it is given; the
    other ones come to the callback of `basic_consume`.
    """

    def __init__(
        self,
        address: Address,
        *,
        prepare: Prepare,
        lost: Callable[[BaseException], None],
        arrived: OnArrived | None = None,
    ) -> None:
        self.address = address
        self.error: MyeTikTokError | None = None
        self._prepare, self._lost = prepare, lost
        self._ready = threading.Event()
        self.connection = Connection(
            address.parameters,
            on_open_callback=self._connected,
            on_open_error_callback=self._over,
            on_close_callback=self._over,
        )
        self.connection.arrived = arrived
        self._thread = threading.Thread(target=self._loop, name="rabbitmq", daemon=True)
        self._thread.start()
        self._await_ready()

    def run(self, callback: Callable[[], None]) -> None:
        """Run `callback` on the link's thread, soon; never when the link is lost before."""
        self.connection.ioloop.add_callback_threadsafe(callback)

    def close(self) -> None:
        """Send what was written, close in good order and wait for it."""
        self.run(self._close)
        self._thread.join(timeout=STEP_TIMEOUT.total_seconds())

    def abandon(self) -> None:
        """Close without waiting: the other side is silent, and the heartbeat will end what it does not."""
        self.run(self._close)

    def _await_ready(self) -> None:
        # Three steps have a deadline of their own (TCP, handshake, channel); this one is for a broker that hangs.
        if not self._ready.wait(timeout=3 * STEP_TIMEOUT.total_seconds()):
            self.abandon()
            raise UnreachableError(f"{self.address!r} cannot be reached: it took the connection and fell silent")
        if self.error:
            raise self.error

    def _loop(self) -> None:
        try:
            self.connection.ioloop.start()
        except Exception as error:  # whatever ends the loop ends the link, and the caller is told
            self._over(self.connection, error)
        finally:
            self.connection.ioloop.close()

    def _connected(self, connection: pika.SelectConnection) -> None:
        connection.channel(CHANNEL, on_open_callback=self._opened)

    def _opened(self, channel: Channel) -> None:
        channel.add_on_close_callback(self._channel_closed)
        self._prepare(channel, lambda *_: self._ready.set())

    def _channel_closed(self, channel: Channel, error: Exception) -> None:
        self._fail(error)
        self._close()

    def _close(self) -> None:
        if self.connection.is_open:
            self.connection.close()

    def _over(self, connection: object, error: BaseException) -> None:
        self._fail(error)
        self.connection.ioloop.stop()

    def _fail(self, error: BaseException) -> None:
        if self.error is None:
            self.error = self.address.as_error(error)
            self._lost(error)
            self._ready.set()
