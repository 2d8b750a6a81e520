"""`mye-tiktok explain`: what a code of TikTok, or a code of ours, means and what to do."""

from typing import Annotated

import typer


def explain(
    code: Annotated[
        str, typer.Argument(help="TikTok's code (105002), or an exit code (77) or a word (guard) of ours.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what a code means, whether repeating helps, and what to do.

    Example: mye-tiktok explain 105002
    """
    import json

    from mye_tiktok.tiktok.explanation import explanation

    found = explanation(code)
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    for name, value in found.as_json().items():
        shown = ", ".join(value) if isinstance(value, list) else str(value)
        typer.echo(f"{name + ':':<12}{shown}")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("explain")(explain)
