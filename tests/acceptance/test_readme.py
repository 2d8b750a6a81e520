"""What the README and its companions say is so: their commands run, and what they list is what there is."""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from mye_tiktok import __version__, errors
from mye_tiktok.cli.main import program
from mye_tiktok.sandbox.controls import CONTROLS
from mye_tiktok.tiktok.explanation import EXIT_CODES
from tests.acceptance import readme
from tests.acceptance.program import Program, SandboxProcess
from tests.acceptance.terminal import environment

ROOT = readme.ROOT
TREE: Any = typer.main.get_command(program())
CRON_LINE = re.compile(r"^(?:\S+ ){5} *(.+)$")


def complaint(arguments: list[str]) -> str:
    """Return what is wrong with the arguments of one `mye-tiktok`; empty when they are good."""
    command, options = TREE, flags(TREE)
    words = iter(arguments)
    for word in words:
        if word.startswith("-") and len(word) > 1:
            name, _, value = word.partition("=")
            if name not in options:
                return f"{command.name} has no option {name}"
            if not options[name] and not value:
                next(words, None)
        elif hasattr(command, "commands"):
            if word not in command.commands:
                return f"{command.name} has no command {word}"
            command = command.commands[word]
            options |= flags(command)
    return ""


def flags(command: Any) -> dict[str, bool]:
    """Return the options of a command, and for each whether it stands alone."""
    found = {"--help": True}
    for option in command.params:
        alone = bool(getattr(option, "is_flag", False) or getattr(option, "count", False))
        found |= dict.fromkeys([*option.opts, *option.secondary_opts], alone)
    return found


