"""Stock at TikTok: what it shows per SKU and warehouse, and setting it for the SKUs of one product."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mye_tiktok.domain.authorization import Access
from mye_tiktok.domain.json import Json
from mye_tiktok.domain.stock import Answer, SkuFigures
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.client import TikTokClient
from mye_tiktok.tiktok.fields import mapping, number, rows, text
from mye_tiktok.tiktok.item_errors import ItemError, errors_of
from mye_tiktok.tiktok.operations import INVENTORY_SEARCH, UPDATE_INVENTORY

SKUS_PER_SEARCH, PRODUCTS_PER_SEARCH, SKUS_PER_UPDATE = 600, 100, 100
Quantities = Mapping[str, Mapping[str, int]]
"""Per SKU: pieces per warehouse; a warehouse without a name is the only one that the SKU has."""
Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAnswer:
    """What TikTok said to one update: one answer per SKU and warehouse that was sent, and its request id."""

    request_id: str
    answers: Mapping[Key, Answer]

    @property
    def refused(self) -> list[Answer]:
        """The answers that are no success."""
        return [answer for answer in self.answers.values() if answer.code]


def search_inventory(
    client: TikTokClient, access: Access, *, sku_ids: Sequence[str] = (), product_ids: Sequence[str] = ()
) -> list[SkuFigures]:
    """Return what TikTok shows for these SKUs, or for all SKUs of these products ("Inventory Search").

    SKUs that TikTok does not know are missing. A warehouse whose figure can't be read is left out.
    """
    name, ids, size = (
        ("sku_ids", sku_ids, SKUS_PER_SEARCH) if sku_ids else ("product_ids", product_ids, PRODUCTS_PER_SEARCH)
    )
    bodies: list[Json] = [{name: list(ids[start : start + size])} for start in range(0, len(ids), size)]
    return [figures for body in bodies for figures in parse_figures(client.call(access, INVENTORY_SEARCH, body=body))]


def update_inventory(client: TikTokClient, access: Access, product_id: str, skus: Quantities) -> UpdateAnswer:
    """Set the stock of some SKUs of one product, at most 100, and return what became of each ("Update Inventory").

    Every warehouse of each SKU has to be there. A refusal of the whole call is the answer for all of them; what stops
    more than this product is raised.
    """
    listed = [{"id": sku_id, "inventory": [_line(*one) for one in places.items()]} for sku_id, places in skus.items()]
    keys = [(sku_id, warehouse_id) for sku_id, places in skus.items() for warehouse_id in places]
    try:
        answer = client.ask(access, UPDATE_INVENTORY, path={"product_id": product_id}, body={"skus": listed})
    except RefusedError as refusal:
        said = ItemError(code=refusal.code, message=refusal.message)
        return UpdateAnswer(request_id=refusal.request_id, answers={key: _about(key, said) for key in keys})
    return UpdateAnswer(request_id=answer.request_id, answers=read_answers(mapping(answer.data), keys))


def parse_figures(data: Json) -> Iterator[SkuFigures]:
    """Read the answer of an inventory search."""
    for product in rows(data.get("inventory")):
        for sku in rows(product.get("skus")):
            if sku_id := text(sku.get("id")):
                yield SkuFigures(
                    product_id=text(product.get("product_id")),
                    sku_id=sku_id,
                    seller_sku=text(sku.get("seller_sku")),
                    available=_available(sku),
                )


def read_answers(data: Json, keys: Sequence[Key]) -> dict[Key, Answer]:
    """Read `data.errors` to the last `extra_error`: a SKU that is not listed there was done.

    Of a SKU with an error the warehouses that were not named count as refused, too: whether TikTok sets a part of them
    is not documented. An error that names no SKU of ours is about all of them. To call refused what was done costs a
    repetition, and the other way round costs a sale. Of several errors about one warehouse a final one counts.
    """
    refused: dict[Key, ItemError] = {}
    for error in errors_of(data):
        detail = mapping(error.get("detail"))
        for extra in rows(detail.get("extra_errors")) or [{}]:
            said = ItemError.of(error, extra)
            for key in _meant(keys, text(detail.get("sku_id")), text(extra.get("warehouse_id"))):
                refused[key] = _graver(said, refused.get(key))
    return {key: _answer(key, refused) for key in keys}


def _answer(key: Key, refused: Mapping[Key, ItemError]) -> Answer:
    if key in refused:
        return _about(key, refused[key])
    said: ItemError | None = None
    for (sku_id, warehouse_id), other in refused.items():
        if sku_id == key[0]:
            beside = ItemError(
                code=other.code, message=f"not set, for warehouse {warehouse_id} was refused: {other.message}"
            )
            said = _graver(beside, said)
    return _about(key, said) if said else Answer(sku_id=key[0], warehouse_id=key[1])


def _graver(said: ItemError, other: ItemError | None) -> ItemError:
    """Return `said`, unless the other, which came first, is as grave."""
    return said if other is None or (other.again and not said.again) else other


def _about(key: Key, said: ItemError) -> Answer:
    """Return an error as the answer for one SKU and warehouse."""
    return Answer(sku_id=key[0], warehouse_id=key[1], code=said.code, message=said.message, again=said.again)


def _meant(keys: Sequence[Key], sku_id: str, warehouse_id: str) -> list[Key]:
    whole_sku = [key for key in keys if key[0] == sku_id]
    exact = [key for key in whole_sku if key[1] == warehouse_id]
    return exact or whole_sku or list(keys)


def _line(warehouse_id: str, quantity: int) -> Json:
    return {"warehouse_id": warehouse_id, "quantity": quantity} if warehouse_id else {"quantity": quantity}


def _available(sku: Json) -> dict[str, int]:
    """Return sellable pieces per warehouse; what can't be read must not be taken for none."""
    places = rows(sku.get("warehouse_inventory"))
    found = ((text(place.get("warehouse_id")), number(place.get("available_quantity"))) for place in places)
    available = {warehouse_id: quantity for warehouse_id, quantity in found if quantity is not None}
    total = number(sku.get("total_available_quantity"))
    return available if places or total is None else {"": total}
