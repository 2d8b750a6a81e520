"""The page where a seller allows the app to act: choose shops, approve or deny, and go back to the app."""

from collections.abc import Iterable
from html import escape
from importlib import resources
from string import Template
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from mye_tiktok.sandbox.requests import Environ
from mye_tiktok.sandbox.shops import Seller
from mye_tiktok.sandbox.world import World

# the second is the older link, which names the app by its key
PATHS = {"/open/authorize": "service_id", "/oauth/authorize": "app_key"}


def answer(world: World, environ: Environ) -> Response:
    """Answer GET with the page and POST with the redirect to the app.

    Source: Authorization overview: `?code=…&state=…`, or `code=null&error=auth_denied` when the seller refuses.
    """
    request = Request(environ)
    name = PATHS[request.path]
    if request.args.get(name) != getattr(world.options, name):
        return Response(f"Unknown {name}. Use the authorize link of the app that this sandbox knows.\n", status=400)
    state = request.values.get("state", "")
    if request.method != "POST":
        return _page(world, state)
    if request.form.get("decision") != "approve":
        return _back(world, {"code": "null", "error": "auth_denied"}, state)
    seller = next((each for each in world.sellers if each.open_id == request.form.get("seller")), world.sellers[0])
    chosen = tuple(shop for shop in seller.shops if shop.shop_id in request.form.getlist("shop"))
    if not chosen:
        return _page(world, state, problem="Choose at least one shop.")
    return _back(world, {"code": world.tokens.mint(seller, chosen)}, state)


def _back(world: World, parameters: dict[str, str], state: str) -> Response:
    url = world.options.redirect_url
    query = urlencode({**parameters, "state": state} if state else parameters)
    return Response(status=302, headers={"Location": f"{url}{'&' if '?' in url else '?'}{query}"})


def _page(world: World, state: str, problem: str = "") -> Response:
    template = Template(resources.files(__package__).joinpath("consent.html").read_text(encoding="utf-8"))
    page = template.substitute(
        app_key=escape(world.options.app_key),
        state=escape(state),
        problem=f'<p class="problem">{escape(problem)}</p>' if problem else "",
        sellers="\n".join(_form(seller, state) for seller in world.sellers),
        scopes="".join(f"<li>{escape(scope)}</li>" for scope in world.options.scopes),
    )
    return Response(page, mimetype="text/html", status=400 if problem else 200)


def _form(seller: Seller, state: str) -> str:
    return "".join(
        [
            '<form method="post"><fieldset>',
            f"<legend>{escape(seller.name)}</legend>",
            f'<input type="hidden" name="state" value="{escape(state)}">',
            f'<input type="hidden" name="seller" value="{escape(seller.open_id)}">',
            *_boxes(seller),
            '<button class="approve" name="decision" value="approve">Approve</button>',
            "</fieldset></form>",
        ]
    )


def _boxes(seller: Seller) -> Iterable[str]:
    for shop in seller.shops:
        box = f'<input type="checkbox" name="shop" value="{escape(shop.shop_id)}" checked>'
        yield f"<label>{box} {escape(shop.name)} ({escape(shop.region)})</label>"
