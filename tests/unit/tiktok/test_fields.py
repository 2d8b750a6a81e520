"""TikTok's spelling of values and its oddities."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.money import Money
from mye_tiktok.tiktok.fields import decimal, mapping, moment, money, number, rows, text, texts

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("a\x00b", "ab"),
        (7, "7"),
        (None, ""),
        (True, ""),
        ([], ""),
        ("", ""),
        (173499288077878276100, "173499288077878276100"),
    ],
)
def test_text_is_read_without_nul_characters(value: object, read: str) -> None:
    assert text(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [(12, 12), ("12", 12), ("12.0", 12), (12.0, 12), ("", None), (None, None), (True, None), ("x", None), (1.5, None)],
)
def test_numbers_are_read_from_text_too(value: object, read: int | None) -> None:
    assert number(value) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [("9500.1", Decimal("9500.1")), (" 72000 ", Decimal(72000)), (1.5, Decimal("1.5")), ("NaN", None), ("1e999", None)],
)
def test_amounts_are_read_as_written(value: object, read: Decimal | None) -> None:
    assert decimal(value) == read


def test_times_are_read_in_seconds_and_in_milliseconds() -> None:
    expected = datetime(2026, 4, 2, 9, 46, 16, tzinfo=UTC)

    assert moment(1775123176) == expected
    assert moment("1775123176") == expected
    assert moment(1775123176000) == expected
    assert moment(0) is None
    assert moment(10**30) is None


def test_money_needs_an_amount_and_a_currency() -> None:
    assert money("1.50", "GBP") == Money(amount=Decimal("1.50"), currency="GBP")
    assert money("1.50", None) is None
    assert money("free", "GBP") is None


@given(ANYTHING)
def test_nothing_that_json_can_hold_makes_reading_fail(value: object) -> None:
    assert "\x00" not in text(value)
    assert isinstance(number(value), int | None)
    assert isinstance(decimal(value), Decimal | None)
    assert isinstance(moment(value), datetime | None)
    assert isinstance(money(value, value), Money | None)
    assert isinstance(mapping(value), dict)
    assert all(isinstance(row, dict) for row in rows(value))
    assert all(isinstance(word, str) for word in texts(value))
