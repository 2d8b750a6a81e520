"""What can go wrong, named by consequence; each class carries the exit code that operators rely on."""

from collections.abc import Sequence
from typing import Literal

Parks = Literal["", "channel", "authorization"]


class MyeTikTokError(Exception):
    """A failure with a sentence for the operator: what failed, what came back, what to do next.

    `code` is TikTok's code when TikTok refused, else a short word of ours. Neither `message` nor `hint`
    ever holds a secret or a buyer's data.
    """

    exit_code = 70
    word = "error"

    def __init__(self, message: str, *, hint: str = "", code: int | str = "", request_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = str(code) if code != "" else self.word
        self.request_id = request_id

    def as_json(self) -> dict[str, object]:
        """Return the object that `--json` puts on the last line of stderr."""
        return {
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
            "request_id": self.request_id,
            "exit_code": self.exit_code,
        }


class WrongUsageError(MyeTikTokError):
    """The command line does not say what to do."""

    exit_code = 2
    word = "usage"


class RefusedError(MyeTikTokError):
    """The input was refused for good: a bad file, a bad message, an item that TikTok calls invalid."""

    exit_code = 65
    word = "refused"


class UnreachableError(MyeTikTokError):
    """TikTok, the database, the broker or MYE could not be reached, after retries."""

    exit_code = 69
    word = "unreachable"


class PartlySentError(UnreachableError):
    """The broker went away in the middle of a batch; `confirmed` are the ids of the messages it has for certain.

    Mark those sent; every other message of the batch counts as not sent and is published again under its id.
    """

    def __init__(self, message: str, *, hint: str = "", confirmed: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint)
        self.confirmed = tuple(confirmed)


class TryLaterError(MyeTikTokError):
    """Another run holds the job, or a limit was reached. `after` is TikTok's or our wish in seconds, if any."""

    exit_code = 75
    word = "try-later"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: int | str = "",
        request_id: str = "",
        after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint, code=code, request_id=request_id)
        self.after = after


class NotUnderstoodError(MyeTikTokError):
    """TikTok answered something that its documentation does not describe."""

    exit_code = 76
    word = "not-understood"


class NeedsPersonError(MyeTikTokError):
    """An authorization is missing, expired or revoked, or a scope is missing.

    `parks` tells the job what must rest until a person acted.
    """

    exit_code = 77
    word = "needs-person"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: int | str = "",
        request_id: str = "",
        parks: Parks = "",
    ) -> None:
        super().__init__(message, hint=hint, code=code, request_id=request_id)
        self.parks: Parks = parks


class WrongSettingsError(MyeTikTokError):
    """The configuration is wrong; `problems` lists every finding at once."""

    exit_code = 78
    word = "settings"

    def __init__(
        self,
        message: str,
        *,
        problems: Sequence[str] = (),
        hint: str = "",
        code: int | str = "",
        request_id: str = "",
    ) -> None:
        shown = "\n".join([message, *(f"  - {problem}" for problem in problems)])
        super().__init__(shown, hint=hint, code=code, request_id=request_id)
        self.problems = tuple(problems)


class UnfinishedError(MyeTikTokError):
    """Done, but not all is well; stdout tells in full. `exit_code` is that of the gravest finding."""

    word = "unfinished"

    def __init__(self, message: str, *, exit_code: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.exit_code = exit_code


class StoppedError(MyeTikTokError):
    """A signal asked the run to stop; the item in hand was finished and the state saved."""

    word = "stopped"

    def __init__(self, message: str, *, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number
