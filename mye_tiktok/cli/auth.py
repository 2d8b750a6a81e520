"""`mye-tiktok auth`: connect shops and keep their authorizations alive."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mye_tiktok.cli.channel_view import channels_json, print_channels, tell_parked_events
from mye_tiktok.cli.output import note, say, show, table
from mye_tiktok.cli.session import AllChannels, AsJson, ChannelOption, job_runtime, opened
from mye_tiktok.errors import NeedsPersonError, WrongUsageError

if TYPE_CHECKING:
    from mye_tiktok.domain.channel import Channel
    from mye_tiktok.jobs.authorization import Wish
    from mye_tiktok.runtime import Runtime

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Authorizations: connect shops, renew tokens.")
Region = Annotated[Literal["us", "row"], typer.Option(help="The market: us, or row for everywhere else.")]
ChannelUid = Annotated[str | None, typer.Option("--channel-uid", help="MYE's name for the channel; else a UUID.")]
ShopId = Annotated[str | None, typer.Option("--shop-id", help="Connect only this shop of the authorization.")]


@app.command("url", epilog="Example: mye-tiktok auth url --region us")
def url(ctx: typer.Context, region: Region = "row", as_json: AsJson = False) -> None:
    """Print the link that a seller opens to authorize the app; it is good once, for 30 minutes."""
    with opened(ctx) as runtime:
        state, link = _link(runtime, region)
    show({"url": link, "state": state}, as_json=as_json, plain=lambda: say(link))


@app.command("integrate", epilog="Example: mye-tiktok auth integrate --code TTP_… --state STATE --channel-uid uk-1")
def integrate(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Option(help="The code of TikTok's redirect; good once, for 30 minutes.")] = None,
    state: Annotated[str | None, typer.Option(help="The state of the redirect; checked when given.")] = None,
    channel_uid: ChannelUid = None,
    shop_id: ShopId = None,
    authorization: Annotated[int | None, typer.Option(help="Go on with a stored authorization, no code.")] = None,
    as_json: AsJson = False,
) -> None:
    """Exchange the code of TikTok's redirect for tokens and connect the shops they cover.

    Integrating a shop again renews its channel, and wakes it when it was parked.
    """
    from mye_tiktok.db import authorizations
    from mye_tiktok.jobs import authorization as jobs

    if (code is None) == (authorization is None):
        raise WrongUsageError("give either --code CODE or --authorization ID")
    wish = jobs.Wish(channel_uid=channel_uid or "", shop_id=shop_id or "")
    with opened(ctx) as runtime:
        if code is not None:
            connected = _integrate(runtime, code, state, wish)
        else:
            with runtime.database.transaction() as session:
                stored = authorizations.get(session, authorization or 0)
            connected = jobs.connect(runtime.database, runtime.tiktok(), stored, wish=wish, clock=runtime.clock)
        data = channels_json(runtime, connected)
        tell_parked_events(runtime, connected)
    show(data, as_json=as_json, plain=lambda: print_channels(data))
    _tell_kept_name(connected, channel_uid)


@app.command("login", epilog="Example: mye-tiktok auth login --region us")
def login(
    ctx: typer.Context,
    region: Region = "row",
    channel_uid: ChannelUid = None,
    shop_id: ShopId = None,
    wait: Annotated[int, typer.Option(min=1, help="Seconds to wait for the seller.")] = 600,
    as_json: AsJson = False,
) -> None:
    """Print the link, listen for TikTok's redirect on WEBHOOK_HOST:WEBHOOK_PORT, and connect the shops."""
    from mye_tiktok.cli.redirect import Landing
    from mye_tiktok.jobs import authorization as jobs

    wish = jobs.Wish(channel_uid=channel_uid or "", shop_id=shop_id or "")
    with job_runtime(ctx) as (runtime, signals):
        state, link = _link(runtime, region)
        host, port = runtime.settings.text("WEBHOOK_HOST"), int(runtime.settings.number("WEBHOOK_PORT"))
        with Landing(host, port, state) as landing:
            note(f"open this link as the shop's owner:\n\n  {link}\n")
            note(f"waiting for the redirect to {runtime.settings.text('PUBLIC_URL') or landing.url} … ready")
            code = landing.wait(wait, signals)
            connected = _integrate(runtime, code, state, wish)
            landing.tell(
                f"Connected: {', '.join(channel.shop_name for channel in connected)}. You can close this page."
            )
        data = channels_json(runtime, connected)
        tell_parked_events(runtime, connected)
    show(data, as_json=as_json, plain=lambda: print_channels(data))
    _tell_kept_name(connected, channel_uid)


