"""What the sandbox says when a label or slip is asked for."""

from mye_tiktok.sandbox.answers import Json, Refusal
from mye_tiktok.sandbox.documents import address
from mye_tiktok.sandbox.packages import PROCESSING, Package, find_package
from mye_tiktok.sandbox.world import Call

OF_BRAZIL = frozenset({"INVOICE_LABEL", "ZPL"})
# documents whose size nobody chooses
FIXED = {"HAZMAT_LABEL": "A4"}


def shipping_document(call: Call) -> Json:
    """Answer where a document lies. GET /fulfillment/202309/packages/{package_id}/shipping_documents.

    One that is not ready is refused, or has an empty address. The address of a ready one ends with white space.
    """
    asked, package = call.query, find_package(call.shop, call.path["package_id"])
    kind, form = asked["document_type"], asked.get("document_format") or "PDF"
    if call.shop.stall.region != "BR" and OF_BRAZIL & {kind, form}:
        raise Refusal(98001004, "Invalid parameter. The document exists in Brazil only.")
    if package is None:
        raise Refusal(21011028, "The package belongs to another shop.")
    _check(package)
    delay = call.world.parcels.documents.delay(package.package_id)
    if delay == "refuse":
        raise Refusal(11034037, "The document is not ready yet. Please try again later.")
    if delay == "timeout":
        raise Refusal(11034023, "The generation of the document timed out.")
    number = package.of_lines("tracking_number")
    if delay == "empty":
        return {"doc_url": "", "tracking_number": number}
    size = FIXED.get(kind) or asked.get("document_size") or "A6"
    name = f"{kind}.{size}.{'PNG' if kind.endswith('_PICTURE') else form}"
    return {
        "doc_url": f"{address(call.world, call.base_url, package.package_id, name)} \n",
        "tracking_number": number,
    }


def _check(package: Package) -> None:
    order = package.order
    if order.get("fulfillment_type") == "FULFILLMENT_BY_TIKTOK":
        raise Refusal(21008043, "The package is fulfilled by the platform and has no documents.")
    if order.get("shipping_type") == "SELLER":
        raise Refusal(21008017, "Documents exist for packages that TikTok ships.")
    if package.status == "CANCELLED":
        raise Refusal(21023059, "The package is cancelled.")
    if package.status == "TO_FULFILL":
        raise Refusal(21023035, "Ship the package before its document is fetched.")
    if package.status != PROCESSING:
        raise Refusal(21042102, "The package has been picked up already.")
