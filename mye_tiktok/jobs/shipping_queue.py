"""Take messages about shipments off the queue: a row each, written down before TikTok is told."""

from collections.abc import Callable, Sequence
from datetime import datetime

from mye_tiktok.db import shipments
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Delivery, Queue
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.shipment import Shipment
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.inlet import Inlet, Letter
from mye_tiktok.mye.shipments import read_shipment


class ShipmentQueue(Inlet[Shipment]):
    """The messages that say what MYE shipped."""

    def __init__(
        self,
        database: Database,
        broker: Callable[[], Broker],
        queue: Queue,
        report: Report,
        *,
        batch: int,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(broker, queue, report, batch=batch)
        self._database, self._clock = database, clock

    def read(self, delivery: Delivery) -> Letter[Shipment]:
        """Return what a message wants shipped, or the reason why it can't be read."""
        message_id = delivery.message.id if delivery.has_id else ""
        try:
            return Letter(delivery=delivery, content=read_shipment(delivery.message.body, message_id=message_id))
        except RefusedError as error:
            return Letter(delivery=delivery, reason=error.message)

    def write_down(self, contents: Sequence[Shipment]) -> None:
        """Keep what is to be shipped; the same again is one intention."""
        with self._database.transaction() as session:
            new = shipments.add(session, contents, now=self._clock())
        counts = {"created": new, "unchanged": len(contents) - new}
        self._report.add(**{name: number for name, number in counts.items() if number})
