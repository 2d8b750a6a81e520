"""What a request must pass before business: the checks, in the order that TikTok is thought to make them.

Order, codes and keywords of the messages follow FACTS of the reference pack (Partner Center, "Sign your API
request" and "Common errors"): path, method, version, app_key, sign present, timestamp, sign, token, expiry,
scope, cipher, body. The rate limit stands before the body.
"""

import hmac

import msgspec

from mye_tiktok.sandbox import operations
from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.fields import INTEGER, check_object, check_query
from mye_tiktok.sandbox.operations import Operation
from mye_tiktok.sandbox.requests import Request
from mye_tiktok.sandbox.shops import Shop
from mye_tiktok.sandbox.signing import signature
from mye_tiktok.sandbox.tokens import AccessToken, Authorization
from mye_tiktok.sandbox.world import Call, World

OLDEST, NEWEST = 300, 30


def admit(world: World, request: Request, operation: Operation, path: dict[str, str]) -> Call:
    """Check a request and return the call it makes; raises Refusal at the first check it fails."""
    check_app_key(world, request)
    _check_timestamp_and_sign(world, request)
    token = _token(world, request)
    _check_scope(operation, token.authorization)
    shop = _shop(world, request, operation, token.authorization)
    _check_rate(world, operation, shop, token.authorization)
    return Call(
        world=world,
        operation=operation,
        authorization=token.authorization,
        shop_given=shop,
        path=path,
        query=check_query(request.query, operation.query),
        body=_body(request, operation),
        base_url=request.base_url,
    )


def route(request: Request) -> tuple[Operation, dict[str, str]]:
    """Return the operation that a request means and the values in its path."""
    return operations.find(request.method, request.path)


def check_app_key(world: World, request: Request) -> None:
    """Refuse an app nobody registered."""
    if request.query.get("app_key") != world.options.app_key:
        raise Refusal(36009004, "Invalid credentials. Invalid 'app_key' query parameter.")


def _check_timestamp_and_sign(world: World, request: Request) -> None:
    sign = request.query.get("sign")
    if not sign:
        raise Refusal(36009004, "Missing credentials. The signature, query parameter 'sign', is missing.")
    stamp = request.query.get("timestamp", "")
    wrong = _wrong_time(stamp, world.wall)
    if wrong:
        raise Refusal(36009004, f"Invalid timestamp. The 'timestamp' query parameter is {wrong}.")
    right = signature(world.options.app_secret, request.path, request.pairs, request.body, request.content_type)
    if not hmac.compare_digest(right.encode(), sign.encode()):
        raise Refusal(106001, "Invalid credentials. The 'sign' query parameter is invalid.")


def _wrong_time(stamp: str, now: float) -> str:
    if not INTEGER.fullmatch(stamp):
        return "missing or not a number"
    if int(stamp) < 0:
        return "lesser than 0"
    if int(stamp) < int(now) - OLDEST:
        return "earlier than 5 minutes"
    return "more than 30 seconds in the future" if int(stamp) > int(now) + NEWEST else ""


def _token(world: World, request: Request) -> AccessToken:
    token = world.tokens.find(request.token)
    if token is None:
        code = world.options.unknown_token_code if request.token else 36009004
        raise Refusal(code, "Invalid credentials. The 'x-tts-access-token header' is invalid.")
    if token.authorization.revoked:
        raise Refusal(105001, "Invalid credentials. The 'access_token' is invalid or the seller has deauthorized.")
    if token.expires_at <= world.now:
        message = "Expired credentials. The 'access_token' header is expired."
        raise Refusal(105002, message, status=world.options.expired_token_status)
    return token


def _check_scope(operation: Operation, authorization: Authorization) -> None:
    if operation.scopes and authorization.scopes.isdisjoint(operation.scopes):
        raise Refusal(105005, f"Access denied. The scope '{operation.scopes[0]}' is not granted.")


def _shop(world: World, request: Request, operation: Operation, authorization: Authorization) -> Shop | None:
    cipher = request.query.get("shop_cipher")
    if operation.cipher == "forbidden":
        if cipher is not None:
            raise Refusal(36009004, "Unexpected identifier. The 'shop_cipher' query parameter is not required.")
        return None
    if not cipher:
        raise Refusal(106013, "Missing identifier. The 'shop_cipher' query parameter is required.", status=400)
    for shop in authorization.shops:
        if shop.cipher == cipher:
            if shop.shop_id in world.inactive:
                raise Refusal(36009043, "Access denied. The shop is inactive.")
            return shop
    raise Refusal(101000, "Mismatched credentials. The 'access_token' and 'shop_cipher' do not match.", status=400)


def _check_rate(world: World, operation: Operation, shop: Shop | None, authorization: Authorization) -> None:
    whose = shop.shop_id if shop else authorization.seller.open_id
    if not world.limit.takes((world.options.app_key, whose, operation.name), world.now):
        raise too_many(world)


def too_many(world: World) -> Refusal:
    """Return the refusal of a call beyond the rate limit."""
    headers = (("Retry-After", "1"),) if world.options.retry_after else ()
    return Refusal(36009002, "Request rate limit exceeded. Please try again later.", headers=headers)


def _body(request: Request, operation: Operation) -> Json:
    if operation.body is None:
        return {}
    values: Json = {}
    if request.body:
        if request.content_type.partition(";")[0].strip().lower() != "application/json":
            raise Refusal(36009022, "Invalid body. The 'content-type' header must be application/json.")
        values = _decoded(request.body)
    check_object(values, operation.body)
    return values


def _decoded(body: bytes) -> Json:
    try:
        values = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        values = None
    if not isinstance(values, dict):
        raise Refusal(36009022, "Invalid body. The request body is not a JSON object.")
    return values
