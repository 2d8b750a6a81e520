"""TikTok's redirect after a seller decided: what it says, and the page that the person then sees."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import parse_qs

PATH = "/auth/callback"
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>mye-tiktok</title>"
    "<body style='font:16px system-ui;max-width:36em;margin:4em auto;padding:0 1em'><h1>mye-tiktok</h1><p>{}</p>"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """`code` is empty when the seller refused, or when the redirect holds none; `error` says what TikTok says."""

    state: str
    code: str = field(repr=False)
    error: str


def read_redirect(query: str) -> Redirect:
    """Read the query of a redirect; a refusal comes as `code=null&error=auth_denied`."""
    try:
        given = parse_qs(query, max_num_fields=20)
    except ValueError:
        given = {}
    state, code, error = (given.get(name, [""])[0] for name in ("state", "code", "error"))
    return Redirect(state=state, code="" if error or code == "null" else code, error=error)


def page(text: str) -> str:
    """Return a page that tells a person one thing."""
    return PAGE.format(escape(text))
