"""How a request is signed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.tiktok.app import App
from mye_tiktok.tiktok.signing import signature, signed_target, string_to_sign
from tests.unit.tiktok.reference import reference

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text("utf-8"))
APP = App(app_key="key", app_secret="secret-canary")


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_every_known_request_gets_its_known_signature(vector: Mapping[str, Any]) -> None:
    body = vector["body"].encode()

    assert signature(vector["secret"], vector["path"], vector["query"], body) == vector["sign"]


def test_the_reference_vectors_pass_string_and_signature() -> None:
    for vector in reference("signing-vectors.json")["request"]:
        body = (vector["body"] or "").encode()

        assert (
            string_to_sign(vector["app_secret"], vector["path"], vector["query"], body).decode()
            == (vector["string_to_sign"])
        )
        assert signature(vector["app_secret"], vector["path"], vector["query"], body) == vector["sign"]


@given(
    st.dictionaries(st.text("abc_", min_size=1, max_size=5), st.text(max_size=20), max_size=4),
    st.binary(max_size=50),
    st.integers(10**9, 2 * 10**9),
)
def test_what_is_sent_decodes_to_what_was_signed(query: dict[str, str], body: bytes, timestamp: int) -> None:
    target = signed_target(APP, "/some/path", query, body, timestamp)

    parts = urlsplit(target)
    sent = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True))
    sign = sent.pop("sign")
    assert sent == {**query, "app_key": "key", "timestamp": str(timestamp)}
    assert sign == signature("secret-canary", parts.path, sent, body)


def test_a_page_token_with_special_characters_is_percent_encoded_in_the_url() -> None:
    target = signed_target(APP, "/search", {"page_token": "a+b/c=="}, b"", 1_700_000_000)

    assert "page_token=a%2Bb%2Fc%3D%3D&" in target


def test_the_app_does_not_show_its_secret() -> None:
    assert "secret-canary" not in repr(APP)
