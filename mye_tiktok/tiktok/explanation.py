"""What a code means in words, for people."""

from dataclasses import dataclass

from mye_tiktok.domain.stock_codes import CODES
from mye_tiktok.errors import RefusedError
from mye_tiktok.tiktok.answer import Answer
from mye_tiktok.tiktok.error_codes import ErrorCode, error_codes
from mye_tiktok.tiktok.judgement import judge
from mye_tiktok.tiktok.operations import GET_PRODUCT

EXIT_CODES = {
    1: ("done, but some items failed or not everything was seen", "read the failures in the report, then run again"),
    2: ("the command line does not say what to do", "look at the command's --help"),
    65: (
        "the input was refused for good, or the guard stopped a push that would take away too much stock",
        "correct the file, the message or the item that the error names; `mye-tiktok explain guard` tells of the guard",
    ),
    69: ("TikTok, the database, the broker or MYE could not be reached after retries", "run `mye-tiktok doctor`"),
    70: ("a bug in mye-tiktok", "report it with the traceback from the log"),
    75: ("another run holds this job, or a limit was reached", "try later; the message says who or how long"),
    76: ("TikTok answered something that mye-tiktok does not understand", "update mye-tiktok, else report it"),
    77: ("a person must act: an authorization or a scope is missing", "run `mye-tiktok auth status`"),
    78: ("the configuration is wrong", "run `mye-tiktok config show` and correct what the error lists"),
    130: ("stopped by SIGINT after finishing the item in hand", "run it again when you like"),
    143: ("stopped by SIGTERM after finishing the item in hand", "run it again when you like"),
}
ACTIONS = {
    "ok": "nothing: this is success",
    "repeat": "mye-tiktok repeats what may be repeated by itself",
    "wait": "mye-tiktok slows down and repeats by itself",
    "later": "go on in the next hour",
    "refresh": "mye-tiktok renews the token and repeats once by itself",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """`action` is what to do; `retry` the documentation's class, empty for exit codes of ours."""

    code: int | str
    meaning: str
    action: str
    layer: str = ""
    retry: str = ""
    source: str = ""
    operations: tuple[str, ...] = ()

    def as_json(self) -> dict[str, int | str | list[str]]:
        """Return what is known, empty fields left out."""
        shown: dict[str, int | str | list[str]] = {"code": self.code, "meaning": self.meaning, "action": self.action}
        more = {"layer": self.layer, "retry": self.retry, "source": self.source}
        shown.update({name: value for name, value in more.items() if value})
        if self.operations:
            shown["operations"] = list(self.operations)
        return shown


def explanation(code: int | str) -> Explanation:
    """Explain a code of TikTok, or an exit code or a word of ours. Raises RefusedError for one that is not known."""
    if isinstance(code, str):
        return _word(code)
    known = error_codes().get(code)
    if known is not None:
        return _documented(known)
    if code in EXIT_CODES:
        meaning, action = EXIT_CODES[code]
        return Explanation(code=code, meaning=meaning, action=action, layer="exit code of mye-tiktok")
    raise RefusedError(
        f"code {code} is neither documented by TikTok nor an exit code of mye-tiktok",
        hint="look it up in TikTok's Partner Center, with the request id from the log",
        code=code,
    )


def _word(word: str) -> Explanation:
    if word.isdecimal():
        return explanation(int(word))
    if word not in CODES:
        raise RefusedError(
            f"{word} is no code of mye-tiktok",
            hint=f"its own codes are {', '.join(sorted(CODES))}",
            code="unknown-code",
        )
    meaning, action = CODES[word]
    return Explanation(code=word, meaning=meaning, action=action, layer="code of mye-tiktok")


def _documented(known: ErrorCode) -> Explanation:
    return Explanation(
        code=known.code,
        meaning=known.meaning,
        action=_action(known),
        layer=known.layer,
        retry=f"{known.retry} ({known.retry_meaning})",
        source={"doc": "official documentation"}.get(known.mark, "seen in the field"),
        operations=known.operations,
    )


def _action(known: ErrorCode) -> str:
    """Take the advice from the judgement itself, so that both never part."""
    if known.code == 36009004:
        return "read TikTok's message: it names the parameter that is wrong, and mye-tiktok acts on that"
    verdict = judge(Answer(status=200, code=known.code), GET_PRODUCT)
    if verdict.kind in ACTIONS:
        return ACTIONS[verdict.kind]
    if verdict.kind == "reject":
        return known.retry_meaning
    return verdict.failure.hint if verdict.failure else ""
