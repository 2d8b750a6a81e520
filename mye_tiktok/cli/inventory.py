"""`mye-tiktok inventory`: stock on its way from MYE to TikTok."""

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Stock on its way from MYE to TikTok.")


@app.callback()
def inventory() -> None:
    """Stock on its way from MYE to TikTok."""
