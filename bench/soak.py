"""A hundred thousand events while listener and consumer are killed: every acknowledged one handled exactly once.

    python -m bench.soak [--events 100000] [--orders 2000] [--kills 5] [--consumer-kills 5] [--seed 1]

A sandbox has orders, which move meanwhile; events about them go to `serve-webhook`, 1 % forged, 5 % delivered twice
and 5 % out of order. What is not acknowledged is delivered again, as TikTok does. `serve-webhook` and
`consume webhooks` are killed with -9 at moments that a seed chose, and started again. In the end nothing may wait, and
then every event that was acknowledged must be there once and handled, no forged one stored, every change of an order
announced once, and every order as TikTok has it. Exit code 1: not so.
"""

import argparse
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from urllib.error import HTTPError

from bench import stage
from bench.courier import Courier, Delivery, event
from bench.figures import Figure, show
from bench.services import free_port

SENDERS = 16
FORGED, TWICE, DISPLACED = 0.01, 0.05, 0.05
FARTHEST = 500
PATIENCE = 900.0


def main() -> None:
    """Soak, check and print."""
    options = _options()
    with ExitStack() as stack:
        shop = stack.enter_context(stage.sandbox("--orders", str(options.orders), "--products", "50"))
        database = stack.enter_context(stage.database())
        names = stack.enter_context(stage.connected(shop, DATABASE_URL=database, TIKTOK_MAX_RPS="1000"))
        soak = Soak(options=options, shop=shop, database=database, names=names)
        figures = soak.run()
    show("soak", figures)
    sys.exit(0 if all(figure.ok for figure in figures) else 1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=2_000)
    parser.add_argument("--kills", type=int, default=5, help="of the listener")
    parser.add_argument("--consumer-kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@dataclass(slots=True, kw_only=True)
class Victim:
    """A command that is killed and started again."""

    names: stage.Environment
    arguments: tuple[str, ...]
    kills: int = 0
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and return once it says that it is ready."""
        command = [*stage.PROGRAM, *self.arguments]
        self.process = subprocess.Popen(
            command, env=dict(self.names), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stderr is not None
        while line := self.process.stderr.readline():
            if line.rstrip().endswith("ready"):
                # what it says from now on is read, so that it never waits for us
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return
        raise SystemExit(f"{' '.join(self.arguments)} did not start")

    def kill(self) -> None:
        """Kill it as `kill -9` does, and start it again."""
        self.stop(kill=True)
        self.kills += 1
        self.start()

    def stop(self, *, kill: bool = False) -> None:
        """End it."""
        assert self.process is not None
        self.process.kill() if kill else self.process.terminate()
        self.process.wait(timeout=60)


@dataclass(slots=True, kw_only=True)
class Soak:
    """One soak: what is sent, by whom, and what came of it."""

    options: argparse.Namespace
    shop: stage.Sandbox
    database: str
    names: stage.Environment
    chance: random.Random = field(init=False)
    orders: list[str] = field(init=False)
    shop_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.options.seed)
        self.orders = [order["id"] for order in self.shop.get(f"orders?limit={self.options.orders}")["orders"]]
        self.shop_id = str(self.shop.get("shops")["shops"][0]["id"])

    def run(self) -> list[Figure]:
        """Send everything while processes die, wait until nothing is left to do, and check."""
        port = free_port()
        listener = Victim(names=self.names, arguments=("serve-webhook", "--port", str(port)))
        consumer = Victim(names=self.names, arguments=("consume", "webhooks"))
        secret = (self.names["APP_KEY"], self.names["APP_SECRET"])
        courier = Courier(port, secret, self.deliveries())
        started = time.monotonic()
        for victim in (listener, consumer):
            victim.start()
        courier.start(SENDERS)
        killers = [
            threading.Thread(target=self._kill, args=(listener, courier, self.options.kills)),
            threading.Thread(target=self._kill, args=(consumer, courier, self.options.consumer_kills)),
        ]
        for killer in killers:
            killer.start()
        moved = self._move_orders(courier)
        courier.finish()
        for killer in killers:
            killer.join()
        sent = time.monotonic() - started
        self._wait_until_handled()
        consumer.stop()
        listener.stop()
        return [
            *self._checks(courier),
            Figure(name="deliveries acknowledged", value=courier.answers[200]),
            Figure(name="deliveries that had to be repeated", value=courier.repeated),
            Figure(name="listener killed", value=listener.kills, at_least=self.options.kills),
            Figure(name="consumer killed", value=consumer.kills, at_least=self.options.consumer_kills),
            Figure(name="orders moved meanwhile", value=moved),
            Figure(name="sending", value=sent, unit="s"),
            Figure(name="until everything was handled", value=time.monotonic() - started, unit="s"),
        ]

    def deliveries(self) -> list[Delivery]:
        """Return what is sent, in the order it is sent; a forged event is one that TikTok never told of."""
        made: list[tuple[float, Delivery]] = []
        for number in range(self.options.events):
            body = event(self.shop_id, self.chance.choice(self.orders), number)
            genuine = self.chance.random() >= FORGED
            place = float(number)
            if self.chance.random() < DISPLACED:
                place += self.chance.uniform(-FARTHEST, FARTHEST)
            made.append((place, Delivery(body=body, genuine=genuine)))
            if genuine and self.chance.random() < TWICE:
                made.append((place + self.chance.uniform(0, FARTHEST), Delivery(body=body, genuine=True)))
        return [delivery for _, delivery in sorted(made, key=lambda one: one[0])]

    def _kill(self, victim: Victim, courier: Courier, times: int) -> None:
        """Kill `victim` at so many moments of the sending, about evenly apart."""
        chance = random.Random(f"{self.options.seed} {victim.arguments[0]}")
        for number in range(times):
            moment = (number + chance.random()) / times * 0.95
            while courier.progress < moment:
                time.sleep(0.01)
            victim.kill()

    def _move_orders(self, courier: Courier) -> int:
        """Let orders of the sandbox go on while events are sent; each change is told by an event of its own."""
        moved = 0
        while not courier.done:
            order = self.chance.choice(self.orders)
            try:
                self.shop.post("orders/advance", order_id=order)
            except HTTPError:
                continue  # it had come to its end
            finally:
                time.sleep(0.02)
            moved += 1
            courier.add(Delivery(body=event(self.shop_id, order, self.options.events + moved), genuine=True))
        return moved

    def _wait_until_handled(self) -> None:
        """Wait until nothing is pending: what a killed consumer held comes back after a minute."""
        ends = time.monotonic() + PATIENCE
        while self._count("SELECT count(*) FROM webhook_events WHERE state = 'pending'"):
            if time.monotonic() > ends:
                return
            time.sleep(0.5)

    def _checks(self, courier: Courier) -> Iterator[Figure]:
        rows = stage.execute(self.database, "SELECT body, state FROM webhook_events")
        found = Counter(bytes(body) for body, _ in rows)
        handled = {bytes(body) for body, state in rows if state == "handled"}
        acknowledged = courier.acknowledged
        forged = {delivery.body for delivery in courier.deliveries if not delivery.genuine}
        yield _none("acknowledged events that are not handled", len(acknowledged - handled))
        yield _none("events that are there more than once", sum(number > 1 for number in found.values()))
        yield _none("forged events stored", len(forged & set(found)))
        yield _none("forged events acknowledged", len(forged & acknowledged))
        yield _none("events stored that nobody sent", len(set(found) - acknowledged - forged))
        yield _none("changes announced more or less than once", self._count(ANNOUNCED_WRONGLY))
        yield _none("orders created more or less than once", self._count(CREATED_WRONGLY))
        yield _none("orders that are not as TikTok has them", self._outdated())
        yield Figure(name="events acknowledged and handled once", value=len(acknowledged & handled))
        yield Figure(name="changes announced", value=self._count("SELECT count(*) FROM order_changes"))

    def _outdated(self) -> int:
        ours = dict(stage.execute(self.database, "SELECT order_id, status FROM orders"))
        theirs = self.shop.get(f"orders?limit={self.options.orders}")["orders"]
        return sum(ours[order["id"]] != order["status"] for order in theirs if order["id"] in ours)

    def _count(self, query: str) -> int:
        return int(stage.execute(self.database, query)[0][0])


MESSAGES = """
    SELECT subject AS order_id, (body::json ->> 'version')::int AS version, count(*) AS number,
           count(*) FILTER (WHERE type LIKE '%.created.%') AS created
    FROM outbox WHERE type LIKE 'mye.tiktok.order.%' GROUP BY 1, 2
"""
ANNOUNCED_WRONGLY = f"""
    SELECT count(*) FROM order_changes FULL JOIN ({MESSAGES}) told USING (order_id, version)
    WHERE told.number IS DISTINCT FROM 1 OR order_changes.order_id IS NULL
"""
CREATED_WRONGLY = f"""
    SELECT count(*) FROM (SELECT order_id, sum(created) AS created FROM ({MESSAGES}) told GROUP BY 1) orders
    WHERE created <> 1
"""


def _none(name: str, value: int) -> Figure:
    return Figure(name=name, value=value, at_most=0)


if __name__ == "__main__":
    main()
