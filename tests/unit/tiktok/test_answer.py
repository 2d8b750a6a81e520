"""Reading what came back."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.tiktok.answer import Answer, decode, read_answer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JSON_TYPE = {"content-type": "application/json"}


def read(body: bytes, *, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return read_answer(status, JSON_TYPE if headers is None else headers, body, received_at=NOW)


def test_an_envelope_is_unwrapped() -> None:
    answer = read(b'{"code":0,"message":"Success","request_id":"R1","data":{"id":"7"}}')

    assert (answer.code, answer.request_id, answer.data) == (0, "R1", {"id": "7"})


@pytest.mark.parametrize("body", [b'{"code":0}', b'{"code":0,"data":null}', b'{"code":"0","message":null}'])
def test_missing_parts_of_an_envelope_are_survived(body: bytes) -> None:
    answer = read(body)

    assert (answer.code, answer.data, answer.request_id, answer.defect) == (0, None, "", "")


def test_numbers_beyond_64_bits_stay_exact() -> None:
    answer = read(b'{"code":0,"data":{"id":123456789012345678901234567890}}')

    assert answer.data == {"id": 123456789012345678901234567890}


def test_half_a_surrogate_pair_becomes_a_replacement_character() -> None:
    assert decode(b'{"title":"a\\ud800b","ok":"\\ud83d\\ude00"}') == {"title": "a\ufffdb", "ok": "😀"}


@pytest.mark.parametrize(
    ("body", "defect"),
    [
        (b"<html>", "6 bytes of text/html that are not complete JSON"),
        (b"", "0 bytes of text/html that are not complete JSON"),
        (b'{"code":0,"da', "13 bytes of text/html that are not complete JSON"),
        (b"[]", "2 bytes of text/html: JSON without TikTok's `code`"),
        (b'{"code":true}', "13 bytes of text/html: JSON without TikTok's `code`"),
        (b'{"code":"x1"}', "13 bytes of text/html: JSON without TikTok's `code`"),
    ],
)
def test_what_is_no_envelope_is_described_without_its_text(body: bytes, defect: str) -> None:
    answer = read(body, headers={"content-type": "text/html; charset=utf-8"})

    assert (answer.code, answer.defect) == (None, defect)


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    refused = b'{"code":36009002}'

    assert read(refused, status=429, headers={"retry-after": "3"}).after == 3.0
    later = {"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}
    assert read(refused, status=429, headers=later).after == 30.0
    assert read(refused, status=429, headers={"retry-after": "soon"}).after is None


def test_the_clock_error_is_ours_minus_theirs() -> None:
    answer = read(b'{"code":36009004}', headers={"date": "Mon, 23 Nov 2026 11:50:00 GMT"})

    assert answer.clock_error == timedelta(minutes=10).total_seconds()
    assert read(b'{"code":36009004}', headers={"date": "yesterday"}).clock_error is None


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_body_whatsoever_makes_reading_fail(body: bytes, status: int) -> None:
    answer = read(body, status=status)

    assert (answer.code is None) == bool(answer.defect)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=10,
    )
)
def test_json_is_decoded_as_the_standard_library_does(value: object) -> None:
    assert decode(json.dumps(value).encode()) == value
