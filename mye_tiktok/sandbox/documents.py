"""Labels and slips: when they are ready, where they lie, and what is in them."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mye_tiktok.sandbox.answers import Answer, text
from mye_tiktok.sandbox.packages import Package, find_package
from mye_tiktok.sandbox.pdf import pdf, png
from mye_tiktok.sandbox.requests import Request
from mye_tiktok.sandbox.world import World

PREFIX = "/_documents/"
LIFE = 86_400
MEDIA: Mapping[str, str] = {"PDF": "application/pdf", "PNG": "image/png", "ZPL": "text/plain"}
Delay = Literal["refuse", "timeout", "empty"]


@dataclass(slots=True)
class Waiting:
    """How many more answers a document is not ready for, and what each says."""

    answers: int
    how: Delay = "refuse"


@dataclass(slots=True)
class Documents:
    """What is known of the documents of a sandbox. `some_late`: of four packages one keeps its first asker waiting."""

    some_late: bool
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def delay(self, package_id: str) -> Delay | None:
        """Return why the document of a package is not ready, and count that it was asked for; None when it is."""
        late = 1 if self.some_late and package_id.isdecimal() and int(package_id) // 64 % 4 == 1 else 0
        waiting = self.waiting.setdefault(package_id, Waiting(late))
        if waiting.answers <= 0:
            return None
        waiting.answers -= 1
        return waiting.how


def address(world: World, base_url: str, package_id: str, name: str) -> str:
    """Return where a document lies for 24 hours: who has the address may read it."""
    path, end = f"{PREFIX}{package_id}/{name}", int(world.now) + LIFE
    return f"{base_url}{path}?expires={end}&key={_key(world, path, end)}"


def answer(world: World, request: Request) -> Answer:
    """Answer who fetches a document."""
    end, given = request.query.get("expires", ""), request.query.get("key", "")
    if not end.isdecimal() or not hmac.compare_digest(_key(world, request.path, int(end)).encode(), given.encode()):
        return text(403, "AccessDenied")
    if int(end) <= world.now:
        return text(403, "Request has expired")
    package_id, _, name = request.path.removeprefix(PREFIX).partition("/")
    packages = (find_package(shop, package_id) for shop in world.shops)
    package = next((each for each in packages if each is not None), None)
    if package is None:
        return text(404, "NoSuchKey")
    kind, size, form = name.rsplit(".", 2)
    return Answer(
        status=200, body=_written(package, kind, size, form), code=-1, headers=(("Content-Type", MEDIA[form]),)
    )


def _written(package: Package, kind: str, size: str, form: str) -> bytes:
    label, slip = _label(package), _slip(package)
    if form == "PNG":
        return png(label[-1])
    if form == "ZPL":
        return "\n".join(["^XA", *(f"^FO40,{40 * at}^FD{line}^FS" for at, line in enumerate(label)), "^XZ"]).encode()
    pages = {"PACKING_SLIP": [slip], "SHIPPING_LABEL_AND_PACKING_SLIP": [label, slip]}.get(kind, [label])
    return pdf(pages, size)


def _label(package: Package) -> list[str]:
    carrier, number = package.of_lines("shipping_provider_name"), package.of_lines("tracking_number")
    return [carrier, f"package {package.package_id}", f"units {len(package.lines)}", number]


def _slip(package: Package) -> list[str]:
    units = [f"1 x {str(line.get('seller_sku') or line.get('sku_id'))[:30]}" for line in package.lines[:12]]
    return ["packing slip", *(f"order {order_id}" for order_id in package.order_ids), *units, package.package_id]


def _key(world: World, path: str, end: int) -> str:
    return hmac.new(world.options.app_secret.encode(), f"{path} {end}".encode(), hashlib.sha256).hexdigest()[:32]
