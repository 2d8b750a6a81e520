"""The token endpoints of the auth host: GET only, unsigned, and every refusal travels as HTTP 200."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.requests import Request
from mye_tiktok.sandbox.world import World

PATHS = {"/api/v2/token/get": "token_get", "/api/v2/token/refresh": "token_refresh"}


def grant(world: World, request: Request) -> Json:
    """Return what a token endpoint grants. Source: Authorization overview, GET /api/v2/token/get and /refresh."""
    _check_app(world, request)
    return _exchange(world, request) if PATHS[request.path] == "token_get" else _renew(world, request)


def _check_app(world: World, request: Request) -> None:
    if request.query.get("app_key") != world.options.app_key:
        raise Refusal(36009004, "Invalid credentials. Invalid 'app_key' query parameter.", status=200)
    if request.query.get("app_secret") != world.options.app_secret:
        raise Refusal(36009004, "Invalid credentials. Invalid 'app_secret' query parameter.", status=200)


def _exchange(world: World, request: Request) -> Json:
    _check_grant_type(request, "authorized_code")
    return world.tokens.exchange(request.query.get("auth_code", ""))


def _renew(world: World, request: Request) -> Json:
    _check_grant_type(request, "refresh_token")
    return world.tokens.renew(request.query.get("refresh_token", ""))


def _check_grant_type(request: Request, right: str) -> None:
    if request.query.get("grant_type") != right:
        raise Refusal(36009004, f"Invalid parameter. The 'grant_type' query parameter must be {right}.", status=200)
