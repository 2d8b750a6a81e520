"""`mye-tiktok inventory rules`: buffers, thresholds, caps, and which place of MYE's is which warehouse."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from mye_tiktok.cli.output import acknowledge, counted, note, show, table
from mye_tiktok.cli.session import AsJson, opened

if TYPE_CHECKING:
    from mye_tiktok.db.database import Session
    from mye_tiktok.domain.stock_rules import Rule, RuleKind
    from mye_tiktok.runtime import Runtime

rules = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What of MYE's stock TikTok shows.")
FORMS = {
    "buffer": re.compile(r"(?P<value>[0-9]{1,5})(?P<percent>%?)"),
    "threshold": re.compile(r"(?P<value>[0-9]{1,5})"),
    "cap": re.compile(r"(?P<value>[0-9]{1,5})"),
    "map": re.compile(r"(?P<place>[^=]*)=(?P<warehouse>[^=]+)"),
}
LIMITS = {
    "buffer": "0 to 99999 pieces, or 0% to 100%",
    "threshold": "0 to 99999 pieces",
    "cap": "0 to 99999 pieces",
    "map": "FROM=TO, TikTok's warehouse TO",
}
Kind = Annotated[str, typer.Argument(metavar="KIND", help="buffer, threshold, cap or map.")]
OneChannel = Annotated[
    str, typer.Option("--channel", metavar="UID", help="Only in this channel; without it in every one.")
]
OfSku = Annotated[str, typer.Option("--sku", metavar="PATTERN", help="A seller SKU, or a pattern with * and ?.")]
AtWarehouse = Annotated[
    str, typer.Option("--warehouse", metavar="ID", help="Only for this warehouse of TikTok's; not for a map.")
]


class Valued(TyperCommand):
    """A command to which -1 is a bad value, and no option that nobody knows."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Let what looks like a negative number be an argument."""
        ctx.ignore_unknown_options = any(re.match("-[0-9]", one) for one in args)
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(rules, name="rules")


@rules.command(
    "set",
    epilog="Example: mye-tiktok inventory rules set buffer 10% --sku 'SHIRT-*'",
    cls=Valued,
)
def set_rule(
    ctx: typer.Context,
    kind: Kind,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="3 or 10% (buffer), 5, or FROM=TO (map).")],
    channel: OneChannel = "",
    sku: OfSku = "*",
    warehouse: AtWarehouse = "",
    as_json: AsJson = False,
) -> None:
    """Set a rule, in place of the one for the same channel, SKUs and warehouse. What it is about becomes due.

    buffer: so many pieces, or so many percent, are never shown. threshold: fewer than this are shown as none.
    cap: never more than this. map: MYE's place FROM is TikTok's warehouse TO; the places of one warehouse are summed,
    and =TO is for wishes that name no place.

    Of several rules the closest counts: by SKU, then by warehouse, then by channel.
    """
    from mye_tiktok.db import inventory_rules

    with opened(ctx) as runtime:
        rule = parse_rule(runtime, kind, value, channel=channel, sku=sku, warehouse=warehouse)
        with runtime.database.transaction() as session:
            due = inventory_rules.set_rule(session, rule)
            warnings = _warnings(session, rule)
    for warning in warnings:
        note(f"warning: {warning}")
    show(
        {"rule": rule_json(rule), "due": due, "warnings": warnings},
        as_json=as_json,
        plain=lambda: _tell("set", rule, due),
    )


@rules.command("list", epilog="Example: mye-tiktok inventory rules list --channel UID")
def list_rules(ctx: typer.Context, channel: OneChannel = "", as_json: AsJson = False) -> None:
    """List the rules; with --channel those that count in that channel."""
    from mye_tiktok.db import inventory_rules

    with opened(ctx) as runtime:
        known = _channel(runtime, channel)
        with runtime.database.reading() as session:
            found = inventory_rules.list_all(session, known or None)
    show({"rules": [rule_json(rule) for rule in found]}, as_json=as_json, plain=lambda: _print(found))


@rules.command("remove", epilog="Example: mye-tiktok inventory rules remove buffer --sku 'SHIRT-*'")
def remove(
    ctx: typer.Context,
    kind: Kind,
    place: Annotated[str, typer.Argument(metavar="[FROM]", help="Of a map: MYE's place.")] = "",
    channel: OneChannel = "",
    sku: OfSku = "*",
    warehouse: AtWarehouse = "",
    as_json: AsJson = False,
) -> None:
    """Remove one rule; what it was about becomes due."""
    from mye_tiktok.db import inventory_rules
    from mye_tiktok.errors import WrongUsageError

    with opened(ctx) as runtime:
        value = f"{place}=any" if kind == "map" else "0"
        rule = parse_rule(runtime, kind, value, channel=channel, sku=sku, warehouse=warehouse)
        with runtime.database.transaction() as session:
            due = inventory_rules.remove(session, rule)
    if due is None:
        raise WrongUsageError(
            f"there is no {kind} for {_scope(rule)}", hint="`mye-tiktok inventory rules list` shows those there are"
        )
    show({"removed": True, "due": due}, as_json=as_json, plain=lambda: _tell("removed", rule, due))


