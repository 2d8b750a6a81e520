"""Messages on their way over one link: a window of them unconfirmed, each one accounted for."""

import threading
from collections import deque
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
        self._changed = threading.Condition()

    def settle(self, receipts: Iterable[tuple[int, Receipt]]) -> None:
        """Note what became of some parcels, by their place in the batch."""
        for place, receipt in receipts:
            self.receipts[place] = receipt
            self.settled += 1
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
    """One link with its window of unconfirmed messages. All but `submit` and `close` runs on the link's thread."""

    def __init__(self, address: Address) -> None:
        self._lock = threading.Lock()
        self._batches: list[Batch] = []
        self._waiting: deque[Batch] = deque()
        self._unconfirmed: dict[int, tuple[Batch, int]] = {}
        self._unconfirmed_bytes = 0
        self._returned: dict[str, str] = {}
        self._tag = 0
        self._channel: Channel
        self._frame_max = FRAME_MIN
        self.link = Link(address, prepare=self._prepare, lost=self._lost)

    def submit(self, batch: Batch) -> None:
        """Take a batch in; raises what ended the link when it is over."""
        with self._lock:
            if self.link.error:
                raise self.link.error
            self._batches.append(batch)
        self.link.run(lambda: self._start(batch))

    def done(self, batch: Batch) -> None:
        """Forget a batch."""
        with self._lock:
            self._batches.remove(batch)

    def _prepare(self, channel: Channel, ready: Callable[..., None]) -> None:
        self._channel = channel
        self._frame_max = channel.connection.params.frame_max or FRAME_MIN
        channel.add_on_return_callback(self._on_return)
        channel.confirm_delivery(self._on_confirm, callback=ready)

    def _lost(self, cause: BaseException) -> None:
        with self._lock:
            for batch in self._batches:
                batch.fail(cause)

    def _start(self, batch: Batch) -> None:
        self._waiting.append(batch)
        self._pump()

    def _pump(self) -> None:
        """Fill the window."""
        if not self._waiting or not self._channel.is_open:
            return
        written: list[bytes] = []
        size = 0
        while self._waiting and self._has_room():
            batch = self._waiting[0]
            if batch.sent == len(batch.parcels):
                self._waiting.popleft()
                continue
            content = self._content(batch)
            written += (batch.method, content)
            size += len(content)
            if size >= PIECE_BYTES:
                self.link.connection.write(b"".join(written))
                written, size = [], 0
        if written:
            self.link.connection.write(b"".join(written))

    def _has_room(self) -> bool:
        return len(self._unconfirmed) < WINDOW_MESSAGES and self._unconfirmed_bytes < WINDOW_BYTES

    def _content(self, batch: Batch) -> bytes:
        parcel = batch.parcels[batch.sent]
        self._tag += 1
        self._unconfirmed[self._tag] = (batch, batch.sent)
        self._unconfirmed_bytes += len(parcel.body)
        batch.sent += 1
        return frames.content(CHANNEL, parcel.properties, parcel.body, self._frame_max)

    def _on_return(self, channel: Channel, method: Basic.Return, properties: BasicProperties, body: bytes) -> None:
        # a stranger's message has an id only by its body, so it is read as whoever sent the parcel read it
        self._returned[found(properties, body).id] = f"{method.reply_text}: no queue took it"

    def _on_confirm(self, frame: Method[Basic.Ack | Basic.Nack]) -> None:
        method = frame.method
        reason = "" if isinstance(method, Basic.Ack) else "the broker turned it down (queue full or replica lost)"
        by_batch: dict[int, tuple[Batch, list[tuple[int, Receipt]]]] = {}
        for batch, place in self._confirmed(method.delivery_tag, multiple=method.multiple):
            receipt = self._receipt(batch.parcels[place], reason)
            by_batch.setdefault(id(batch), (batch, []))[1].append((place, receipt))
        for batch, receipts in by_batch.values():
            batch.settle(receipts)
        if len(self._unconfirmed) < WINDOW_MESSAGES // 2:
            self._pump()

    def _confirmed(self, tag: int, *, multiple: bool) -> Iterable[tuple[Batch, int]]:
        tags = [tag]
        if multiple:
            oldest = next(iter(self._unconfirmed), tag + 1)
            tags = [each for each in range(oldest, tag + 1) if each in self._unconfirmed]
        for each in tags:
            batch, place = self._unconfirmed.pop(each)
            self._unconfirmed_bytes -= len(batch.parcels[place].body)
            yield batch, place

    def _receipt(self, parcel: Parcel, reason: str) -> Receipt:
        if self._returned:
            reason = self._returned.pop(parcel.id, "") or reason
        return Receipt(message_id=parcel.id, outcome="refused" if reason else "confirmed", reason=reason)
