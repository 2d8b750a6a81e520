"""Take messages about stock off the queue, a batch at a time: written down, committed, then acknowledged."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from mye_tiktok.db.database import Database
from mye_tiktok.domain.message import Broker, Consumer, Delivery, Queue
from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.domain.stock import Wish
from mye_tiktok.errors import MyeTikTokError, RefusedError, UnreachableError
from mye_tiktok.jobs.stock_intake import Taken, take_in
from mye_tiktok.mye.stock_wishes import Envelope, read_wishes

# messages of thousands of items each are not all held at once
MOST_WISHES = 10_000
FAILURES_KEPT = 100
DEAD = "`mye-tiktok dlq list inventory`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message in hand, with its wishes or the reason why it can't be read."""

    delivery: Delivery
    wishes: Sequence[Wish] = ()
    reason: str = ""


class StockQueue:
    """Implements the taking. What a lost database leaves in hand is tried again; a lost broker is asked again.

    `prefetch` is twice a batch: while one is written down the next one arrives.
    """

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
        self._database, self._broker, self._queue, self._report = database, broker, queue, report
        self._batch, self._clock = batch, clock
        self._consumer: Consumer | None = None
        self._in_hand: deque[Delivery] = deque()

    @property
    def stuck(self) -> bool:
        """Whether the broker or the database was away at the last attempt."""
        return self._consumer is None or bool(self._in_hand)

    def open(self) -> Consumer:
        """Start to receive, unless that is so already; a queue that is missing is made."""
        if self._consumer is None:
            broker = self._broker()
            broker.declare([self._queue])
            self._consumer = broker.consumer(self._queue, prefetch=2 * self._batch)
        return self._consumer

    def waiting(self) -> int:
        """Return how many messages nobody has received yet."""
        return self._broker().depth(self._queue).ready or 0

    def take(self, most: int, *, wait: timedelta) -> int:
        """Write down what came, at most `most` messages or a batch, and return how many they were.

        Waits for the first of them as long as `wait`. Raises UnreachableError when the database or the broker is gone.
        """
        if not self._in_hand:
            self._in_hand.extend(self._receive(min(most, self._batch), wait))
        seen = 0
        while self._in_hand:
            letters = self._read()
            self._write_down([letter for letter in letters if not letter.reason])
            self._settle(letters)
            for _ in letters:
                self._in_hand.popleft()
            seen += len(letters)
            self._report.add(seen=len(letters))
        return seen

    def close(self) -> None:
        """Give back what was received and not written down."""
        consumer, self._consumer = self._consumer, None
        self._in_hand.clear()
        if consumer is not None:
            with suppress(MyeTikTokError):
                consumer.close()

    def _receive(self, most: int, wait: timedelta) -> Sequence[Delivery]:
        with self._lost_with_the_broker():
            return self.open().receive(limit=most, wait=wait)

    def _read(self) -> list[Letter]:
        """Return as many of the messages in hand as go into one transaction."""
        letters: list[Letter] = []
        now, wishes = self._clock(), 0
        for delivery in self._in_hand:
            letters.append(_letter(delivery, now))
            wishes += len(letters[-1].wishes)
            if wishes >= MOST_WISHES:
                break
        return letters

    def _write_down(self, letters: Sequence[Letter]) -> None:
        wishes = [wish for letter in letters for wish in letter.wishes]
        if not wishes:
            return
        with self._database.transaction() as session:
            taken = take_in(session, wishes, now=self._clock())
        self._count(taken, len(wishes))

    def _count(self, taken: Taken, wishes: int) -> None:
        counts = {"created": taken.new, "unchanged": wishes - taken.new, "queued": taken.queued}
        self._report.add(**{name: number for name, number in counts.items() if number})
        for wish in taken.refused:
            self._fail(wish.request_id, wish.code, wish.reason, hint="MYE gets the answer")

    def _settle(self, letters: Sequence[Letter]) -> None:
        """Bury what can't be read, and take the rest off the queue: it is safe in the database."""
        with self._lost_with_the_broker():
            consumer = self.open()
            for letter in letters:
                if letter.reason:
                    consumer.reject(letter.delivery, reason=letter.reason)
                    self._fail(letter.delivery.message.id, "unreadable", letter.reason, hint=DEAD)
            consumer.acknowledge([letter.delivery for letter in letters if not letter.reason])

    @contextmanager
    def _lost_with_the_broker(self) -> Iterator[None]:
        """Forget what is in hand when the broker is gone: it comes back, and then it is known already."""
        try:
            yield
        except UnreachableError:
            self.close()
            raise

    def _fail(self, item: str, code: str, message: str, *, hint: str = "") -> None:
        """Note what failed; a consumer that stays for months keeps only the first ones, and counts the rest."""
        if len(self._report.failures) < FAILURES_KEPT:
            self._report.fail(Failure(item=item, code=code, message=message, hint=hint))
        else:
            self._report.add(failed=1)


def _letter(delivery: Delivery, now: datetime) -> Letter:
    message = delivery.message
    envelope = Envelope(
        message_id=message.id if delivery.has_id else "",
        time=message.time if delivery.has_time else None,
        received_at=now,
        origin="queue",
    )
    try:
        return Letter(delivery=delivery, wishes=read_wishes(message.body, envelope))
    except RefusedError as error:
        return Letter(delivery=delivery, reason=error.message)
