"""`mye-tiktok schema`: the message contract as JSON Schemas and an AsyncAPI document."""

import json
from pathlib import Path
from typing import Annotated

import typer

from mye_tiktok.cli.output import note, print_json
from mye_tiktok.cli.session import AsJson, opened


def schema(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write one file each into this folder.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the JSON Schema of every message, and an AsyncAPI 3 document of all."""
    from mye_tiktok.mye import contract

    with opened(ctx) as runtime:
        asyncapi = contract.asyncapi(runtime.queues)
    schemas = contract.schemas()
    if out is None:
        print_json({"schemas": schemas, "asyncapi": asyncapi})
        return
    documents = {**schemas, "asyncapi": asyncapi}
    paths = [_write(out, name, document) for name, document in documents.items()]
    if as_json:
        print_json({"files": paths})
    else:
        note(f"{len(paths)} files written to {out}")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("schema", epilog="Example: mye-tiktok schema --out schemas")(schema)


def _write(folder: Path, name: str, document: object) -> str:
    from mye_tiktok.errors import RefusedError

    path = folder / f"{name}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}") from None
    return str(path)
