"""The tree of commands: all of it, or only the branch that is typed, for every module costs a start its time."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Any

import typer

GROUPS: Mapping[str, tuple[str, ...]] = {
    "auth": ("auth",),
    "products": ("products", "product_changes", "product_commands"),
    "consume": ("consume",),
    "orders": ("orders", "order_audit", "after_sales"),
    "ship": ("ship", "ship_bulk", "ship_by_hand", "ship_due", "ship_label", "ship_list", "ship_regroup"),
    "inventory": (
        "inventory",
        "inventory_audit",
        "inventory_import",
        "inventory_pull",
        "inventory_push",
        "inventory_requests",
        "inventory_rules",
        "inventory_unmapped",
        "inventory_update",
    ),
    "webhooks": ("webhooks",),
    "outbox": ("outbox",),
    "queue": ("queue",),
    "dlq": ("dlq",),
    "jobs": ("jobs",),
    "db": ("db",),
    "schedule": ("schedule",),
    "config": ("config",),
    "sandbox": ("sandbox",),
}
"""The module that has the group's `app`, then those that register their commands with it."""
SINGLES: Mapping[str, str] = {
    "demo": "demo",
    "serve-webhook": "serve_webhook",
    "status": "status",
    "doctor": "doctor",
    "explain": "explain",
    "schema": "schema",
}
FLAG = re.compile(r"-[vq]+|--verbose|--quiet|--env-file=.*")


def plant(root: typer.Typer, arguments: Sequence[str] | None = None) -> None:
    """Give `root` the branch that `arguments` lead to; all of them where that is not certain, as for --help."""
    word = _typed(arguments or ())
    for name in _of(word, GROUPS):
        root.add_typer(_group(name), name=name)
    for name in _of(word, SINGLES):
        _module(SINGLES[name]).register(root)


def _typed(arguments: Sequence[str]) -> str:
    """Return the command that is typed behind the global options, or nothing."""
    words = iter(arguments)
    for word in words:
        if word == "--env-file":
            next(words, None)
        elif not FLAG.fullmatch(word):
            return word if word in GROUPS or word in SINGLES else ""
    return ""


def _of(word: str, names: Mapping[str, Any]) -> Iterable[str]:
    return [name for name in names if word in ("", name)]


@cache
def _group(name: str) -> typer.Typer:
    """Return a group with all its commands; they are registered once, however often a tree is planted."""
    first, *others = (_module(module) for module in GROUPS[name])
    group: typer.Typer = first.app
    for module in others:
        module.register(group)
    return group


def _module(name: str) -> Any:
    return import_module(f"mye_tiktok.cli.{name}")
