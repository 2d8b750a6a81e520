"""The small part of JSON Schema that the table of operations speaks."""

from typing import Any

import pytest

from mye_tiktok.sandbox.answers import Refusal
from mye_tiktok.sandbox.fields import Field, check_object, check_query

LINES = {
    "lines": Field(
        type="array",
        required=True,
        items=Field(type="object", properties={"sku_id": Field(required=True), "amount": Field(type="object")}),
    )
}


@pytest.mark.parametrize("lines", [[], [{"sku_id": "1"}, {"sku_id": "2", "amount": {"value": 1}}]])
def test_what_fits_passes(lines: list[Any]) -> None:
    check_object({"lines": lines}, LINES)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({}, 36009004, "Lines is a required field and has not been provided."),
        ({"lines": None}, 36009004, "Lines is a required field and has not been provided."),
        ({"lines": [{}]}, 36009004, "SkuId is a required field and has not been provided."),
        ({"lines": {}}, 98001004, "Invalid parameter. The 'lines' parameter is invalid."),
        ({"lines": [3]}, 98001004, "Invalid parameter. The 'lines' parameter is invalid."),
        ({"lines": [{"sku_id": 3}]}, 98001004, "Invalid parameter. The 'lines.sku_id' parameter is invalid."),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], code: int, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_object(body, LINES)

    assert (caught.value.code, caught.value.message) == (code, message)


def test_query_parameters_become_values_of_their_types() -> None:
    fields = {"ids": Field(type="array", max_items=2), "size": Field(type="integer"), "all": Field(type="boolean")}

    values = check_query({"ids": "1,2", "size": "5", "all": "True", "other": "x"}, fields)

    assert values == {"ids": ["1", "2"], "size": 5, "all": True}
    with pytest.raises(Refusal, match="'ids'"):
        check_query({"ids": "1,2,3"}, fields)
