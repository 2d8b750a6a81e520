"""Publish with mandatory and pipelined confirms, and find out what a refusal was about."""

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from pika.exceptions import ChannelClosedByBroker

from mye_tiktok.broker.connection import NOT_FOUND, PRECONDITION_FAILED, Address
from mye_tiktok.broker.parcel import Parcel
from mye_tiktok.broker.pipeline import Batch, Pipeline
from mye_tiktok.domain.message import Receipt
from mye_tiktok.errors import MyeTikTokError, PartlySentError, UnreachableError


class Publisher:
    """Publishes batches, each over a pipeline of its own for as long as it takes. Safe for several threads.

    A quorum queue takes a few dozen messages of one connection per write to its log, so two threads get more of them
    through than one. Pipelines are opened when none is free, and again after a loss.
    """

    def __init__(self, address: Address, *, patience: timedelta) -> None:
        self._address, self._patience = address, patience
        self._idle: deque[Pipeline] = deque()

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
        """Close the pipelines that are not in use."""
        while self._idle:
            self._idle.pop().link.close()

    def _attempt(self, batch: Batch) -> Batch:
        pipeline = self._open()
        pipeline.submit(batch)
        if batch.wait(self._patience):
            self._idle.append(pipeline)
            return batch
        pipeline.link.abandon()
        silence = f"{self._address!r}: no confirm came for {self._patience.total_seconds():g} s"
        batch.cause = UnreachableError(silence, hint="Look for alarms in its log: memory, disk, lost replicas.")
        return batch

    def _open(self) -> Pipeline:
        """Return a pipeline that nobody uses; those that were lost while they rested are forgotten."""
        with suppress(IndexError):
            while (pipeline := self._idle.pop()).link.error is None:
                return pipeline
        return Pipeline(self._address)

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