@app.command("shops", epilog="Example: mye-tiktok auth shops --channel UID")
def shops(ctx: typer.Context, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """List the shops that a channel's authorization covers, live from TikTok."""
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.shops import authorized_shops

    with opened(ctx) as runtime:
        found = authorized_shops(runtime.tiktok(), choose_one(runtime.database, channel).access)
    rows = [
        {
            "id": shop.shop_id,
            "name": shop.name,
            "region": shop.region,
            "seller_type": shop.seller_type,
            "code": shop.code,
        }
        for shop in found
    ]
    show(
        {"shops": rows},
        as_json=as_json,
        plain=lambda: table(
            ("SHOP", "NAME", "REGION", "SELLER", "CODE"),
            [tuple(row.values()) for row in rows],
            empty="the authorization covers no shop",
        ),
    )


@app.command("active-shops", epilog="Example: mye-tiktok auth active-shops --channel UID")
def shops_active(ctx: typer.Context, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """List the seller's active shops, live from TikTok."""
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.tiktok.shops import active_shops

    with opened(ctx) as runtime:
        found = active_shops(runtime.tiktok(), choose_one(runtime.database, channel).access)
    rows = [{"id": shop.get("id"), "region": shop.get("region")} for shop in found]
    show(
        {"shops": rows},
        as_json=as_json,
        plain=lambda: table(("SHOP", "REGION"), [tuple(row.values()) for row in rows], empty="no active shop"),
    )


@app.command("channels", epilog="Example: mye-tiktok auth channels --json")
def channels(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the connected channels and when their tokens and authorizations end."""
    from mye_tiktok.db import channels as stored

    with opened(ctx) as runtime:
        with runtime.database.transaction() as session:
            known = stored.list_all(session)
        data = channels_json(runtime, known)
    show(data, as_json=as_json, plain=lambda: print_channels(data))


@app.command("refresh", epilog="Example (cron): mye-tiktok auth refresh --all-channels --within 24h")
def refresh(
    ctx: typer.Context,
    channel: ChannelOption = None,
    all_channels: AllChannels = False,
    within: Annotated[str, typer.Option(help="Renew only tokens that end within this time: 24h, 90m, 3d.")] = "",
    as_json: AsJson = False,
) -> None:
    """Renew access tokens; a refused renewal parks the authorization and its channels."""
    from mye_tiktok.cli.durations import parse_duration
    from mye_tiktok.cli.reports import finish, surroundings
    from mye_tiktok.jobs import fetching, refreshing

    span: timedelta | None = parse_duration(within) if within else None
    with job_runtime(ctx) as (runtime, signals):
        chosen = fetching.choose(runtime.database, channel, all_channels=all_channels)
        done = refreshing.refresh(runtime.database, runtime.tokens, chosen, surroundings(runtime, signals), within=span)
    finish(done, as_json=as_json)


@app.command("status", epilog="Example (monitor): mye-tiktok auth status --check")
def status(
    ctx: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Exit 77 when one ends within 14 days or rests.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show every authorization: its state, when it ends, and whether a person must act."""
    from mye_tiktok.db import authorizations, channels
    from mye_tiktok.jobs.authorization import health

    with opened(ctx) as runtime, runtime.database.reading() as session:
        known = [stored for stored in authorizations.list_all(session) if stored.state != "removed"]
        found = [
            health(stored, channels.of_authorization(session, stored.authorization_id), now=runtime.clock())
            for stored in known
        ]
    rows = [
        {
            "authorization": one.authorization.authorization_id,
            "seller": one.authorization.grant.seller_name,
            "state": one.authorization.state,
            "access_token_expires_at": one.authorization.grant.access_token_expires_at,
            "authorization_ends_at": one.authorization.ends_at,
            "problem": one.problem,
        }
        for one in found
    ]
    show(
        {"authorizations": rows},
        as_json=as_json,
        plain=lambda: table(
            ("ID", "SELLER", "STATE", "TOKEN ENDS", "AUTHORIZATION ENDS", "PROBLEM"),
            [tuple(row.values()) for row in rows],
            empty="no authorization yet; `mye-tiktok auth url` starts one",
        ),
    )
    ill = [one for one in found if one.problem]
    if check and ill:
        names = "; ".join(f"{one.authorization.authorization_id} {one.problem}" for one in ill)
        raise NeedsPersonError(
            f"a person must renew {len(ill)} authorization(s): {names}",
            hint="let the seller authorize again: `mye-tiktok auth url`",
            code="authorization",
        )


@app.command("remove", epilog="Example: mye-tiktok auth remove --channel UID")
def remove(ctx: typer.Context, channel: ChannelOption = None, as_json: AsJson = False) -> None:
    """Disconnect a channel: jobs leave it alone, what is stored stays.

    The tokens are deleted with the last channel of their authorization. The seller ends the authorization
    itself in Seller Center.
    """
    from mye_tiktok.db import channels as stored
    from mye_tiktok.jobs.authorization import disconnect, resolve_channel

    with opened(ctx) as runtime:
        with runtime.database.transaction() as session:
            chosen = resolve_channel(stored.list_all(session), channel)
        removed = disconnect(runtime.database, chosen, now=runtime.clock())
        data = channels_json(runtime, [removed])
    show(data, as_json=as_json, plain=lambda: note(f"channel {chosen.channel_uid} is removed"))


@app.command("rekey", epilog="Example: TOKEN_KEY=NEW,OLD mye-tiktok auth rekey")
def rekey(
    ctx: typer.Context,
    fresh: Annotated[bool, typer.Option("--new-key", help="Print a fresh key for TOKEN_KEY and do nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Encrypt all stored tokens with the newest key; afterwards older keys can be dropped from TOKEN_KEY."""
    from mye_tiktok.db import authorizations
    from mye_tiktok.db.cipher import new_key

    if fresh:
        key = new_key()
        show({"key": key}, as_json=as_json, plain=lambda: say(key))
        return
    with opened(ctx) as runtime, runtime.database.transaction() as session:
        count = authorizations.rekey(session)
    show({"rekeyed": count}, as_json=as_json, plain=lambda: note(f"{count} authorization(s) use the newest key now"))


def _link(runtime: "Runtime", region: Literal["us", "row"]) -> tuple[str, str]:
    from mye_tiktok.jobs.authorization import new_state
    from mye_tiktok.tiktok.auth import authorize_url

    runtime.settings.require("SERVICE_ID")
    state = new_state(runtime.database, region=region, now=runtime.clock())
    link = authorize_url(
        runtime.settings.text("SERVICE_ID"),
        region=region,
        state=state,
        auth_url=runtime.settings.text("TIKTOK_AUTH_URL"),
    )
    return state, link


def _tell_kept_name(connected: "list[Channel]", wished: str | None) -> None:
    for channel in connected:
        if wished and channel.channel_uid != wished:
            note(f"shop {channel.shop_id} was connected before: its channel stays {channel.channel_uid}, not {wished}")


def _integrate(runtime: "Runtime", code: str, state: str | None, wish: "Wish") -> "list[Channel]":
    from mye_tiktok.jobs import authorization as jobs

    return jobs.integrate(
        runtime.database,
        runtime.auth,
        runtime.tiktok(),
        app_key=runtime.app.app_key,
        code=code,
        wish=wish,
        clock=runtime.clock,
        state=state,
    )
