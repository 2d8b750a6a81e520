"""What an answer means."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mye_tiktok.errors import (
    MyeTikTokError,
    NeedsPersonError,
    NotUnderstoodError,
    RefusedError,
    TryLaterError,
    UnreachableError,
    WrongSettingsError,
)
from mye_tiktok.tiktok.answer import Answer, Silence
from mye_tiktok.tiktok.error_codes import error_codes
from mye_tiktok.tiktok.judgement import judge
from mye_tiktok.tiktok.operations import GET_PRODUCT, Operation
from mye_tiktok.tiktok.verdict import Verdict

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
WRITE = Operation(name="ship", method="POST", path="/ship", repeatable=False, rate_class="write")


def verdict(code: int, message: str = "", *, status: int = 200) -> Verdict:
    return judge(Answer(status=status, code=code, message=message, request_id="R1"), GET_PRODUCT)


@pytest.mark.parametrize(
    ("code", "kind", "failure"),
    [
        (105002, "refresh", NeedsPersonError),
        (105001, "person", NeedsPersonError),
        (105005, "person", NeedsPersonError),
        (101000, "person", NeedsPersonError),
        (36004004, "person", NeedsPersonError),
        (36004005, "person", NeedsPersonError),
        (36009033, "person", NeedsPersonError),
        (36009043, "person", NeedsPersonError),
        (36009044, "person", NeedsPersonError),
        (12052700, "person", NeedsPersonError),
        (106001, "settings", WrongSettingsError),
        (106013, "bug", MyeTikTokError),
        (36009010, "bug", MyeTikTokError),
        (36009002, "wait", TryLaterError),
        (36009037, "later", TryLaterError),
        (36009003, "repeat", UnreachableError),
        (36009007, "repeat", UnreachableError),
        (36009014, "not_understood", NotUnderstoodError),
        (12052260, "reject", RefusedError),
        (12052393, "reject", RefusedError),
        (11006021, "reject", RefusedError),
        (11034037, "repeat", TryLaterError),
        (424242, "not_understood", NotUnderstoodError),
    ],
)
def test_each_code_has_one_consequence(code: int, kind: str, failure: type[MyeTikTokError]) -> None:
    decided = verdict(code)

    assert decided.kind == kind
    assert type(decided.failure) is failure
    assert decided.failure.code == str(code)
    assert decided.failure.request_id == "R1"


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("Missing credentials. The signature query parameter is missing.", "bug"),
        ("Invalid credentials. The 'access_token header is invalid'.", "refresh"),
        ("Invalid credentials. The 'x-tts-access-token header is invalid'.", "refresh"),
        ("Invalid credentials. Invalid 'app_key' query parameter.", "settings"),
        ("Invalid timestamp. The 'timestamp' is lesser than 0.", "clock"),
        ("Invalid timestamp. The 'timestamp' is earlier than 5 minutes.", "clock"),
        ("Invalid timestamp. The 'timestamp' is more than 30 seconds ahead.", "clock"),
        ("Unexpected identifier. The 'shop_cipher' is not required.", "bug"),
        ("Unexpected identifier. The 'category_asset_cipher' is not required.", "bug"),
        ("Invalid 'shop_id' query parameter.", "bug"),
        ("Invalid API version.", "not_understood"),
        ("Skus is a required field and has not been provided.", "reject"),
        ("A new kind of trouble.", "not_understood"),
    ],
)
def test_36009004_is_told_apart_by_the_parameter_it_names(message: str, kind: str) -> None:
    assert verdict(36009004, message, status=400).kind == kind


@pytest.mark.parametrize(
    ("code", "parks"),
    [(105001, "authorization"), (36004005, "authorization"), (36009043, "channel"), (101000, "channel"), (105005, "")],
)
def test_what_must_rest_until_a_person_acted_is_said(code: int, parks: str) -> None:
    failure = verdict(code, status=401).failure

    assert isinstance(failure, NeedsPersonError)
    assert failure.parks == parks


@pytest.mark.parametrize(
    ("ahead", "words"), [(412, "412 seconds ahead of TikTok's"), (-90, "90 seconds behind TikTok's")]
)
def test_a_clock_that_is_off_is_named_with_the_difference(ahead: int, words: str) -> None:
    answer = Answer(
        status=400,
        code=36009004,
        message="Invalid timestamp. The 'timestamp' is more than 30 seconds ahead.",
        date=NOW,
        received_at=NOW + timedelta(seconds=ahead),
    )

    failure = judge(answer, GET_PRODUCT).failure

    assert failure is not None
    assert words in failure.message
    assert "timedatectl" in failure.hint


@pytest.mark.parametrize(
    ("status", "kind", "failure"),
    [
        (502, "repeat", UnreachableError),
        (599, "repeat", UnreachableError),
        (408, "repeat", UnreachableError),
        (429, "wait", TryLaterError),
        (200, "repeat", NotUnderstoodError),
        (404, "not_understood", NotUnderstoodError),
        (302, "not_understood", NotUnderstoodError),
    ],
)
def test_an_answer_without_envelope_is_judged_by_its_status(
    status: int, kind: str, failure: type[MyeTikTokError]
) -> None:
    decided = judge(
        Answer(status=status, code=None, defect="9 bytes of text/html that are not complete JSON"), GET_PRODUCT
    )

    assert decided.kind == kind
    assert type(decided.failure) is failure


@pytest.mark.parametrize(("status", "kind"), [(503, "repeat"), (429, "wait"), (401, "not_understood")])
def test_an_unknown_code_counts_as_transient_only_when_the_status_says_so(status: int, kind: str) -> None:
    assert verdict(424242, status=status).kind == kind


@pytest.mark.parametrize("status", [200, 401, 500])
def test_code_0_is_success_whatever_the_status(status: int) -> None:
    assert judge(Answer(status=status, code=0, data={}), GET_PRODUCT).kind == "ok"


def test_success_with_data_that_is_no_object_is_not_understood() -> None:
    assert judge(Answer(status=200, code=0, data=[1]), GET_PRODUCT).kind == "not_understood"


def test_a_write_without_an_answer_is_said_to_be_in_doubt() -> None:
    failure = judge(Silence(reason="it took too long to answer", sent=True), WRITE).failure

    assert failure is not None
    assert "whether TikTok performed it is unknown" in failure.message


@given(
    st.sampled_from(sorted(error_codes())), st.sampled_from([200, 400, 401, 403, 429, 500, 503]), st.text(max_size=30)
)
def test_every_documented_code_ends_in_a_decision_with_a_sentence_and_a_hint(
    code: int, status: int, message: str
) -> None:
    decided = verdict(code, message, status=status)

    if code == 0:
        assert decided.kind == "ok"
        return
    assert decided.failure is not None
    assert "/product/202309/products" in decided.failure.message
    assert decided.failure.hint


@given(st.sampled_from(sorted(error_codes())))
def test_no_code_that_asks_for_another_input_is_ever_repeated(code: int) -> None:
    retry = error_codes()[code].retry

    if retry in ("no", "wait", "check"):
        assert verdict(code).kind not in ("repeat", "wait")
