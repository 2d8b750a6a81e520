"""Messages on their way over one link: a window of them unconfirmed, each one accounted for."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from pika.channel import Channel
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from mye_tiktok.broker import frames
from mye_tiktok.broker.connection import Address
from mye_tiktok.broker.link import CHANNEL, Link
from mye_tiktok.broker.parcel import Parcel, found
from mye_tiktok.domain.message import Receipt

FRAME_MIN = 4_096
WINDOW_MESSAGES = 2_000
WINDOW_BYTES = 8 * 1024 * 1024
# pika copies what is left of a piece each time the socket takes a part of it
PIECE_BYTES = 64 * 1024


class Batch:
    """Parcels of one call on their way to one queue, and what became of each."""

    def __init__(self, exchange: str, routing_key: str, parcels: Sequence[Parcel]) -> None:
        self.exchange, self.routing_key, self.parcels = exchange, routing_key, parcels
        self.method = frames.publish_method(CHANNEL, exchange, routing_key)
        self.receipts: list[Receipt | None] = [None] * len(parcels)
        self.sent = self.settled = 0
        self.cause: BaseException | None = None
        self._settled_up_to = 0
        self._changed = threading.Condition()

    def open_places(self, end: int) -> list[int]:
        """Return the places before `end` that are not settled; asked once they are about to be."""
        places = [place for place in range(self._settled_up_to, end) if self.receipts[place] is None]
        self._settled_up_to = max(self._settled_up_to, end)
        return places

    def settle(self, places: Sequence[int], receipts: Iterable[Receipt]) -> None:
        """Note what became of some parcels, by their place in the batch."""
        for place, receipt in zip(places, receipts, strict=True):
            self.receipts[place] = receipt
        self.settled += len(places)
        # whoever waits has nothing to do before the end, and is not woken a hundred times on the way there
        if self.settled == len(self.parcels):
            with self._changed:
                self._changed.notify_all()

    def fail(self, cause: BaseException) -> None:
        """Note that the rest will never be settled."""
        with self._changed:
            if self.settled < len(self.parcels):
                self.cause = cause
            self._changed.notify_all()

    def wait(self, patience: timedelta) -> bool:
        """Wait for the end, as long as something happens within `patience`; returns whether it came."""
        with self._changed:
            while self.settled < len(self.parcels) and not self.cause:
                before = self.settled
                if not self._changed.wait(patience.total_seconds()) and self.settled == before:
                    return False
        return True


class Pipeline:
    """One link with its window of unconfirmed messages, for one batch at a time.

    All but `submit` runs on the link's thread.
    """

    def __init__(self, address: Address) -> None:
        self._lock = threading.Lock()
        self._batch = Batch("", "", ())
        self._published = 0
        self._unconfirmed_bytes = 0
        self._returned: dict[str, str] = {}
        self._channel: Channel
        self._frame_max = FRAME_MIN
        self.link = Link(address, prepare=self._prepare, lost=self._lost)

    def submit(self, batch: Batch) -> None:
        """Take a batch in, the one before being settled; raises what ended the link when it is over."""
        with self._lock:
            if self.link.error:
                raise self.link.error
            self._published += len(self._batch.parcels)
            self._batch = batch
        self.link.run(self._pump)

    def _prepare(self, channel: Channel, ready: Callable[..., None]) -> None:
        self._channel = channel
        self._frame_max = channel.connection.params.frame_max or FRAME_MIN
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=ready)

    def _lost(self, cause: BaseException) -> None:
        with self._lock:
            self._batch.fail(cause)

    def _pump(self) -> None:
        """Fill the window."""
        if not self._channel.is_open:
            return
        batch, written, size = self._batch, list[bytes](), 0
        while batch.sent < len(batch.parcels) and self._has_room():
            content = self._next_content(batch)
            written += (batch.method, content)
            size += len(content)
            if size >= PIECE_BYTES:
                self.link.connection.write(b"".join(written))
                written, size = [], 0
        if written:
            self.link.connection.write(b"".join(written))

    def _has_room(self) -> bool:
        unconfirmed = self._batch.sent - self._batch.settled
        return unconfirmed < WINDOW_MESSAGES and self._unconfirmed_bytes < WINDOW_BYTES

    def _next_content(self, batch: Batch) -> bytes:
        parcel = batch.parcels[batch.sent]
        self._unconfirmed_bytes += len(parcel.body)
        batch.sent += 1
        return frames.content(CHANNEL, parcel.properties, parcel.body, self._frame_max)

    def _on_return(self, channel: Channel, method: Basic.Return, properties: BasicProperties, body: bytes) -> None:
        # a stranger's message has an id only by its body, so it is read as whoever sent the parcel read it
        self._returned[found(properties, body).id] = f"{method.reply_text}: no queue took it"

    def _on_confirm(self, frame: Method[Basic.Ack | Basic.Nack]) -> None:
        method, batch = frame.method, self._batch
        reason = "" if isinstance(method, Basic.Ack) else "the broker turned it down (queue full or replica lost)"
        # the channel counts what was ever published on it, from 1
        end = method.delivery_tag - self._published
        places = batch.open_places(end) if method.multiple else [end - 1]
        parcels = [batch.parcels[place] for place in places]
        self._unconfirmed_bytes -= sum(len(parcel.body) for parcel in parcels)
        batch.settle(places, [self._receipt(parcel.id, reason) for parcel in parcels])
        if batch.sent < len(batch.parcels) and batch.sent - batch.settled < WINDOW_MESSAGES // 2:
            self._pump()

    def _receipt(self, message_id: str, reason: str) -> Receipt:
        if self._returned:
            reason = self._returned.pop(message_id, "") or reason
        return Receipt(message_id=message_id, outcome="refused" if reason else "confirmed", reason=reason)
