"""`mye-tiktok sandbox trigger`: one signed webhook, sent to a listener."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from mye_tiktok.cli.output import end, say, show, table
from mye_tiktok.cli.session import AsJson, settings_of
from mye_tiktok.errors import RefusedError, UnreachableError, WrongUsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mye_tiktok.config import Settings
    from mye_tiktok.sandbox.posting import Reply

EXAMPLE = "Example: mye-tiktok sandbox trigger ORDER_STATUS_CHANGE --set data.order_id=577000217722440000"


class Command(TyperCommand):
    """A command whose help ends with the list of events."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the example and the events, which are read only when somebody asks."""
        from importlib import resources

        super().format_epilog(ctx, formatter)
        known = json.loads(resources.files("mye_tiktok.sandbox").joinpath("events.json").read_text(encoding="utf-8"))
        with formatter.section("Events"):
            formatter.write_dl([(str(event["type"]), event["name"]) for event in known])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("trigger", cls=Command, epilog=EXAMPLE)(trigger)


def trigger(
    ctx: typer.Context,
    event: Annotated[str | None, typer.Argument(metavar="EVENT", help="Name or number, see below.")] = None,
    assignments: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="PATH=VALUE",
            help="Set a value of the payload, such as data.order_status=CANCEL; PATH:=JSON sets it exactly so.",
        ),
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="URL", help="Where to; default: WEBHOOK_HOST:WEBHOOK_PORT/webhook/.")
    ] = None,
    forge: Annotated[bool, typer.Option("--forge", help="Sign it with a wrong secret; 401 is then what is wanted.")] = (
        False
    ),
    duplicate: Annotated[int, typer.Option(min=0, max=1000, help="Send it this many times more.")] = 0,
    shop_id: Annotated[str, typer.Option(metavar="ID", help="The shop; default: that of `sandbox serve`.")] = "",
    sandbox: Annotated[
        str, typer.Option(metavar="URL", help="Take shop, product and latest order from the sandbox that runs here.")
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(help="Send the bytes of this file unchanged, in place of an EVENT; - reads stdin."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send one webhook as TikTok would: built as documented, signed with APP_KEY and APP_SECRET.

    No sandbox needs to run. Exits with 1 when the answer is not 200, or, for a forged one, not 401.
    """
    settings = settings_of(ctx)
    body = _body(event, assignments or [], file, shop_id=shop_id, sandbox=sandbox)
    settings.require("APP_KEY", "APP_SECRET")
    url = to or _listener(settings)
    sent = _send(settings, url, body, copies=1 + duplicate, forged=forge)
    _show(body, url, sent, forged=forge, as_json=as_json)
    wanted = 401 if forge else 200
    if any(each.status != wanted for each in sent):
        end(1, f"{url} answered {sent[-1].status}, not {wanted}", as_json=as_json)


def _body(event: str | None, assignments: "list[str]", file: Path | None, *, shop_id: str, sandbox: str) -> bytes:
    from mye_tiktok.sandbox.trigger import body_of

    if (event is None) == (file is None):
        raise WrongUsageError("name one EVENT, or a file with --file", hint="`mye-tiktok sandbox trigger --help`")
    if file is not None:
        if assignments or shop_id or sandbox:
            raise WrongUsageError("--set, --shop-id and --sandbox do not go with --file: it is sent unchanged")
        try:
            return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        except OSError as error:
            raise RefusedError(f"{file} cannot be read: {error.strerror}") from None
    try:
        return body_of(event or "", assignments, shop_id=shop_id, sandbox_url=sandbox)
    except ValueError as error:
        raise WrongUsageError(str(error), hint="`mye-tiktok sandbox trigger --help`") from error


def _listener(settings: "Settings") -> str:
    host = settings.text("WEBHOOK_HOST")
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - where it listens on every address
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.text('WEBHOOK_PORT')}/webhook/"


def _send(settings: "Settings", url: str, body: bytes, *, copies: int, forged: bool) -> "Sequence[Reply]":
    from mye_tiktok.sandbox.trigger import send

    app = {"app_key": settings.text("APP_KEY"), "app_secret": settings.text("APP_SECRET")}
    try:
        sent = send(url, body, copies=copies, forged=forged, **app)
    except ValueError as error:
        raise WrongUsageError(str(error), hint="--to http://127.0.0.1:8787/webhook/") from error
    if not any(each.status for each in sent):
        raise UnreachableError(f"no answer from {url} within 3 seconds", hint="is `mye-tiktok serve-webhook` running?")
    return sent


def _show(body: bytes, url: str, sent: "Sequence[Reply]", *, forged: bool, as_json: bool) -> None:
    event = _event(body)
    rows = [(at + 1, each.status or "none", each.seconds, url) for at, each in enumerate(sent)]

    def plain() -> None:
        say(body.decode("utf-8", "replace"))
        table(("DELIVERY", "STATUS", "SECONDS", "URL"), rows, empty="nothing was sent")

    show(
        {
            "event": event,
            "url": url,
            "forged": forged,
            "status": sent[-1].status,
            "deliveries": [{"status": each.status, "seconds": each.seconds} for each in sent],
        },
        as_json=as_json,
        plain=plain,
    )


def _event(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
