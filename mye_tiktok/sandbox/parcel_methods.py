"""What a sandbox lets its owner do with packages, labels and tracking numbers."""

from mye_tiktok.sandbox.documents import Delay, Waiting
from mye_tiktok.sandbox.order_desk import OrderDesk
from mye_tiktok.sandbox.order_states import derived
from mye_tiktok.sandbox.parcel_desk import ParcelDesk


class ParcelMethods:
    """The part of Sandbox that is about packages."""

    desk: OrderDesk
    parcels: ParcelDesk

    def make_combinable(self, *order_ids: str) -> None:
        """Let orders of one shop be of one buyer who wants them together; raises KeyError for an unknown one."""
        shop = self.desk.shop_of(order_ids[0])
        first = shop.orders.find(order_ids[0])
        like = first.entry if first else {}
        fields = {key: like.get(key) for key in ("user_id", "warehouse_id", "shipping_type", "delivery_option_id")}
        for order_id in order_ids:
            group = derived(0, "group", order_ids[0])
            self.desk.edit(shop, order_id, {**fields, "auto_combine_group_id": group})

    def slow_document(self, package_id: str, answers: int = 1, *, how: Delay = "refuse") -> None:
        """Let the next answers about the document of a package say that it is not ready.

        how: "refuse" with 11034037, "timeout" with 11034023, or "empty": no address and no refusal.
        """
        self.parcels.documents.waiting[package_id] = Waiting(answers, how)

    def refuse_tracking(self, number: str, code: int = 11028006) -> None:
        """Refuse a tracking number from now on, as one that fits no carrier or for the reason of another code."""
        self.parcels.numbers.refused[number] = code

    def accept_invoice(self, order_id: str) -> None:
        """Let the invoice of an order in Brazil be accepted, so that it ships; raises KeyError for an unknown one."""
        self.desk.edit(self.desk.shop_of(order_id), order_id, {"need_upload_invoice": "NO_NEED"})
