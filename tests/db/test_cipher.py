"""Tokens at rest, and the key file."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mye_tiktok.db.cipher import TokenCipher, load_or_create_key_file, new_key
from mye_tiktok.errors import WrongSettingsError


def test_what_was_encrypted_is_read_again_and_does_not_show() -> None:
    cipher = TokenCipher([new_key()])

    sealed = cipher.encrypt("TTP_secret")

    assert "secret" not in sealed
    assert cipher.decrypt(sealed) == "TTP_secret"


def test_a_former_key_still_reads_and_rotation_moves_to_the_newest() -> None:
    old, new = new_key(), new_key()
    sealed = TokenCipher([old]).encrypt("TTP_secret")

    rotated = TokenCipher([new, old]).rotate(sealed)

    assert TokenCipher([new]).decrypt(rotated) == "TTP_secret"


def test_a_token_of_another_key_names_the_setting_to_look_at() -> None:
    sealed = TokenCipher([new_key()]).encrypt("TTP_secret")

    with pytest.raises(WrongSettingsError, match="TOKEN_KEY"):
        TokenCipher([new_key()]).decrypt(sealed)
    with pytest.raises(WrongSettingsError, match="TOKEN_KEY"):
        TokenCipher([new_key()]).rotate(sealed)


def test_a_key_file_that_does_not_fit_is_named(tmp_path: Path) -> None:
    sealed = TokenCipher([new_key()]).encrypt("TTP_secret")
    path = tmp_path / "token.key"

    with pytest.raises(WrongSettingsError, match=r"token\.key does not hold") as caught:
        TokenCipher(load_or_create_key_file(path), key_file=path).decrypt(sealed)

    assert "set TOKEN_KEY to what token.key holds" in caught.value.hint


@pytest.mark.parametrize("keys", [[], [" "], ["not a key"], [new_key(), "short"]])
def test_something_that_is_no_key_is_refused_without_being_shown(keys: list[str]) -> None:
    with pytest.raises(WrongSettingsError, match="TOKEN_KEY") as refused:
        TokenCipher(keys).check()

    assert "short" not in str(refused.value)


def test_an_erased_token_stays_empty_and_needs_no_key() -> None:
    cipher = TokenCipher([])

    assert (cipher.encrypt(""), cipher.decrypt(""), cipher.rotate("")) == ("", "", "")


def test_the_cipher_shows_no_key() -> None:
    key = new_key()

    assert key not in repr(TokenCipher([key]))


def test_a_key_file_is_made_for_its_owner_only_and_read_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "state" / "token.key"

    keys = load_or_create_key_file(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key_file(path) == keys
    assert [entry.name for entry in path.parent.iterdir()] == ["token.key"]
    TokenCipher(keys).check()


def test_several_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "token.key"

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: load_or_create_key_file(path)[0], range(32)))

    assert len(set(found)) == 1


def test_a_key_file_may_hold_former_keys(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    path.write_text("new,old\nolder\n")
    path.chmod(0o600)

    assert load_or_create_key_file(path) == ["new", "old", "older"]


def test_a_key_file_that_others_can_read_is_refused_with_the_command_to_type(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    load_or_create_key_file(path)
    path.chmod(0o640)

    with pytest.raises(WrongSettingsError) as refused:
        load_or_create_key_file(path)

    assert f"chmod 600 {path}" in refused.value.hint


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    path.touch(mode=0o600)

    with pytest.raises(WrongSettingsError, match="empty"):
        load_or_create_key_file(path)


def test_a_folder_that_can_not_hold_the_key_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(WrongSettingsError, match=r"token\.key"):
        load_or_create_key_file(tmp_path / "file" / "token.key")
