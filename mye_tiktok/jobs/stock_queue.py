"""Take messages about stock off the queue: a row per item, written down before anything else is done."""

from collections.abc import Callable, Sequence
from datetime import datetime

from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Delivery, Queue
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.stock import Wish
from mye_tiktok.errors import RefusedError
from mye_tiktok.jobs.inlet import Inlet, Letter
from mye_tiktok.jobs.stock_intake import Taken, take_in
from mye_tiktok.mye.stock_wishes import Envelope, read_wishes

# messages of thousands of items each are not all held at once
MOST_WISHES = 10_000
REJECTED = "`mye-tiktok inventory requests --status rejected`"
Wishes = Sequence[Wish]


class StockQueue(Inlet[Wishes]):
    """The messages that say how much of what there is."""

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
        self._buried = False

    def read(self, delivery: Delivery) -> Letter[Wishes]:
        """Return the wishes of a message, or the reason why it can't be read."""
        message = delivery.message
        envelope = Envelope(
            message_id=message.id if delivery.has_id else "",
            time=message.time if delivery.has_time else None,
            received_at=self._clock(),
            origin="queue",
        )
        try:
            return Letter(delivery=delivery, content=read_wishes(message.body, envelope))
        except RefusedError as error:
            return Letter(delivery=delivery, reason=error.message)

    def write_down(self, contents: Sequence[Wishes]) -> None:
        """Keep the wishes of these messages."""
        wishes = [wish for each in contents for wish in each]
        with self._database.transaction() as session:
            taken = take_in(session, wishes, now=self._clock())
        self._count(taken, len(wishes))

    def weight(self, content: Wishes) -> int:
        """Return how many wishes a message brings."""
        return len(content)

    def capacity(self) -> int:
        """Return how many wishes one transaction should hold."""
        return MOST_WISHES

    @property
    def look(self) -> str:
        """What to type to see what was refused: of a message that can be read the bad items are rejected requests."""
        return f"{REJECTED}; messages that can't be read: {self.dead}" if self._buried else REJECTED

    def _settle(self, letters: Sequence[Letter[Wishes]]) -> None:
        self._buried = self._buried or any(letter.reason for letter in letters)
        super()._settle(letters)

    def _count(self, taken: Taken, wishes: int) -> None:
        counts = {"created": taken.new, "unchanged": wishes - taken.new, "queued": taken.queued}
        self._report.add(**{name: number for name, number in counts.items() if number})
        for wish in taken.refused:
            self.fail(wish.request_id, wish.code, wish.reason, hint=f"MYE gets the answer; {REJECTED}")
