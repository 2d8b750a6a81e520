"""The ways of delivery that buyers choose from, and the carriers of each market."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOption:
    """A way of delivery. `fulfilled`: TikTok packs and sends, there is no carrier to choose."""

    option_id: str
    name: str
    type: str
    fulfilled: bool = False


STANDARD = DeliveryOption(option_id="7057089737213211545", name="Standard shipping", type="STANDARD")
EXPRESS = DeliveryOption(option_id="7057089737213211546", name="Express shipping", type="EXPRESS")
# the name ends in white space as live ones do
BY_SELLER = DeliveryOption(option_id="7091146663229654785", name="Shipped from seller\n", type="SEND_BY_SELLER")
FULFILLED = DeliveryOption(option_id="7091146663229654790", name="Fulfilled by TikTok", type="STANDARD", fulfilled=True)
OPTIONS: Mapping[str, DeliveryOption] = {
    option.option_id: option for option in (STANDARD, EXPRESS, BY_SELLER, FULFILLED)
}


def option_of(shipping: str, *, fulfilled: bool) -> DeliveryOption:
    """Return how an order is delivered that is shipped by SELLER or by TIKTOK."""
    if fulfilled:
        return FULFILLED
    return BY_SELLER if shipping == "SELLER" else STANDARD


def carriers(region: str) -> Mapping[str, str]:
    """Return the carriers of a market: names by id."""
    table = _carriers()
    return dict((*table["*"], *table.get(region, ())))


@functools.cache
def _carriers() -> dict[str, list[tuple[str, str]]]:
    raw = resources.files(__package__).joinpath("carriers.json").read_bytes()
    return msgspec.json.decode(raw, type=dict[str, list[tuple[str, str]]])
