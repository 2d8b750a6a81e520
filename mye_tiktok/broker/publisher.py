"""Publish with mandatory and pipelined confirms: thousands of messages on their way, each one accounted for."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from pika.channel import Channel
from pika.exceptions import ChannelClosedByBroker
from pika.frame import Method
from pika.spec import Basic, BasicProperties

from mye_tiktok.broker import frames
from mye_tiktok.broker.connection import NOT_FOUND, PRECONDITION_FAILED, Address
from mye_tiktok.broker.link import CHANNEL, Link
from mye_tiktok.broker.parcel import Parcel
from mye_tiktok.domain.message import Receipt
from mye_tiktok.errors import MyeTikTokError, PartlySentError, UnreachableError

FRAME_MIN = 4_096
WINDOW_MESSAGES = 2_000
WINDOW_BYTES = 8 * 1024 * 1024


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
        while self._waiting and self._has_room():
            batch = self._waiting[0]
            if batch.sent == len(batch.parcels):
                self._waiting.popleft()
                continue
            written += (batch.method, self._content(batch))
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
        self._returned[properties.message_id or ""] = f"{method.reply_text}: no queue took it"

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


class Publisher:
    """Publishes batches over one pipeline, opened on first use and again after a loss. Safe for several threads."""

    def __init__(self, address: Address, *, patience: timedelta) -> None:
        self._address, self._patience = address, patience
        self._lock = threading.Lock()
        self._pipeline: Pipeline | None = None

    def publish(self, exchange: str, routing_key: str, parcels: Sequence[Parcel]) -> list[Receipt]:
        """Publish in order and wait for every confirm; one receipt per parcel, same order.

        Raises PartlySentError, or what ended the link when nothing was confirmed.
        """
        batch = self._attempt(Batch(exchange, routing_key, parcels))
        if batch.cause is None:
            return [receipt for receipt in batch.receipts if receipt]
        if not isinstance(batch.cause, ChannelClosedByBroker):
            raise self._interrupted(batch)
        if batch.cause.reply_code == NOT_FOUND and f"'{exchange}'" in batch.cause.reply_text:
            return self._fill(batch, batch.cause.reply_text, final=False)
        if batch.cause.reply_code not in {NOT_FOUND, PRECONDITION_FAILED}:
            raise self._interrupted(batch)
        if len(parcels) == 1:
            return self._fill(batch, batch.cause.reply_text, final=True)
        return self._one_by_one(batch)

    def close(self) -> None:
        """Close the pipeline."""
        with self._lock:
            if self._pipeline:
                self._pipeline.link.close()
            self._pipeline = None

    def _attempt(self, batch: Batch) -> Batch:
        pipeline = self._open()
        pipeline.submit(batch)
        try:
            finished = batch.wait(self._patience)
        finally:
            pipeline.done(batch)
        if not finished:
            self._give_up(pipeline)
            silence = f"{self._address!r}: no confirm came for {self._patience.total_seconds():g} s"
            batch.cause = UnreachableError(silence, hint="Look for alarms in its log: memory, disk, lost replicas.")
        return batch

    def _open(self) -> Pipeline:
        with self._lock:
            if self._pipeline is None or self._pipeline.link.error:
                self._pipeline = Pipeline(self._address)
            return self._pipeline

    def _give_up(self, pipeline: Pipeline) -> None:
        with self._lock:
            if self._pipeline is pipeline:
                self._pipeline = None
        pipeline.link.abandon()

    def _one_by_one(self, batch: Batch) -> list[Receipt]:
        """Publish again what is open, each alone: the broker closed the channel over one of them, not saying which."""
        for place, parcel in enumerate(batch.parcels):
            if batch.receipts[place] is None:
                try:
                    batch.receipts[place] = self.publish(batch.exchange, batch.routing_key, [parcel])[0]
                except UnreachableError as error:
                    batch.cause = error
                    raise self._interrupted(batch) from None
        return [receipt for receipt in batch.receipts if receipt]

    def _interrupted(self, batch: Batch) -> MyeTikTokError:
        error = self._address.as_error(batch.cause or RuntimeError("lost"))
        confirmed = [each.message_id for each in batch.receipts if each and each.outcome == "confirmed"]
        if confirmed and isinstance(error, UnreachableError):
            return PartlySentError(error.message, hint=error.hint, confirmed=confirmed)
        return error

    @staticmethod
    def _fill(batch: Batch, reason: str, *, final: bool) -> list[Receipt]:
        return [
            receipt or Receipt(message_id=parcel.id, outcome="refused", reason=reason, final=final)
            for receipt, parcel in zip(batch.receipts, batch.parcels, strict=True)
        ]
