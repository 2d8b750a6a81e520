"""Which function answers which operation that ships."""

from collections.abc import Callable, Mapping

from mye_tiktok.sandbox import (
    arrival_answers,
    correction_answers,
    delivery_answers,
    document_answers,
    handover,
    label_answers,
    mark_answers,
    package_answers,
    regroup_answers,
    ship_answers,
    tracking_answers,
)
from mye_tiktok.sandbox.answers import Json
from mye_tiktok.sandbox.world import Call

SHIPPING: Mapping[str, Callable[[Call], Json]] = {
    "get_warehouse_delivery_options": delivery_answers.delivery_options,
    "get_shipping_providers": delivery_answers.providers,
    "search_package": package_answers.search,
    "get_package_detail": package_answers.detail,
    "mark_package_as_shipped": mark_answers.mark_shipped,
    "mark_package_as_shipped_202309": mark_answers.older_mark_shipped,
    "update_package_shipping_info": correction_answers.correct_package,
    "update_package_shipping_info_202309": correction_answers.older_correct_package,
    "update_order_shipping_info": correction_answers.correct_order,
    "ship_package": ship_answers.ship,
    "batch_ship_packages": ship_answers.ship_several,
    "create_packages": label_answers.create_packages,
    "get_eligible_shipping_services": label_answers.services,
    "combine_package": regroup_answers.combine,
    "uncombine_packages": regroup_answers.uncombine,
    "confirm_order_split": regroup_answers.split,
    "update_package_delivery_status": arrival_answers.delivered,
    "get_package_handover_time_slots": handover.time_slots,
    "get_package_shipping_document": document_answers.shipping_document,
    "get_order_tracking": tracking_answers.order_tracking,
    "get_logistics_tracking": tracking_answers.logistics_tracking,
}
