"""The whole bridge in one process: a sandbox TikTok, a database, a broker, and processes that work on them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from mye_tiktok.db import authorizations, channels, leases, outbox, products, runs, watermarks
from mye_tiktok.db.database import Database
from mye_tiktok.domain.authorization import Authorization
from mye_tiktok.domain.channel import Channel
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.message import Message, OutboxRow, Queue
from mye_tiktok.domain.period import Period
from mye_tiktok.domain.product import Product
from mye_tiktok.domain.progress import Silence, Stop, never
from mye_tiktok.domain.report import Report
from mye_tiktok.domain.run import Lease, Run
from mye_tiktok.errors import StoppedError
from mye_tiktok.jobs import authorization as connecting
from mye_tiktok.jobs.authorization import Wish
from mye_tiktok.jobs.done import Done
from mye_tiktok.jobs.fetching import FETCH, Parts, fetch_all, fetch_orders
from mye_tiktok.jobs.order_reading import OrderOptions
from mye_tiktok.jobs.products import PullOptions
from mye_tiktok.jobs.relaying import relay_once
from mye_tiktok.jobs.running import Surroundings
from mye_tiktok.jobs.tokens import DatabaseTokens
from mye_tiktok.sandbox.sandbox import Sandbox
from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.auth import AuthClient
from mye_tiktok.tiktok.budgets import InMemoryBudgets
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.limiter import Limiter
from tests.flows.clock import Clock
from tests.flows.remote import WatchedBroker, WatchedTransport

API = "http://tiktok.test"


@dataclass(slots=True, kw_only=True)
class Process:
    """What one run of the program is made of: it knows nothing but what the database tells it."""

    world: "World"
    tokens: DatabaseTokens
    auth: AuthClient
    tiktok: Callable[[], TikTokClient]

    def integrate(self, code: str, *, channel_uid: str = "", shop_id: str = "") -> list[Channel]:
        """Connect what the code of a redirect allows."""
        return connecting.integrate(
            self.world.database,
            self.auth,
            self.tiktok(),
            app_key=self.world.sandbox.app_key,
            code=code,
            wish=Wish(channel_uid=channel_uid, shop_id=shop_id),
            clock=self.world.clock,
        )


@dataclass(slots=True, kw_only=True)
class World:
    """Everything a flow touches, and the questions a test asks afterwards."""

    clock: Clock
    sandbox: Sandbox
    database: Database
    broker: WatchedBroker
    transport: WatchedTransport
    queues: Mapping[str, Queue]
    seconds_to_answer: float = 30.0
    api_url: str = API
    _closing: list[Callable[[], None]] = field(default_factory=list)

    @property
    def queue(self) -> Queue:
        """The queue of products."""
        return self.queues["product"]

    def process(
        self,
        *,
        transport: WatchedTransport | None = None,
        database: Database | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> Process:
        """Start the program anew, perhaps on a connection of its own."""
        app = App(app_key=self.sandbox.app_key, app_secret=self.sandbox.app_secret)
        clock, wire = self.clock, transport or self.transport
        limiter = Limiter(InMemoryBudgets(clock), max_rps=1000, monotonic=clock.unix, sleep=clock.sleep)
        auth = AuthClient(app, self.api_url, transport=wire, clock=clock, sleep=clock.sleep)
        tokens = DatabaseTokens(database or self.database, auth, clock=clock, sleep=sleep or clock.sleep)

        def tiktok() -> TikTokClient:
            return TikTokClient(
                app,
                self.api_url,
                tokens,
                limiter,
                transport=wire,
                clock=clock,
                sleep=clock.sleep,
                timeout=self.seconds_to_answer,
            )

        return Process(world=self, tokens=tokens, auth=auth, tiktok=tiktok)

    def connect(self, seller: int = 0) -> Channel:
        """Connect the shops of a seller and return the first channel."""
        return self.process().integrate(self.sandbox.auth_code(seller))[0]

    def around(self, stop: Stop = never) -> Surroundings:
        """What a run is told by whoever starts it."""
        return Surroundings(trigger="test", clock=self.clock, stop=stop)

    def fetch(
        self,
        *chosen: Channel,
        full: bool = False,
        dry_run: bool = False,
        force: bool = False,
        limit: int | None = None,
        workers: int = 16,
        stop: Stop = never,
        sleep: Callable[[float], None] | None = None,
    ) -> Done:
        """Run `products fetch-all` on these channels, or on all of them, as a process of its own."""
        options = PullOptions(full=full, dry_run=dry_run, force=force, limit=limit, workers=workers)
        parts = Parts(
            database=self.database,
            tiktok=self.process().tiktok,
            broker=lambda: self.broker,
            queues=self.queues,
            sleep=sleep or self.clock.sleep,
        )
        return fetch_all(parts, chosen or self.channels(), options, self.around(stop), progress=Silence())

    def fetch_orders(
        self,
        *chosen: Channel,
        period: Period | None = None,
        dry_run: bool = False,
        limit: int | None = None,
        stop: Stop = never,
        database: Database | None = None,
        transport: WatchedTransport | None = None,
    ) -> Done:
        """Run `orders fetch` on these channels, or on all of them, as a process of its own."""
        options = OrderOptions(dry_run=dry_run, limit=limit, period=period)
        parts = Parts(
            database=database or self.database,
            tiktok=self.process(transport=transport).tiktok,
            broker=lambda: self.broker,
            queues=self.queues,
            sleep=self.clock.sleep,
        )
        return fetch_orders(parts, chosen or self.channels(), options, self.around(stop), progress=Silence())

    def relay(self, *, limit: int | None = None, stop: Stop = never) -> Report:
        """Run `outbox relay --once`."""
        return relay_once(self.database, lambda: self.broker, self.queues, self.around(stop), limit=limit)

    def later(self, span: timedelta = timedelta(hours=1)) -> None:
        """Let time pass, and forget what was asked until now."""
        self.clock.advance(span)
        self.sandbox.requests.clear()

    def channels(self) -> list[Channel]:
        """Every channel that is stored."""
        with self.database.transaction() as session:
            return channels.list_all(session)

    def authorization(self, channel: Channel) -> Authorization:
        """The stored authorization of a channel."""
        return self.authorization_by_id(channel.authorization_id)

    def authorization_by_id(self, authorization_id: int) -> Authorization:
        """A stored authorization."""
        with self.database.transaction() as session:
            return authorizations.get(session, authorization_id)

    def outbox(self) -> list[OutboxRow]:
        """Every message that was ever queued, in order."""
        with self.database.transaction() as session:
            return outbox.list_rows(session, limit=100_000)

    def told(self) -> list[tuple[str, str]]:
        """What MYE was told, in order: product id and kind of change."""
        return [(row.message.subject, kind(row.message)) for row in self.outbox()]

    def on_queue(self) -> Sequence[Message]:
        """What stands in the product queue."""
        return self.broker.peek(self.queue, limit=100_000)

    def product(self, channel: Channel, product_id: str) -> Product | None:
        """A stored product."""
        with self.database.transaction() as session:
            return products.get(session, channel.channel_uid, product_id)

    def stored(self, channel: Channel) -> int:
        """How many products are stored and not removed."""
        with self.database.transaction() as session:
            return products.count(session, channel.channel_uid)

    def watermark(self, channel: Channel) -> datetime | None:
        """How far the channel was read."""
        with self.database.transaction() as session:
            return watermarks.get(session, channel.channel_uid, "products")

    def runs(self, job: str = FETCH) -> list[Run]:
        """The runs of a job, newest first."""
        with self.database.transaction() as session:
            return runs.list_all(session, job=job)

    def lease(self, channel_uid: str, job: str = FETCH) -> Lease | None:
        """Who holds a job."""
        with self.database.transaction() as session:
            return leases.get(session, job=job, channel_uid=channel_uid)

    def asked(self, operation: str | None = None, *, code: int | None = None) -> int:
        """How many requests TikTok saw since the log was cleared."""
        return self.sandbox.requests.count(operation, code=code)


def kind(message: Message) -> str:
    """Return created, updated or removed."""
    return message.type.split(".")[-2]


def body(message: Message) -> Json:
    """Return a message's JSON."""
    decoded: Json = msgspec.json.decode(message.body)
    return decoded


def stop_after(calls: int) -> Callable[[], None]:
    """Return a Stop that a signal reaches after so many looks."""
    left = iter(range(calls))

    def stop() -> None:
        if next(left, None) is None:
            raise StoppedError("stopped by SIGTERM; what was done is saved", signal_number=15)

    return stop
