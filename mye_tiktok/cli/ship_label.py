"""`mye-tiktok ship label`: the labels and slips of packages as files."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mye_tiktok.cli.output import table
from mye_tiktok.cli.session import AsJson, ChannelOption, job_runtime

if TYPE_CHECKING:
    from mye_tiktok.domain.label import Label, LabelWish

EXAMPLE = "Example: mye-tiktok ship label 1152000000000000301 1152000000000000302 --out labels --merge today.pdf"
KIND = "Such as PACKING_SLIP, SHIPPING_LABEL_AND_PACKING_SLIP, or SHIPPING_LABEL_PICTURE for a PNG."


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("label", epilog=EXAMPLE)(label)


def label(
    ctx: typer.Context,
    package_ids: Annotated[list[str], typer.Argument(metavar="PACKAGE_ID…", help="The packages' ids.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder; it is made where it is missing.")],
    kind: Annotated[str, typer.Option("--type", help=KIND)] = "SHIPPING_LABEL",
    size: Annotated[str, typer.Option(help="A6 or A5; without it TikTok's usual one, A6.")] = "",
    form: Annotated[str, typer.Option("--format", help="PDF, or in Brazil ZPL.")] = "PDF",
    wait: Annotated[str, typer.Option(help="How long to wait for those still being made.")] = "60s",
    merge: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write all of them into one PDF, in this order.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fetch anew what is there, and overwrite it.")] = False,
    channel: ChannelOption = None,
    as_json: AsJson = False,
) -> None:
    """Fetch the labels of packages that TikTok ships, between arranging the shipment and the pick-up.

    The files are named ORDER-PACKAGE-TYPE.pdf; one that is there is not fetched again. Exits with 1 when only a
    part could be had, and with 75 when TikTok is still making all of it: run it again and it goes on.
    """
    from mye_tiktok.cli.durations import parse_duration
    from mye_tiktok.cli.reports import finish, progress, surroundings
    from mye_tiktok.domain.label import LabelWish
    from mye_tiktok.jobs.fetching import choose_one
    from mye_tiktok.jobs.labels import LABEL, fetch_labels

    wish = LabelWish(
        package_ids=tuple(dict.fromkeys(package_ids)),
        folder=out,
        kind=kind.upper(),
        size=size.upper(),
        form="" if form.upper() == "PDF" else form.upper(),
        patience=parse_duration(wait),
        merge=merge,
        force=force,
    )
    check(wish)
    with job_runtime(ctx) as (runtime, signals), progress(LABEL) as bar:
        parts, chosen = runtime.parts(), choose_one(runtime.database, channel)
        around = surroundings(runtime, signals)
        done, labels = fetch_labels(parts, runtime.downloads(), chosen, wish, around, progress=bar)
    if not as_json and labels.found:
        table(("STATE", "LABEL"), [_row(one) for one in labels.found], empty="")
    listed = [label_json(one) for one in labels.found]
    finish(done, as_json=as_json, more={"labels": listed, "merged": labels.merged})


def check(wish: "LabelWish") -> None:
    """Raise WrongUsageError for what TikTok does not have."""
    from mye_tiktok.errors import WrongUsageError
    from mye_tiktok.tiktok.labels import DOCUMENT_SIZES, DOCUMENT_TYPES

    if wish.kind not in DOCUMENT_TYPES:
        raise WrongUsageError(f"--type {wish.kind} is none of TikTok's", hint=f"one of {', '.join(DOCUMENT_TYPES)}")
    if wish.size and wish.size not in DOCUMENT_SIZES:
        raise WrongUsageError(f"--size {wish.size} is none of TikTok's", hint=f"one of {', '.join(DOCUMENT_SIZES)}")
    if wish.form not in ("", "ZPL"):
        raise WrongUsageError(f"--format {wish.form} is none of TikTok's", hint="PDF, or in Brazil ZPL")
    if wish.merge is not None and wish.media != "PDF":
        raise WrongUsageError(f"--merge joins PDFs, and this comes as {wish.media}")


def label_json(one: "Label") -> dict[str, object]:
    """Return what became of a package's document; the file is null where there is none."""
    return {
        "package_id": one.package_id,
        "order_ids": one.order_ids,
        "state": one.state,
        "file": one.path,
        "tracking_number": one.tracking_number,
        "code": one.error.code if one.error else "",
        "message": one.error.message if one.error else "",
        "hint": one.error.hint if one.error else "",
    }


def _row(one: "Label") -> tuple[object, ...]:
    why = f" ({one.error.code})" if one.error and one.state == "failed" else ""
    return (one.state, one.path or f"package {one.package_id}{why}")
