"""Messages in a file."""

import pytest

from mye_tiktok.errors import RefusedError
from mye_tiktok.mye import inbound
from mye_tiktok.mye.documents import keep_back, problems, split


def bodies(data: bytes) -> list[bytes]:
    """Return the messages of a file, all of which must be JSON objects."""
    documents = split(data)
    keep_back(problems(documents, inbound.check_object))
    return [document.body for document in documents]


def test_one_document_may_stand_on_many_lines() -> None:
    assert bodies(b'{\n  "a": 1\n}\n') == [b'{\n  "a": 1\n}']


def test_json_lines_are_one_message_each_and_empty_lines_none() -> None:
    assert bodies(b'{"a": 1}\n\n{"a": 2}\r\n') == [b'{"a": 1}', b'{"a": 2}']


def test_bad_lines_are_named_by_number_and_nothing_passes() -> None:
    with pytest.raises(RefusedError) as caught:
        bodies(b'{"a": 1}\n\nnonsense\n[1]\n')

    assert "line 3:" in caught.value.message
    assert "line 4:" in caught.value.message
    assert "line 1:" not in caught.value.message
    assert caught.value.exit_code == 65


def test_of_many_bad_lines_the_first_are_named_and_the_rest_counted() -> None:
    with pytest.raises(RefusedError, match=r"line 10:.*\n  and 15 more") as caught:
        bodies(b"x\n" * 25)

    assert "line 11:" not in caught.value.message


@pytest.mark.parametrize("data", [b"", b"\n \n"])
def test_a_file_without_messages_is_refused(data: bytes) -> None:
    with pytest.raises(RefusedError, match="no message"):
        bodies(data)


def test_a_list_is_not_a_message() -> None:
    with pytest.raises(RefusedError, match="line 1"):
        bodies(b'[{"a": 1}, {"a": 2}]')
