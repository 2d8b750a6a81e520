"""What the rules make of stock: properties that hold for whatever rules there are."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.domain.stock_rules import MOST, Rule, Rulebook, RuleKind, figure, warehouse_of

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAREHOUSES = ("w-1", "w-2")
PATTERNS = ("SHIRT-1", "SHIRT-*", "SHIRT-?", "*", "HAT", "[S]HIRT-1")


def a_rule(kind: RuleKind, value: int = 0, *, channel: str = "", pattern: str = "*", place: str = "") -> Rule:
    return Rule(kind=kind, channel_uid=channel, pattern=pattern, place=place, warehouse_id="", value=value, set_at=NOON)


def a_map(place: str, warehouse_id: str, *, channel: str = "", pattern: str = "*") -> Rule:
    return Rule(
        kind="map",
        channel_uid=channel,
        pattern=pattern,
        place=place,
        warehouse_id=warehouse_id,
        value=0,
        set_at=NOON,
    )


limits = st.lists(
    st.builds(
        a_rule,
        st.sampled_from(("buffer", "buffer_percent", "threshold", "cap")),
        st.integers(0, 100),
        channel=st.sampled_from(("", "c-1", "c-2")),
        pattern=st.sampled_from(PATTERNS),
        place=st.sampled_from(("", *WAREHOUSES)),
    ),
    max_size=8,
)
pieces = st.integers(0, 200_000)


def shown(wanted: int, sold: int, rules: list[Rule]) -> int:
    return figure(wanted, sold=sold, rules=Rulebook(rules).of("c-1", "SHIRT-1"), warehouse_id="w-1")[0]


def in_force(rules: list[Rule], *kinds: RuleKind) -> Rule | None:
    mine = [one for one in Rulebook(rules).of("c-1", "SHIRT-1") if one.kind in kinds and one.place in ("", "w-1")]
    return mine[0] if mine else None


@given(pieces, st.integers(0, 50), limits)
def test_what_is_shown_is_never_more_than_there_is_nor_than_tiktok_takes_nor_less_than_none(
    wanted: int, sold: int, rules: list[Rule]
) -> None:
    assert 0 <= shown(wanted, sold, rules) <= min(max(wanted - sold, 0), MOST)


@given(pieces, pieces, st.integers(0, 50), limits)
def test_more_stock_never_shows_less(one: int, other: int, sold: int, rules: list[Rule]) -> None:
    assert shown(min(one, other), sold, rules) <= shown(max(one, other), sold, rules)


@given(pieces, st.integers(0, 50), st.integers(0, 50), limits)
def test_more_sales_never_show_more(wanted: int, sold: int, more: int, rules: list[Rule]) -> None:
    assert shown(wanted, sold + more, rules) <= shown(wanted, sold, rules)


@given(pieces, st.integers(0, 50), limits)
def test_the_cap_and_the_buffer_and_the_threshold_in_force_are_kept(wanted: int, sold: int, rules: list[Rule]) -> None:
    to, left = shown(wanted, sold, rules), max(wanted - sold, 0)

    cap, threshold = in_force(rules, "cap"), in_force(rules, "threshold")
    if cap:
        assert to <= cap.value
    if threshold and not (cap and cap.value < threshold.value):
        assert to == 0 or to >= threshold.value
    buffer = in_force(rules, "buffer", "buffer_percent")
    if buffer:
        kept = buffer.value if buffer.kind == "buffer" else left * buffer.value / 100
        assert to <= max(left - kept, 0)


@given(pieces)
def test_without_rules_what_there_is_is_shown(wanted: int) -> None:
    assert figure(wanted, sold=0, rules=[], warehouse_id="w-1")[0] == min(wanted, MOST)


def test_the_rule_that_fits_most_closely_counts_by_sku_then_warehouse_then_channel() -> None:
    rules = [
        a_rule("cap", 1),
        a_rule("cap", 2, channel="c-1"),
        a_rule("cap", 3, place="w-1"),
        a_rule("cap", 4, pattern="SHIRT-*"),
        a_rule("cap", 5, pattern="SHIRT-1"),
    ]

    for last in range(5, 0, -1):
        assert shown(100, 0, rules[:last]) == last
    assert Rulebook(rules).of("c-2", "SHOE") == [rules[2], rules[0]]


def test_a_pattern_is_read_literally_but_for_its_stars_and_question_marks() -> None:
    book = Rulebook([a_rule("cap", 1, pattern="A.[1]-?*")])

    assert [sku for sku in ("A.[1]-xy", "A.[1]-", "AB1-xy", "a.[1]-x") if book.of("c-1", sku)] == ["A.[1]-xy"]


def test_a_percentage_is_rounded_so_that_less_is_shown() -> None:
    assert figure(15, sold=0, rules=[a_rule("buffer_percent", 10)], warehouse_id="w-1") == (
        13,
        "MYE 15, buffer 2 (10%)",
    )


def test_a_place_is_found_by_rule_then_by_its_own_id_and_without_a_name_only_where_there_is_one_warehouse() -> None:
    main = a_map("main", "w-2")

    assert warehouse_of("main", WAREHOUSES, [main]) == ("w-2", False)
    assert warehouse_of("w-1", WAREHOUSES, []) == ("w-1", True)
    assert warehouse_of("", ["w-1"], []) == ("w-1", True)
    assert warehouse_of("", WAREHOUSES, [a_map("", "w-2")]) == ("w-2", True)
    assert [warehouse_of(place, WAREHOUSES, []) for place in ("", "main")] == [None, None]
    assert warehouse_of("main", WAREHOUSES, [a_map("main", "w-9")]) is None
