"""The table of TikTok's error codes."""

from mye_tiktok.tiktok.error_codes import RETRY_CLASSES, error_codes
from tests.unit.tiktok.reference import reference


def test_the_table_holds_every_documented_code_with_its_retry_class() -> None:
    rows = reference("errors/error-codes.json")["errors"]

    ours = {code: (known.retry, known.layer, known.mark) for code, known in error_codes().items()}

    assert ours == {row["code"]: (row["retry"], row["layer"], row["mark"]) for row in rows}


def test_every_code_has_a_meaning_and_a_retry_class_in_words() -> None:
    assert len(error_codes()) == 273
    for known in error_codes().values():
        assert known.meaning
        assert known.retry in RETRY_CLASSES
