"""Tokens at rest: encrypted with the newest key of TOKEN_KEY, readable with each of them."""

import base64
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mye_tiktok.errors import WrongSettingsError

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_HINT = "a key is 32 bytes in URL-safe base64, as `openssl rand -base64 32 | tr '+/' '-_'` prints it"


class TokenCipher:
    """Encrypts and decrypts with Fernet; `keys` newest first. Keys are looked at when first needed.

    `key_file` is where they come from when TOKEN_KEY is not set.
    """

    def __init__(self, keys: Sequence[str], *, key_file: Path | None = None) -> None:
        self._key_file = key_file
        self._keys = tuple(key.strip() for key in keys if key.strip())
        self._fernet: MultiFernet | None = None

    def __repr__(self) -> str:
        return f"TokenCipher({len(self._keys)} key(s))"

    def check(self) -> None:
        """Raise WrongSettingsError when there is no key or one of them is none."""
        self._ready()

    def encrypt(self, text: str) -> str:
        """Encrypt with the newest key; an empty text stays empty."""
        return self._ready().encrypt(text.encode()).decode("ascii") if text else ""

    def decrypt(self, sealed: str) -> str:
        """Decrypt with whichever key fits; raises WrongSettingsError when none does."""
        from cryptography.fernet import InvalidToken

        if not sealed:
            return ""
        try:
            return self._ready().decrypt(sealed).decode()
        except InvalidToken:
            raise self._foreign() from None

    def rotate(self, sealed: str) -> str:
        """Encrypt anew with the newest key; raises WrongSettingsError when no key fits."""
        from cryptography.fernet import InvalidToken

        if not sealed:
            return ""
        try:
            return self._ready().rotate(sealed).decode("ascii")
        except InvalidToken:
            raise self._foreign() from None

    def _ready(self) -> "MultiFernet":
        if self._fernet is None:
            from cryptography.fernet import Fernet, MultiFernet

            if not self._keys:
                raise WrongSettingsError("TOKEN_KEY holds no key, so tokens can't be encrypted", hint=KEY_HINT)
            try:
                self._fernet = MultiFernet([Fernet(key) for key in self._keys])
            except ValueError:
                raise WrongSettingsError("TOKEN_KEY holds something that is no key", hint=KEY_HINT) from None
        return self._fernet

    def _foreign(self) -> WrongSettingsError:
        hint = "put the former key behind the new one: TOKEN_KEY=new,old; then `mye-tiktok auth rekey`"
        if self._key_file:
            hint = "set TOKEN_KEY to what token.key holds on the host, and of the user, that connected the shop"
        holder = self._key_file or "TOKEN_KEY"
        return WrongSettingsError(f"the stored tokens were encrypted with a key that {holder} does not hold", hint=hint)


def load_or_create_key_file(path: Path) -> list[str]:
    """Return the keys in `path`, one a line or comma-separated; the first call makes the file with mode 0600.

    Two processes at once end up with one key: the file appears complete or not at all. Raises
    WrongSettingsError when others may read the file, when it is empty, or when it can't be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _create(path)
        return _load(path)
    except OSError as error:
        raise WrongSettingsError(
            f"the key file {path} can't be used: {error.strerror}", hint="set TOKEN_KEY, or make the folder writable"
        ) from error


def new_key() -> str:
    """Return a random key."""
    return base64.urlsafe_b64encode(os.urandom(32)).decode("ascii")


def _create(path: Path) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(new_key() + "\n")
            file.flush()
            os.fsync(file.fileno())
        # a link never replaces what is there: of two processes one wins and both read its key
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _load(path: Path) -> list[str]:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise WrongSettingsError(
            f"the key file {path} can be read by others (mode {mode:04o})", hint=f"type: chmod 600 {path}"
        )
    keys = path.read_text(encoding="utf-8").replace(",", "\n").split()
    if not keys:
        raise WrongSettingsError(f"the key file {path} is empty", hint=KEY_HINT)
    return keys
