"""A shop on the stand-in that answers at once (bench/instant.py), connected without asking TikTok for tokens."""

import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from bench import stage
from mye_tiktok import config
from mye_tiktok.db import authorizations, channels
from mye_tiktok.domain.authorization import Shop, TokenGrant
from mye_tiktok.domain.budget import Budget, BudgetStore
from mye_tiktok.domain.channel import Channel
from mye_tiktok.runtime import Runtime
from mye_tiktok.tiktok.operations import GET_ORDER_DETAIL, GET_PRODUCT, SEARCH_PRODUCTS

APP, SHOP = "bench", "7490000000000000001"


@contextmanager
def server(products: int, skus: int) -> Iterator[str]:
    """Serve a shop in a process of its own; yields its URL."""
    command = [sys.executable, "-m", "bench.instant", "--products", str(products), "--skus", str(skus)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def environment(products: int, skus: int) -> Iterator[dict[str, str]]:
    """Serve a shop and name a database, a queue and a state folder; yields what a shell would export."""
    with (
        server(products, skus) as url,
        stage.database() as database,
        stage.queues() as queues,
        stage.folder() as state,
    ):
        names = {"XDG_STATE_HOME": str(state), "DATABASE_URL": database, "TIKTOK_API_URL": url}
        yield stage.bare() | names | queues | {"APP_KEY": APP, "APP_SECRET": "bench-secret"}


@contextmanager
def runtime(names: stage.Environment) -> Iterator[Runtime]:
    """Build the runtime that a command would have."""
    built = Runtime(config.load(names))
    try:
        yield built
    finally:
        built.close()


def connect(parts: Runtime) -> Channel:
    """Store an authorization and a channel, as `auth integrate` does."""
    now = datetime.now(UTC)
    ends = now + timedelta(days=7)
    grant = TokenGrant(
        access_token=uuid.uuid4().hex,
        access_token_expires_at=ends,
        refresh_token=uuid.uuid4().hex,
        refresh_token_expires_at=ends,
        open_id="bench",
    )
    shop = Shop(shop_id=SHOP, name="bench", region="GB", seller_type="LOCAL", cipher="GCP_bench")
    with parts.database.transaction() as session:
        stored = authorizations.save_grant(session, APP, grant, now=now)
        return channels.connect(session, stored, shop, channel_uid=stage.CHANNEL, now=now)


def quicken(budgets: BudgetStore, rate: float) -> None:
    """Let the limiter of each endpoint be at `rate` requests per second from the first one on."""
    now = datetime.now(UTC)
    budget = Budget(rate=rate, next_slot_at=now, raised_at=now)
    for operation in (SEARCH_PRODUCTS, GET_PRODUCT, GET_ORDER_DETAIL):
        budgets.change(f"{APP}:{SHOP}:{operation.name}", lambda *_: (budget, None))
