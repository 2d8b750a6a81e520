"""Take messages of MYE off a queue, a batch at a time: written down, committed, then acknowledged."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from mye_tiktok.domain.message import Broker, Consumer, Delivery, Queue
from mye_tiktok.domain.report import Failure, Report
from mye_tiktok.errors import MyeTikTokError, UnreachableError

FAILURES_KEPT = 100
MOST = 2**31
Content = TypeVar("Content")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Generic[Content]):
    """A message in hand: what it says, and the `reason` why it goes to the dead ones, if it does."""

    delivery: Delivery
    content: Content | None = None
    reason: str = ""
    code: str = "unreadable"


class Inlet(ABC, Generic[Content]):
    """Implements the taking. What a lost database leaves in hand is tried again; a lost broker is asked again.

    `prefetch` is twice a batch: while one is written down the next one arrives.
    """

    def __init__(self, broker: Callable[[], Broker], queue: Queue, report: Report, *, batch: int) -> None:
        self._broker, self._queue, self._report = broker, queue, report
        self._batch = batch
        self._consumer: Consumer | None = None
        self._in_hand: deque[Delivery] = deque()

    @abstractmethod
    def read(self, delivery: Delivery) -> Letter[Content]:
        """Return what a message says, or the reason why it can't be read; never raises."""

    @abstractmethod
    def write_down(self, contents: Sequence[Content]) -> None:
        """Keep what messages say, in one transaction, and count it; the same twice does no harm."""

    def weight(self, content: Content) -> int:
        """Return how many things a message brings."""
        return 1

    def capacity(self) -> int:
        """Return how many things are enough for one transaction."""
        return MOST

    @property
    def stuck(self) -> bool:
        """Whether the broker or the database was away at the last attempt."""
        return self._consumer is None or bool(self._in_hand)

    @property
    def dead(self) -> str:
        """What to type to see the dead messages."""
        return f"`mye-tiktok dlq list {self._queue.name}`"

    @property
    def look(self) -> str:
        """What to type to see what was refused."""
        return self.dead

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
            contents = [letter.content for letter in letters if letter.content is not None]
            if contents:
                self.write_down(contents)
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

    def fail(self, item: str, code: str, message: str, *, hint: str = "") -> None:
        """Note what failed; a consumer that stays for months keeps only the first ones, and counts the rest."""
        if len(self._report.failures) < FAILURES_KEPT:
            self._report.fail(Failure(item=item, code=code, message=message, hint=hint))
        else:
            self._report.add(failed=1)

    def _receive(self, most: int, wait: timedelta) -> Sequence[Delivery]:
        with self._lost_with_the_broker():
            return self.open().receive(limit=most, wait=wait)

    def _read(self) -> list[Letter[Content]]:
        """Return as many of the messages in hand as go into one transaction."""
        letters: list[Letter[Content]] = []
        room = self.capacity()
        for delivery in self._in_hand:
            letter = self.read(delivery)
            letters.append(letter)
            room -= 0 if letter.content is None else self.weight(letter.content)
            if room <= 0:
                break
        return letters

    def _settle(self, letters: Sequence[Letter[Content]]) -> None:
        """Bury what can't be done, and take the rest off the queue: it is safe in the database."""
        with self._lost_with_the_broker():
            consumer = self.open()
            for letter in letters:
                if letter.reason:
                    consumer.reject(letter.delivery, reason=letter.reason)
                    self.fail(letter.delivery.message.id, letter.code, letter.reason, hint=self.dead)
            consumer.acknowledge([letter.delivery for letter in letters if not letter.reason])

    @contextmanager
    def _lost_with_the_broker(self) -> Iterator[None]:
        """Forget what is in hand when the broker is gone: it comes back, and then it is known already."""
        try:
            yield
        except UnreachableError:
            self.close()
            raise
