"""The controls of packages over HTTP; controls.py lists them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from mye_tiktok.sandbox.answers import Json

if TYPE_CHECKING:
    from mye_tiktok.sandbox.sandbox import Sandbox

Control = Callable[["Sandbox", Json], Json]


def _combinable(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.make_combinable(*given["order_ids"])
    return {}


def _slow_document(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.slow_document(given["package_id"], int(given.get("answers", 1)), how=given.get("how", "refuse"))
    return {}


def _refuse_tracking(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.refuse_tracking(given["tracking_number"], int(given.get("code", 11028006)))
    return {}


def _accept_invoice(sandbox: "Sandbox", given: Json) -> Json:
    sandbox.accept_invoice(given["order_id"])
    return {}


CONTROLS: Mapping[tuple[str, str], Control] = {
    ("POST", "orders/combinable"): _combinable,
    ("POST", "orders/accept-invoice"): _accept_invoice,
    ("POST", "documents/slow"): _slow_document,
    ("POST", "tracking/refuse"): _refuse_tracking,
}
