"""`mye-tiktok demo`: the main job end to end, against the sandbox, in a folder that is thrown away."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import print_json, say
from mye_tiktok.cli.session import AsJson, Signals
from mye_tiktok.errors import MyeTikTokError

if TYPE_CHECKING:
    from mye_tiktok.domain.message import Message
    from mye_tiktok.domain.report import Report
    from mye_tiktok.runtime import Runtime
    from mye_tiktok.sandbox.sandbox import Sandbox

CHANNEL = "demo-shop"
CHANGED = 3
NEXT = """\
Go on with:
  mye-tiktok sandbox serve            a TikTok Shop to play with, in a terminal of its own
  mye-tiktok auth url                 the link a seller opens; then `mye-tiktok auth integrate --code CODE`
  mye-tiktok products fetch-all       what you just saw, with a shop of yours; `orders fetch` the same for orders
  mye-tiktok serve-webhook            the listener; `consume webhooks` handles what it takes
  mye-tiktok inventory push           stock, once `consume inventory` or `inventory import` took it in; try --dry-run
  mye-tiktok ship bulk FILE.csv       the warehouse's tracking numbers; `ship due` shows what has to leave next
  mye-tiktok doctor                   whether everything is in place"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", epilog="Example: mye-tiktok demo --products 200")(demo)


def demo(
    products: Annotated[int, typer.Option(min=10, max=5000, help="How many products the demo shop has.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Run the main job end to end against a sandbox: nothing to install, nothing is left behind."""
    from mye_tiktok.cli.demo_orders import play_orders
    from mye_tiktok.cli.demo_scene import Silent, Teller, scene
    from mye_tiktok.cli.demo_shipping import play_shipping
    from mye_tiktok.cli.demo_stock import play_stock

    tell = Silent() if as_json else Teller()
    with Signals() as signals, scene(products) as on:
        sandbox, runtime = on.sandbox, on.runtime
        tell.step(
            "a TikTok Shop of our own is running", f"{products} products, at {runtime.settings.text('TIKTOK_API_URL')}"
        )
        shop = _connect(sandbox, runtime)
        tell.step("the shop is connected", f"{shop} is channel {CHANNEL}; its tokens are stored encrypted")
        first = _fetch(runtime, signals)
        tell.step("products fetch-all: the whole catalogue", _words(first))
        messages = _messages(runtime)
        tell.messages("product", messages)
        again = _fetch(runtime, signals)
        tell.step("products fetch-all again: nothing changed, nothing is sent", _words(again))
        changed = sandbox.change_products(CHANGED)
        third = _fetch(runtime, signals)
        tell.step(f"{CHANGED} products change at TikTok, and fetch-all once more", _words(third))
        fresh = _messages(runtime)[len(messages) :]
        tell.messages("product", fresh)
        _verify(products, first, again, third, changed, fresh)
        orders = play_orders(on, CHANNEL, signals, tell)
        stock = play_stock(on, CHANNEL, signals, tell)
        shipping = play_shipping(on, tell)
    summary = {
        "products": products,
        "runs": [dict(report.counts) | {"requests": report.requests} for report in (first, again, third)],
        "messages": len(messages) + len(fresh),
        "orders": orders,
        "stock": stock,
        "shipping": shipping,
        "outcome": "ok",
    }
    if as_json:
        print_json(summary)
        return
    say(
        f"\nThat is the main job: {products} products reached MYE's product queue once each, and of {CHANGED}"
        f" changes exactly {len(fresh)} were sent again. Both orders are on the order queue, once each, although one"
        " webhook was lost. TikTok shows the stock that MYE has, and the item that was wrong has its answer. Five"
        f" parcels left once each.\n\n{NEXT}"
    )


def _connect(sandbox: "Sandbox", runtime: "Runtime") -> str:
    from mye_tiktok.jobs import authorization as jobs

    channels = jobs.integrate(
        runtime.database,
        runtime.auth,
        runtime.tiktok(),
        app_key=runtime.app.app_key,
        code=sandbox.auth_code(),
        wish=jobs.Wish(channel_uid=CHANNEL),
        clock=runtime.clock,
    )
    return channels[0].shop_name


def _fetch(runtime: "Runtime", signals: Signals) -> "Report":
    from mye_tiktok.cli.reports import progress, surroundings
    from mye_tiktok.jobs import fetching
    from mye_tiktok.jobs.products import PullOptions

    parts = runtime.parts()
    with progress("products fetch-all") as bar:
        done = fetching.fetch_all(
            parts,
            fetching.choose(runtime.database, CHANNEL, all_channels=False),
            PullOptions(),
            surroundings(runtime, signals),
            progress=bar,
        )
    if done.errors:
        raise done.errors[0]
    return done.report


def _messages(runtime: "Runtime") -> "Sequence[Message]":
    return runtime.broker.peek(runtime.queues["product"], limit=100_000)


def _words(report: "Report") -> str:
    from mye_tiktok.cli.reports import requests_in_words

    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number) or "nothing to do"
    return f"{counts} ({requests_in_words(report.requests)} to TikTok)"


def _verify(
    products: int,
    first: "Report",
    again: "Report",
    third: "Report",
    changed: Sequence[str],
    fresh: "Sequence[Message]",
) -> None:
    sent: Mapping[str, int] = {
        "first": first.counts.get("sent", 0),
        "again": again.counts.get("sent", 0),
        "third": third.counts.get("sent", 0),
    }
    right = sent == {"first": products, "again": 0, "third": CHANGED}
    if not right or {message.subject for message in fresh} != set(changed):
        raise MyeTikTokError(
            f"the demo did not end as it should: {sent['first']}, {sent['again']} and {sent['third']} messages"
        )
