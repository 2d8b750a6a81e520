"""What TikTok says of stock, also in the odd forms."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.json import Json
from mye_tiktok.tiktok.inventory import parse_figures, read_answers

KEYS = [("11", "W1"), ("11", "W2"), ("12", "W1"), ("13", "")]
LOCK, FOREIGN, INTERNAL = 12052393, 12052530, 36009003


def refusals(data: Json) -> dict[tuple[str, str], tuple[str, bool]]:
    """Return code and whether it may pass, of what was refused."""
    answers = read_answers(data, KEYS)
    assert list(answers) == KEYS
    return {key: (answer.code, answer.again) for key, answer in answers.items() if answer.code}


def error(sku_id: object, *extra: object, code: object = 12052990) -> Json:
    """Return one entry of data.errors."""
    return {"code": code, "message": "check failed", "detail": {"sku_id": sku_id, "extra_errors": list(extra)}}


@pytest.mark.parametrize("data", [{}, {"errors": None}, {"errors": []}, {"errors": ""}])
def test_without_errors_everything_was_done(data: Json) -> None:
    assert refusals(data) == {}


def test_errors_are_read_to_the_last_extra_error() -> None:
    first = {"warehouse_id": "W1", "code": FOREIGN, "message": "not yours"}
    last = {"warehouse_id": "W2", "code": LOCK, "message": "promotion"}

    found = refusals({"errors": [error("12", first), error("11", first, last)]})

    final, passing = (str(FOREIGN), False), (str(LOCK), True)
    assert found == {("12", "W1"): final, ("11", "W1"): final, ("11", "W2"): passing}


def test_a_sku_that_is_not_listed_was_done_and_one_that_is_was_not() -> None:
    answers = read_answers({"errors": [error("11", {"warehouse_id": "W2", "code": FOREIGN, "message": "no"})]}, KEYS)

    assert {key: (answer.code, answer.message) for key, answer in answers.items() if answer.code} == {
        ("11", "W2"): (str(FOREIGN), "no"),
        ("11", "W1"): (str(FOREIGN), "not set, for warehouse W2 was refused: no"),
    }


def test_the_final_refusal_of_one_warehouse_is_that_of_those_not_named() -> None:
    keys = [("11", name) for name in ("W1", "W2", "W3")]
    extra = [{"warehouse_id": "W1", "code": LOCK}, {"warehouse_id": "W2", "code": FOREIGN}]

    answers = read_answers({"errors": [error("11", *extra)]}, keys)

    assert [(answer.code, answer.again) for answer in answers.values()] == [
        (str(LOCK), True),
        (str(FOREIGN), False),
        (str(FOREIGN), False),
    ]


@pytest.mark.parametrize("extra", [[], [{"code": 12052990}], [{"warehouse_id": "W9"}], [{"warehouse_id": None}], ["x"]])
def test_an_error_without_a_warehouse_that_was_sent_is_about_the_whole_sku(extra: list[Any]) -> None:
    assert set(refusals({"errors": [error("11", *extra)]})) == {("11", "W1"), ("11", "W2")}


@pytest.mark.parametrize(
    "errors",
    [
        [{"code": 12052990}],
        [{"code": 12052990, "detail": None}],
        [{"code": 12052990, "detail": {"sku_id": "99"}}],
        [{"code": 12052990, "detail": {"extra_errors": None}}],
        ["nonsense"],
        {"code": 12052990},
    ],
)
def test_an_error_that_names_no_sku_of_ours_is_about_all(errors: Any) -> None:
    assert refusals({"errors": errors}) == dict.fromkeys(KEYS, ("12052990", False))


def test_codes_and_ids_may_be_text_or_numbers() -> None:
    found = refusals({"errors": [error(12, {"warehouse_id": "W1", "code": str(INTERNAL)}, code="12052990")]})

    assert found == {("12", "W1"): (str(INTERNAL), True)}


def test_of_two_errors_about_one_warehouse_the_final_one_counts() -> None:
    lock, foreign = {"warehouse_id": "W1", "code": LOCK}, {"warehouse_id": "W1", "code": FOREIGN}

    for extra in ([lock, foreign], [foreign, lock]):
        assert refusals({"errors": [error("12", *extra)]}) == {("12", "W1"): (str(FOREIGN), False)}


def test_a_code_without_documentation_is_tried_again() -> None:
    assert refusals({"errors": [error("12", {"warehouse_id": "W1", "code": 777})]}) == {("12", "W1"): ("777", True)}


def test_a_refusal_has_words_even_when_tiktok_sends_none() -> None:
    answers = read_answers({"errors": [{"code": LOCK, "detail": {"sku_id": "12"}}]}, KEYS)

    assert answers["12", "W1"].message == "promotion lock: stock cannot drop below current"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["11", "W1", LOCK]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["errors", "detail", "sku_id", "extra_errors", "warehouse_id", "code", "message"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(errors=JUNK)
def test_no_answer_is_too_odd_to_be_read(errors: Any) -> None:
    answers = read_answers({"errors": errors}, KEYS)

    assert list(answers) == KEYS
    assert any(answer.code for answer in answers.values()) == bool(errors)
    assert all(answer.message for answer in answers.values() if answer.code)


def sku(**odd: Any) -> Json:
    """Return the answer of a search that shows one SKU."""
    return {"inventory": [{"product_id": "1", "skus": [{"id": "11", "seller_sku": "S"} | odd]}]}


def test_stock_is_read_per_warehouse() -> None:
    places = [{"warehouse_id": "W1", "available_quantity": 3}, {"warehouse_id": "W2", "available_quantity": "0"}]

    (figures,) = parse_figures(sku(warehouse_inventory=places, total_available_quantity=3))

    assert (figures.product_id, figures.sku_id, figures.seller_sku) == ("1", "11", "S")
    assert figures.available == {"W1": 3, "W2": 0}


def test_a_figure_that_cannot_be_read_is_not_taken_for_none_to_sell() -> None:
    places = [{"warehouse_id": "W1", "available_quantity": None}, {"warehouse_id": "W2"}]

    (figures,) = parse_figures(sku(warehouse_inventory=places, total_available_quantity=3))

    assert figures.available == {}


def test_the_total_serves_where_no_warehouse_is_named() -> None:
    assert [one.available for one in parse_figures(sku(total_available_quantity=4))] == [{"": 4}]


@pytest.mark.parametrize(
    "data", [{}, {"inventory": None}, {"inventory": [{"skus": None}]}, {"inventory": [{"skus": [{}]}]}]
)
def test_a_search_without_hits_is_empty(data: Json) -> None:
    assert list(parse_figures(data)) == []
