"""A stand-in for TikTok that answers at once: real HTTP on a real port, from bytes made before the run.

    python -m bench.instant --products 20000 --skus 3

The sandbox checks every signature and makes every product when it is asked, which takes it longer than the fetch
takes to store one. This server checks nothing, so what is measured against it is the other side. Prints its URL.
"""

import argparse
import asyncio
from itertools import islice

import msgspec

from mye_tiktok.sandbox.catalogue import Catalogue
from mye_tiktok.sandbox.options import SandboxOptions
from mye_tiktok.sandbox.sandbox import Sandbox

PATTERNS = 500
PAGE = 100
ORDER_PATTERNS, ORDER_ID = 40, b"ORDER-ID"
FIRST_ID = 1_729_000_000_000_000_000
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"


class Shop:
    """Products that repeat a few hundred patterns, each with ids of its own."""

    def __init__(self, products: int, skus: int) -> None:
        self._products = products
        catalogue = Sandbox(SandboxOptions(products=PATTERNS * 4)).shop("").catalogue
        fitting = list(islice((p for p in range(PATTERNS * 4) if _skus(catalogue, p) == skus), PATTERNS))
        self._listings = [_pattern(catalogue, position, detail=False) for position in fitting]
        self._details = [_pattern(catalogue, position, detail=True) for position in fitting]
        self._orders = _order_patterns()

    def search(self, target: bytes) -> bytes:
        """Return the page after the place that `page_token` names."""
        _, _, rest = target.partition(b"page_token=")
        first = int(rest.partition(b"&")[0] or 0)
        last = min(first + PAGE, self._products)
        token = b"%d" % last if last < self._products else b""
        listings = b",".join(_with_id(self._listings, position) for position in range(first, last))
        head = b'"next_page_token":"%s","total_count":%d,"products":[' % (token, self._products)
        return _answer(b"{" + head + listings + b"]}")

    def detail(self, target: bytes) -> bytes:
        """Return the product whose id stands at the end of the path."""
        product_id = int(target.partition(b"?")[0].rpartition(b"/")[2])
        return _answer(_with_id(self._details, (product_id - FIRST_ID) // 1000))

    def orders(self, target: bytes) -> bytes:
        """Return the orders that `ids` names, whichever they are."""
        _, _, rest = target.partition(b"ids=")
        ids = rest.partition(b"&")[0].replace(b"%2C", b",").split(b",")
        found = (self._orders[int(one) % ORDER_PATTERNS].replace(ORDER_ID, one) for one in ids)
        return _answer(b'{"orders":[' + b",".join(found) + b"]}")


class Connection(asyncio.Protocol):
    """Answers the requests of one connection, one after the other."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer a request once all of it is there."""
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._received = b""
        method, target, _ = head.split(b" ", 2)
        self._transport.write(self._answer_to(method, target))

    def _answer_to(self, method: bytes, target: bytes) -> bytes:
        if method == b"POST":
            return self._shop.search(target)
        if target.startswith(b"/order/"):
            return self._shop.orders(target)
        return self._shop.detail(target)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


def _skus(catalogue: Catalogue, position: int) -> int:
    return len(catalogue.detail(position)["skus"])


def _pattern(catalogue: Catalogue, position: int, *, detail: bool) -> tuple[bytes, bytes]:
    """Return the JSON of a product, and the part of its ids that all of them share."""
    product = catalogue.detail(position) if detail else catalogue.listing(position)
    return msgspec.json.encode(product), catalogue.product_id(position)[:-3].encode()


def _order_patterns() -> list[bytes]:
    """Return the JSON of some orders that were just paid, each with ORDER_ID in place of its id."""
    sandbox = Sandbox(SandboxOptions(products=50))
    shop, patterns = sandbox.shop(""), []
    for _ in range(ORDER_PATTERNS):
        order_id = sandbox.place_order(status="AWAITING_SHIPMENT")
        order = shop.orders.find(order_id)
        assert order is not None
        text = msgspec.json.encode(order.view(shop.stall.region, sandbox.world.now, listing=False))
        patterns.append(text.replace(order_id.encode(), ORDER_ID))
    return patterns


def _with_id(patterns: list[tuple[bytes, bytes]], position: int) -> bytes:
    text, prefix = patterns[position % len(patterns)]
    return text.replace(prefix, b"%d" % (FIRST_ID // 1000 + position))


def _answer(data: bytes) -> bytes:
    body = b'{"code":0,"message":"Success","request_id":"2026112300000000000000000000000001","data":%s}' % data
    return HEAD % len(body) + body


async def _serve(shop: Shop) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(shop), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--skus", type=int, default=3)
    options = parser.parse_args()
    asyncio.run(_serve(Shop(options.products, options.skus)))


if __name__ == "__main__":
    main()
