"""The table of operations."""

from mye_tiktok.tiktok.operations import GET_PRODUCT, OPERATIONS
from tests.unit.tiktok.reference import reference


def test_every_operation_agrees_with_the_reference() -> None:
    rows = {row["operation"]: row for row in reference("operations/INDEX.json")["operations"]}

    for name, operation in OPERATIONS.items():
        row = rows[name]
        assert (operation.method, operation.path) == (row["method"], row["path"])
        assert operation.shop_cipher == (row["shop_cipher"] == "required")
        assert list(operation.scopes) == row["scope"]


def test_a_path_carries_its_values_percent_encoded() -> None:
    assert GET_PRODUCT.at({"product_id": "17/../x"}) == "/product/202309/products/17%2F..%2Fx"


def test_writes_begin_slower_than_reads() -> None:
    assert GET_PRODUCT.first_rate == 10.0