def parse_rule(runtime: "Runtime", kind: str, value: str, *, channel: str, sku: str, warehouse: str) -> "Rule":
    """Read what was typed; raises WrongUsageError that says how it has to look."""
    from mye_tiktok.domain.stock_rules import Rule
    from mye_tiktok.errors import WrongUsageError

    form = FORMS.get(kind)
    found = form.fullmatch(value.strip()) if form else None
    parts = found.groupdict() if found else {}
    if found is None or (parts.get("percent") and int(parts["value"]) > 100):
        raise WrongUsageError(
            f"{kind} {value} is no rule" + (f": {LIMITS[kind]}" if kind in LIMITS else ""),
            hint="`buffer 3`, `buffer 10%`, `threshold 2`, `cap 50` or `map FROM=TO`; see `inventory rules set --help`",
        )
    if kind == "map" and warehouse:
        raise WrongUsageError("a map has no --warehouse: it says FROM=TO")
    return Rule(
        kind=_kind(kind, percent=bool(parts.get("percent"))),
        channel_uid=_channel(runtime, channel),
        pattern=sku,
        place=parts.get("place", warehouse).strip(),
        warehouse_id=parts.get("warehouse", "").strip(),
        value=int(parts.get("value", 0)),
        set_at=runtime.clock(),
    )


def rule_json(rule: "Rule") -> dict[str, object]:
    """Return a rule as `--json` shows it."""
    percent = rule.kind == "buffer_percent"
    return {
        "kind": "buffer" if percent else rule.kind,
        "channel_uid": rule.channel_uid,
        "sku": rule.pattern,
        "place": rule.place,
        "warehouse_id": rule.warehouse_id,
        "value": None if rule.kind == "map" else rule.value,
        "unit": "percent" if percent else "" if rule.kind == "map" else "pieces",
        "set_at": rule.set_at,
    }


def _warnings(session: "Session", rule: "Rule") -> list[str]:
    """Return what of a rule points into the void: a rule may be there before what it is about."""
    from mye_tiktok.db import inventory_rules

    found, meant = [], rule.warehouse_id if rule.kind == "map" else rule.place
    there = inventory_rules.warehouses(session, rule.channel_uid)
    if meant and meant not in there:
        found.append(f"no SKU is kept in warehouse {meant}; there are: {', '.join(there) or 'none'}")
    if rule.pattern != "*" and not inventory_rules.fits_any(session, rule):
        found.append(f"no SKU of the catalogue fits {rule.pattern}")
    return found


def _kind(kind: str, *, percent: bool) -> "RuleKind":
    from mye_tiktok.db.inventory_rules import KINDS

    return "buffer_percent" if percent else KINDS[kind]


def _channel(runtime: "Runtime", channel_uid: str) -> str:
    """Return the channel, which has to exist; empty: every one."""
    from mye_tiktok.jobs.fetching import choose

    return choose(runtime.database, channel_uid, all_channels=False)[0].channel_uid if channel_uid else ""


def _print(found: "Sequence[Rule]") -> None:
    table(
        ("KIND", "VALUE", "SKU", "WAREHOUSE", "CHANNEL", "SET"),
        [
            (
                rule_json(rule)["kind"],
                _value(rule),
                rule.pattern,
                "" if rule.kind == "map" else rule.place or "all",
                rule.channel_uid or "all",
                rule.set_at,
            )
            for rule in found
        ],
        empty="no rules: TikTok shows what MYE says; `mye-tiktok inventory rules set --help` tells what there may be",
    )


def _value(rule: "Rule") -> str:
    if rule.kind == "map":
        return f"{rule.place}={rule.warehouse_id}"
    return f"{rule.value}%" if rule.kind == "buffer_percent" else str(rule.value)


def _scope(rule: "Rule") -> str:
    where = f" from {rule.place!r}" if rule.kind == "map" else f" in warehouse {rule.place}" if rule.place else ""
    return f"SKU {rule.pattern}{where} in " + (f"channel {rule.channel_uid}" if rule.channel_uid else "every channel")


def _tell(done: str, rule: "Rule", due: int) -> None:
    acknowledge(f"{done}: {rule.kind} for {_scope(rule)}; {counted(due, 'SKU is', 'SKUs are')} due by that")
