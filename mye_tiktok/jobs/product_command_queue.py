"""Take commands about products off the queue: written down before they are done."""

from collections.abc import Callable, Sequence
from datetime import datetime

from mye_tiktok.db import outbox, product_commands
from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Delivery, Queue
from mye_tiktok.domain.product_command import Command, Result
from mye_tiktok.domain.report import Report
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.inlet import Inlet, Letter
from mye_tiktok.jobs.keeping import DESTINATION
from mye_tiktok.mye.product_commands import read_command, settled_message


class CommandQueue(Inlet[Command]):
    """The messages that want something done to a product."""

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

    def read(self, delivery: Delivery) -> Letter[Command]:
        """Return the command of a message; one that is not supported is kept, answered, and dead as well."""
        message = delivery.message
        try:
            command = read_command(
                message.body, message_id=message.id if delivery.has_id else "", received_at=self._clock()
            )
        except RefusedError as error:
            return Letter(delivery=delivery, reason=error.message)
        return Letter(delivery=delivery, content=command, reason=command.reason, code=command.code)

    def write_down(self, contents: Sequence[Command]) -> None:
        """Keep these commands, and queue the answers to those that are refused at once."""
        now = self._clock()
        refused = [(one, Result(outcome="refused", code=one.code, reason=one.reason)) for one in contents if one.reason]
        answers = [(DESTINATION, settled_message(command, result, now=now)) for command, result in refused]
        with self._database.transaction() as session:
            new = product_commands.add(session, contents, now=now)
            queued = outbox.add(session, answers, now=now)
        counts = {"created": new, "unchanged": len(contents) - new, "queued": queued}
        self._report.add(**{name: number for name, number in counts.items() if number})
