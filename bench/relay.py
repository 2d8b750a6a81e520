"""The relay against one confirm per message: into quorum queues of the same broker, in the same run.

    python -m bench.relay [--messages 20000] [--naive 2000] [--size 2000] [--rounds 5]

`one confirm per message` is pika's BlockingConnection with confirm_delivery; `bare publishing` is our publisher alone;
`the relay` is the whole way from pending rows in PostgreSQL over the confirmed publish to rows marked sent, and
`the command` is that in `mye-tiktok outbox relay --once`, its start left out. They take turns, and each ratio is the
median over the rounds. A queue, an exchange and a database are made for it and deleted.
"""

import argparse
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import pika

from bench import rig, stage
from bench.figures import Figure, show
from mye_tiktok.db import outbox
from mye_tiktok.domain.message import Message, Queue, cloud_events
from mye_tiktok.domain.progress import never
from mye_tiktok.domain.report import Report
from mye_tiktok.jobs.outbox import relay
from mye_tiktok.runtime import Runtime

LIMIT = 12.0
BATCH = 2_000
REST = 2.0
NAMES = ("one confirm per message", "bare publishing", "the relay", "the command")


def main() -> None:
    """Measure and print."""
    options = _options()
    with _bench(options) as bench:
        rounds = [bench.round() for _ in range(options.rounds)]
    rates = [statistics.median(column) for column in zip(*rounds, strict=True)]
    ratios = [statistics.median(rates[which] / rates[0] for rates in rounds) for which in range(len(NAMES))]
    shown = [Figure(name=name, value=rate, unit="1/s") for name, rate in zip(NAMES, rates, strict=True)]
    shown += [
        Figure(name="bare publishing ÷ one confirm per message", value=ratios[1]),
        Figure(name="the relay ÷ one confirm per message", value=ratios[2], at_least=LIMIT),
        Figure(name="the command ÷ one confirm per message", value=ratios[3]),
    ]
    show("relay", shown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--naive", type=int, default=2_000, help="messages for the slow way")
    parser.add_argument("--size", type=int, default=2_000, help="bytes of a body")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The parts, and what is sent: other messages each round, for an id leaves once."""

    runtime: Runtime
    names: stage.Environment
    options: argparse.Namespace

    @property
    def queue(self) -> Queue:
        """The product queue."""
        return self.runtime.queues["product"]

    def round(self) -> tuple[float, ...]:
        """Return the messages per second of each way."""
        few, many = self._messages(self.options.naive), self._messages(self.options.messages)
        self._rest()
        naive = _rate(len(few), lambda: self._publish_naively(few))
        self._rest()
        bare = _rate(len(many), lambda: self._publish(many))
        return naive, bare, self._relayed(), self._commanded()

    def _rest(self) -> None:
        """Empty the queue, and let the broker write its segments: nobody shall pay for the one before."""
        connection = pika.BlockingConnection(pika.URLParameters(stage.RABBITMQ))
        connection.channel().queue_purge(self.queue.queue)
        connection.close()
        time.sleep(REST)

    def _messages(self, count: int) -> list[Message]:
        return [_message(number, self.options.size) for number in range(count)]

    def _publish_naively(self, messages: list[Message]) -> None:
        connection = pika.BlockingConnection(pika.URLParameters(stage.RABBITMQ))
        channel = connection.channel()
        channel.confirm_delivery()
        for message in messages:
            channel.basic_publish(
                self.queue.exchange, self.queue.queue, message.body, _properties(message), mandatory=True
            )
        connection.close()

    def _publish(self, messages: list[Message]) -> None:
        for start in range(0, len(messages), BATCH):
            receipts = self.runtime.broker.publish(self.queue, messages[start : start + BATCH])
            assert all(receipt.outcome == "confirmed" for receipt in receipts)

    def _relayed(self) -> float:
        self._fill()
        self._rest()
        report = Report(job="outbox relay")
        queues = {"product": self.queue}
        taken = _rate(
            self.options.messages,
            lambda: relay(
                self.runtime.database,
                lambda: self.runtime.broker,
                queues,
                clock=self.runtime.clock,
                stop=never,
                report=report,
            ),
        )
        assert report.counts == {"sent": self.options.messages}, report.counts
        return taken

    def _commanded(self) -> float:
        self._fill()
        self._rest()
        done = stage.must(self.names, "outbox", "relay", "--once", "--json").data
        assert done["counts"]["sent"] == self.options.messages, done
        return float(self.options.messages / done["seconds"])

    def _fill(self) -> None:
        messages = [("product", message) for message in self._messages(self.options.messages)]
        for start in range(0, len(messages), 100):
            with self.runtime.database.transaction() as session:
                outbox.add(session, messages[start : start + 100], now=self.runtime.clock())


def _rate(count: int, work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return count / (time.perf_counter() - started)


def _properties(message: Message) -> pika.BasicProperties:
    headers: dict[str, Any] = dict(cloud_events(message))
    return pika.BasicProperties(
        content_type="application/json", delivery_mode=2, message_id=message.id, headers=headers
    )


def _message(number: int, size: int) -> Message:
    return Message(
        id=uuid.uuid4().hex,
        type="mye.tiktok.product.created.v1",
        subject=str(number),
        key=str(number),
        time=datetime.now(UTC),
        body=msgspec.json.encode({"number": number, "filling": "x" * size}),
        dataschema="urn:mye:tiktok:product.created:v1",
    )


@contextmanager
def _bench(options: argparse.Namespace) -> Iterator[Bench]:
    with (
        stage.database() as database,
        stage.queues() as queues,
        stage.folder() as state,
    ):
        names = stage.bare() | {"XDG_STATE_HOME": str(state), "DATABASE_URL": database} | queues
        with rig.runtime(names) as runtime:
            runtime.broker.declare([runtime.queues["product"]])
            yield Bench(runtime=runtime, names=names, options=options)


if __name__ == "__main__":
    main()
