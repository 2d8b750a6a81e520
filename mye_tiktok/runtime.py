"""The composition root: each part is built on first use, so that a command pays only for what it touches."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from mye_tiktok import logs
from mye_tiktok.config import QUEUES, Settings
from mye_tiktok.domain.message import Broker, Queue

if TYPE_CHECKING:
    from mye_tiktok.db.cipher import TokenCipher
    from mye_tiktok.db.database import Database
    from mye_tiktok.jobs.fetching import Parts
    from mye_tiktok.jobs.tokens import DatabaseTokens
    from mye_tiktok.tiktok.app import App
    from mye_tiktok.tiktok.auth import AuthClient
    from mye_tiktok.tiktok.client import TikTokClient
    from mye_tiktok.tiktok.downloads import Downloads
    from mye_tiktok.tiktok.limiter import Limiter


def utc_now() -> datetime:
    """Return the time of this host."""
    return datetime.now(UTC)


class Runtime:
    """The parts of one process, made from its settings."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings, self.clock, self.sleep = settings, clock, sleep
        self._closing: list[Callable[[], None]] = []
        logs.hide(settings.secrets())

    def close(self) -> None:
        """Let go of every connection."""
        while self._closing:
            self._closing.pop()()

    @cached_property
    def cipher(self) -> "TokenCipher":
        """What encrypts tokens at rest."""
        from mye_tiktok.db.cipher import TokenCipher, load_or_create_key_file

        keys = [key.strip() for key in self.settings.text("TOKEN_KEY").split(",") if key.strip()]
        if keys:
            return TokenCipher(keys)
        key_file = self.settings.state_dir / "token.key"
        return TokenCipher(load_or_create_key_file(key_file), key_file=key_file)

    @cached_property
    def database(self) -> "Database":
        """The database; it is checked on first use, and the embedded one migrates itself."""
        from mye_tiktok.db.database import Database

        database = Database(self.settings.database_url, cipher=self.cipher)
        self._closing.append(database.close)
        return database

    @cached_property
    def broker(self) -> Broker:
        """RabbitMQ, or the broker embedded in the database."""
        broker: Broker
        if self.settings.broker_url:
            from mye_tiktok.broker.rabbitmq import RabbitBroker

            broker = RabbitBroker(self.settings.broker_url)
        else:
            from mye_tiktok.db.queues import EmbeddedBroker

            broker = EmbeddedBroker(self.database)
        self._closing.append(broker.close)
        return broker

    @cached_property
    def queues(self) -> Mapping[str, Queue]:
        """The topology: every queue by the name that commands use."""
        pairs = {name: self.settings.queue(name) for name in QUEUES}
        return {name: Queue(name=name, exchange=pair[0], queue=pair[1]) for name, pair in pairs.items()}

    @cached_property
    def app(self) -> "App":
        """The TikTok Shop app."""
        from mye_tiktok.tiktok.app import App

        self.settings.require("APP_KEY", "APP_SECRET")
        return App(app_key=self.settings.text("APP_KEY"), app_secret=self.settings.text("APP_SECRET"))

    @cached_property
    def auth(self) -> "AuthClient":
        """TikTok's token host."""
        from mye_tiktok.tiktok.auth import AuthClient

        auth = AuthClient(self.app, self.settings.text("TIKTOK_AUTH_URL"), clock=self.clock, sleep=self.sleep)
        self._closing.append(auth.close)
        return auth

    @cached_property
    def tokens(self) -> "DatabaseTokens":
        """Access tokens that are always valid."""
        from mye_tiktok.jobs.tokens import DatabaseTokens

        return DatabaseTokens(self.database, self.auth, clock=self.clock, sleep=self.sleep)

    @cached_property
    def limiter(self) -> "Limiter":
        """The request budget, shared with every other process through the database."""
        from mye_tiktok.db.budgets import DatabaseBudgets
        from mye_tiktok.tiktok.limiter import Limiter

        return Limiter(DatabaseBudgets(self.database), max_rps=self.settings.number("TIKTOK_MAX_RPS"), sleep=self.sleep)

    def parts(self, *, asks_tiktok: bool = True) -> "Parts":
        """Return what jobs are made of that relay in the end; most of them ask TikTok, and need its app for that."""
        from mye_tiktok.jobs.fetching import Parts

        # what is not set is told before anything is looked up in a database that is perhaps the wrong one
        if asks_tiktok:
            self.settings.require("APP_KEY", "APP_SECRET")
        return Parts(
            database=self.database,
            tiktok=self.tiktok,
            broker=lambda: self.broker,
            queues=self.queues,
            sleep=self.sleep,
        )

    def tiktok(self) -> "TikTokClient":
        """Return a new client of TikTok's API host; its request count starts at zero."""
        from mye_tiktok.tiktok.client import TikTokClient

        client = TikTokClient(
            self.app,
            self.settings.text("TIKTOK_API_URL"),
            self.tokens,
            self.limiter,
            clock=self.clock,
            sleep=self.sleep,
        )
        self._closing.append(client.close)
        return client

    def downloads(self) -> "Downloads":
        """Return what fetches documents from where TikTok says they lie."""
        from mye_tiktok.tiktok.downloads import Downloads

        downloads = Downloads(self.settings.text("TIKTOK_API_URL"), sleep=self.sleep)
        self._closing.append(downloads.close)
        return downloads
