"""The README as data: its tour, the commands it names, and the parts of it that are generated.

`python -m tests.acceptance.readme` writes the generated parts anew.
"""

import re
import shlex
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mye_tiktok.config_table import SETTINGS
from mye_tiktok.domain.crontab import crontab
from mye_tiktok.domain.placement import Placement
from mye_tiktok.domain.schedule import JOBS, SERVICES
from mye_tiktok.domain.units import units
from mye_tiktok.sandbox.faults import KINDS
from tests.acceptance.terminal import perform

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
CRONTAB = ROOT / "crontab.example"
UNITS = ROOT / "deploy" / "systemd"
TOUR = "A five-minute tour"
HOME = "/home/you/tour"
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A typed command and what the README shows below it."""

    command: str
    output: str


def text() -> str:
    """Return the README."""
    return README.read_text(encoding="utf-8")


def section(document: str, heading: str) -> str:
    """Return what stands below a second-level heading."""
    return document.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def tour(document: str) -> list[Step]:
    """Return the steps of the tour in order."""
    blocks = [body for language, body in FENCE.findall(section(document, TOUR)) if language == "console"]
    return [step for block in blocks for step in _steps(block)]


def _steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Step(command=command, output=output)


def take_tour(steps: Sequence[Step], folder: Path) -> list[Step]:
    """Type the tour's commands at a terminal in `folder` and return them with what they really printed."""
    printed = perform([step.command for step in steps], folder)
    shown = [output.replace(str(folder / "tour"), HOME) for output in printed]
    return [Step(command=step.command, output=output) for step, output in zip(steps, shown, strict=True)]


def stable(output: str) -> list[str]:
    """Return the lines of an output without what differs from run to run: times, ids, blanks."""
    for pattern, word in (
        (r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d)?(\.\d+)?Z?)?", "TIME"),
        (r"\b\d+(\.\d+)? s\b", "SECONDS"),
        (r"\b[0-9a-f]{32}\b", "ID"),
        (r"\b\d{14}[0-9A-F]{20}\b", "REQUEST"),
        (r"\b577\d{15}\b", "ORDER"),
        (r"\b7[0-9]{18}\b(?= *ORDER_|\t)", "NOTIFICATION"),
        # how many orders of the sandbox's past are late depends on the time of day
        (r"(?m)^to ship: .*$", "TO SHIP"),
    ):
        output = re.sub(pattern, word, output)
    return [" ".join(line.split()) for line in output.splitlines() if line.strip()]


def invocations(document: str) -> Iterator[list[str]]:
    """Yield the arguments of every `mye-tiktok` that stands in a code block or a code span."""
    lines = [(language, line.strip()) for language, body in FENCE.findall(document) for line in body.splitlines()]
    fragments = [line for language, line in lines if language != "console" or line.startswith("$ ")]
    for fragment in [*fragments, *spans(document)]:
        yield from typed(fragment)


def spans(document: str) -> list[str]:
    """Return every code span."""
    return [" ".join(span.split()) for span in SPAN.findall(FENCE.sub("", document))]


def typed(line: str) -> Iterator[list[str]]:
    """Yield the arguments of every `mye-tiktok` in one line of shell."""
    plain = re.sub(r"\$\([^)]*\)", "VALUE", re.sub(r"(^|\s)#.*", "", line).removeprefix("$ "))
    for piece in re.split(r"&&|\|\|?|;|&", plain):
        found = re.search(r"(?:^|[\s/])mye-tiktok(?: +(.*))?$", piece.strip())
        if found and re.fullmatch(r"(\S+=\S* )*\S*", piece.strip()[: found.start()]):
            words = shlex.split(found[1] or "")
            yield [word for word in words if not re.match(r"\d?>", word)]


def settings_table() -> str:
    """Return the table of settings as Markdown."""
    rows = ["| name | default | meaning |", "|---|---|---|"]
    for setting in SETTINGS:
        default = f"`{setting.default}`" if setting.default else ""
        secret = "; secret" if setting.secret else ""
        rows.append(f"| `{setting.name}` | {default} | {setting.meaning}{secret} |")
    return "\n".join(rows)


def fault_kinds() -> str:
    """Return the kinds of faults of the sandbox as Markdown."""
    return textwrap.fill(", ".join(f"`{kind}`" for kind in KINDS) + ".", 120)


def schedule_table() -> str:
    """Return the table of jobs, and of what stays, as Markdown."""
    rows = ["| when | command | why |", "|---|---|---|"]
    rows += [f"| {job.cadence.in_words} | `{job.arguments}` | {job.reason} |" for job in JOBS]
    rows += [f"| stays | `{service.arguments}` | {service.reason} |" for service in SERVICES]
    return "\n".join(rows)


def written() -> dict[Path, str]:
    """Return the files that are made of the schedule."""
    return {CRONTAB: crontab(JOBS, Placement())} | {
        UNITS / name: content for name, content in units(JOBS, SERVICES, Placement()).items()
    }


def generated(document: str, mark: str) -> str:
    """Return what stands between <!-- mark --> and <!-- /mark -->."""
    return document.split(f"<!-- {mark} -->", 1)[1].split(f"<!-- /{mark} -->", 1)[0].strip("\n")


def renewed(document: str, taken: Sequence[Step]) -> str:
    """Return the document with its generated parts made anew, and those outputs of the tour that say something else."""
    tables = (("settings", settings_table()), ("schedule", schedule_table()), ("faults", fault_kinds()))
    for mark, content in tables:
        start, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
        document = document.split(start, 1)[0] + f"{start}\n{content}\n{end}" + document.split(end, 1)[1]
    fresh = iter(taken)

    def fill(block: re.Match[str]) -> str:
        if block[1] != "console":
            return block[0]
        steps = [_newer(step, next(fresh)) for step in _steps(block[2])]
        return "```console\n" + "".join(f"$ {step.command}\n{_trimmed(step.output)}" for step in steps) + "```"

    before = section(document, TOUR)
    return document.replace(before, FENCE.sub(fill, before))


def _newer(shown: Step, real: Step) -> Step:
    return shown if stable(shown.output) == stable(real.output) else real


def _trimmed(output: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in output.splitlines() if line.strip())


def write_schedule() -> None:
    """Write crontab.example and the systemd units, and delete those that there are no more."""
    UNITS.mkdir(parents=True, exist_ok=True)
    for path in set(UNITS.iterdir()) - set(written()):
        path.unlink()
    for path, content in written().items():
        path.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    write_schedule()
    with tempfile.TemporaryDirectory(prefix="mye-tiktok-tour-") as temporary:
        README.write_text(renewed(text(), take_tour(tour(text()), Path(temporary))), encoding="utf-8")