def leaves(command: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every command that is not a group, with what is typed to reach it."""
    below = getattr(command, "commands", None)
    if below is None:
        yield path, command
        return
    for name, inner in below.items():
        yield from leaves(inner, f"{path} {name}".strip())


def cron_commands() -> list[str]:
    """Return the commands of crontab.example."""
    lines = readme.CRONTAB.read_text(encoding="utf-8").splitlines()
    return [found[1] for line in lines if not line.startswith("#") and (found := CRON_LINE.match(line))]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour steers the sandbox with curl, which is not here")
def test_the_tour_goes_as_the_readme_shows(tmp_path: Path) -> None:
    shown = readme.tour(readme.text())

    taken = readme.take_tour(shown, tmp_path)

    for step, real in zip(shown, taken, strict=True):
        assert readme.stable(real.output) == readme.stable(step.output), step.command


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_every_command_in_the_documents_exists_with_its_options(name: str) -> None:
    document = (ROOT / name).read_text(encoding="utf-8")
    short = [span.split() for span in readme.spans(document) if span.split()[0] in TREE.commands]

    named = [*readme.invocations(document), *short]

    assert {" ".join(arguments): complaint(arguments) for arguments in named if complaint(arguments)} == {}


def test_every_command_in_the_crontab_exists_with_its_options() -> None:
    named = [arguments for line in cron_commands() for arguments in readme.typed(line)]

    assert len(named) == len(cron_commands()) > 5
    assert [problem for arguments in named if (problem := complaint(arguments))] == []


def test_every_example_in_a_help_text_would_be_accepted() -> None:
    examples = {
        path: line.partition(": ")[2]
        for path, command in leaves(TREE)
        for line in f"{command.epilog or ''}\n{command.help or ''}".splitlines()
        if line.strip().startswith("Example")
    }

    wrong = {
        path: [problem for arguments in readme.typed(example) if (problem := complaint(arguments))]
        for path, example in examples.items()
    }
    assert {path: problems for path, problems in wrong.items() if problems} == {}
    assert [path for path, example in examples.items() if f"mye-tiktok {path}" not in example] == []


def test_every_hint_of_the_program_names_a_command_that_exists() -> None:
    said = {
        hint
        for path in (ROOT / "mye_tiktok").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for hint in re.findall(r"`(mye-tiktok [^`]+)`", sentence(node))
    }

    named = [(hint, arguments) for hint in said for arguments in readme.typed(hint)]
    assert len(named) > 10
    assert {hint: complaint(arguments) for hint, arguments in named if complaint(arguments)} == {}


def sentence(node: ast.AST) -> str:
    """Return a text of the program, with X in place of what it fills in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_command_has_an_example_in_the_readme() -> None:
    listed = [" ".join(arguments) for arguments in readme.invocations(readme.section(readme.text(), "Commands"))]

    assert [path for path, _ in leaves(TREE) if not any(f"{line} ".startswith(f"{path} ") for line in listed)] == []


def test_the_readme_lists_every_setting() -> None:
    assert readme.generated(readme.text(), "settings") == readme.settings_table()


def test_the_schedule_is_the_same_in_the_readme_the_crontab_and_the_units() -> None:
    assert readme.generated(readme.text(), "schedule") == readme.schedule_table()
    assert {path: path.read_text(encoding="utf-8") for path in [readme.CRONTAB, *readme.UNITS.iterdir()]} == (
        readme.written()
    )


def test_the_readme_lists_every_kind_of_fault() -> None:
    assert readme.generated(readme.text(), "faults") == readme.fault_kinds()


def test_every_control_of_the_sandbox_in_the_readme_exists() -> None:
    calls = [line for line in readme.text().splitlines() if line.removeprefix("$ ").startswith("curl ")]

    named = {
        ("POST" if re.search(r" -d | -X POST ", line) else "GET", line.split("/_sandbox/")[1].split(" ")[0])
        for line in calls
    }
    assert len(named) > 5
    assert named - set(CONTROLS) == set()


def test_the_readme_explains_every_exit_code() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \|", readme.section(readme.text(), "Commands"), re.MULTILINE)
    listed = {int(code) for row in rows for code in row.split(",")}

    ours = {kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and hasattr(kind, "exit_code")}
    assert listed == {0, *EXIT_CODES}
    assert ours <= listed


def test_every_file_the_readme_links_to_is_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme.text())

    assert [name for name in linked if not (ROOT / name).exists()] == []


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_cron_has_nothing_to_mail_while_all_is_well(connected: Program) -> None:
    file = connected.folder / "env"
    settings = {"XDG_STATE_HOME": str(connected.folder / "state"), **connected.environment}
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    program = {"PATH": environment(connected.folder)["PATH"], "SHELL": "/bin/sh"}
    for line in cron_commands():
        command = line.replace("/etc/mye-tiktok/env", str(file))

        run = subprocess.run(["/bin/sh", "-c", command], check=False, env=program, capture_output=True, text=True)

        assert (run.returncode, run.stdout, run.stderr) == (0, "", ""), line


@pytest.mark.postgres
@pytest.mark.rabbitmq
def test_five_variables_lead_to_postgresql_rabbitmq_and_tiktok(
    program: Program, sandbox: SandboxProcess, postgres_url: str, rabbitmq_url: str, queue: str
) -> None:
    block = next(body for _, body in readme.FENCE.findall(readme.text()) if "APP_KEY=" in body)
    known = {**sandbox.settings, "DATABASE_URL": postgres_url, "RABBIT_URL": rabbitmq_url}
    five = {name: known[name] for name in re.findall(r"^ *([A-Z_]+)=", block, re.MULTILINE)}
    ours = {name: sandbox.settings[name] for name in ("TIKTOK_API_URL", "TIKTOK_AUTH_URL")}
    ours |= {"PRODUCT_QUEUE_NAME": queue, "PRODUCT_EXCHANGE_NAME": f"{queue}.exchange"}
    set_up = program.having(**five, **ours)

    done = [
        set_up.run(*line.split())
        for line in ("db upgrade", "doctor", f"auth integrate --code {sandbox.auth_code()}", "products fetch-all")
    ]

    assert len(five) == 5
    assert [(one.code, one.err) for one in done if one.code] == []
    messages = set_up.run("queue", "peek", "product", "--limit", "100", "--json").json()["messages"]
    assert {message["subject"] for message in messages} == sandbox.product_ids()
    assert len(messages) == len(sandbox.product_ids())
