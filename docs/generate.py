"""Write docs/commands from the program itself: python docs/generate.py, or make docs.

tests/test_documentation.py fails where a page no longer says what the program says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import typer

from forecast.cli import help as topics
from forecast.cli.commands import COMMANDS, full_app
from forecast.cli.options import Given
from forecast.report.formats import markdown

FOLDER = Path(__file__).parent / "commands"
SHARED = {f"--{field.name.replace('_', '-')}" for field in fields(Given)}
OTHERWISE = {("ingest", "--as-of")}  # an option of its own by a shared name
NOTE = "<!-- Written by docs/generate.py from the program; change the program, then make docs. -->"


def pages() -> dict[str, str]:
    """Return the text of every page by its name."""
    group: Any = typer.main.get_command(full_app())
    found = {f"{name}.md": page(name, group.commands[name]) for name in COMMANDS}
    return {**found, "README.md": index(group)}


def index(group: Any) -> str:
    """Return the list of commands, and the options that they share."""
    rows = [(f"[`forecast {name}`]({name}.md)", text) for name, (_, text) in COMMANDS.items()]
    shared = [each for each in group.commands["project"].params if is_shared("project", each)]
    return joined(
        NOTE,
        "# Commands",
        table(("command", "does"), rows),
        "Results go to stdout; progress, warnings, hints and errors to stderr. "
        "[`forecast help`](help.md) explains settings, units, bands, variables of the environment, "
        "exit codes and the machine formats.",
        "## Shared options",
        "Most commands take these; each page names those that apply. A value may also stand in the "
        "environment (`FORECAST_DRAWS`) or in `forecast.toml`.",
        table(("option", ""), [(usage_of(each), said(each.help)) for each in shared]),
    )


def page(name: str, command: Any) -> str:
    """Return the page of a command, with a section for each of its parts."""
    parts = [NOTE, f"# forecast {name}"]
    if hasattr(command, "commands"):
        parts.append(said(command.help))
        for part, inner in command.commands.items():
            parts += [f"## forecast {name} {part}", *section(f"{name} {part}", inner)]
    else:
        parts += section(name, command)
    if name == "help":
        for topic, (_, blocks) in topics.TOPICS.items():
            parts += [f"## {topic}", markdown.render(blocks()).strip()]
    return joined(*parts)


def section(words: str, command: Any) -> Iterator[str]:
    """Yield what a command does, its arguments and options, notes, and examples."""
    own = [each for each in command.params if not is_shared(words, each)]
    arguments = [each for each in own if each.param_type_name == "argument"]
    options = [each for each in own if each.param_type_name == "option"]
    shared = [max(each.opts, key=len) for each in command.params if is_shared(words, each)]
    notes, examples = told(command.epilog or "")
    yield said(command.help)
    tail = "".join(f" {each.metavar or each.name.upper()}" for each in arguments)
    yield f"    forecast {words}{tail} [OPTIONS]"
    if any(each.help for each in arguments):
        yield table(("argument", ""), [(f"`{a.metavar}`", said(a.help)) for a in arguments])
    if options:
        yield table(("option", ""), [(usage_of(each), said(each.help)) for each in options])
    if shared:
        names = ", ".join(f"`{name}`" for name in shared)
        yield f"[Shared options](README.md#shared-options): {names}."
    yield from notes
    if examples:
        yield "```console\n" + "\n".join(f"$ {line}" for line in examples) + "\n```"


def is_shared(words: str, parameter: Any) -> bool:
    """Return whether a parameter of a command is one of the shared options."""
    name = max(parameter.opts, key=len)
    return name in SHARED and (words, name) not in OTHERWISE


def usage_of(option: Any) -> str:
    """Return an option as it is written: `-o`, `--output FILE`."""
    names = ", ".join(f"`{name}`" for name in sorted(option.opts, key=len))
    shown = "" if option.is_flag or not option.metavar else f" {option.metavar}"
    return names[:-1] + shown.replace("|", "\\|") + "`"


def told(epilog: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs of an epilog, and its examples."""
    notes, examples = [], []
    for block in epilog.replace("\b", "").split("\n\n"):
        lines = [line.strip() for line in block.splitlines()]
        examples += [line for line in lines if line.startswith("forecast ")]
        text = " ".join(line for line in lines if line and not line.startswith("forecast "))
        if text and text != "Examples:":
            notes.append(text)
    return notes, examples


def said(text: str | None) -> str:
    """Return a help text on one line, without what would end a cell."""
    return " ".join((text or "").replace("\b", "").split()).replace("|", "\\|")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def joined(*parts: str) -> str:
    """Return parts as a page."""
    return "\n\n".join(part for part in parts if part) + "\n"


def main() -> None:
    """Write every page, and take away those of commands that are gone."""
    FOLDER.mkdir(exist_ok=True)
    written = pages()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    for path in FOLDER.glob("*.md"):
        if path.name not in written:
            path.unlink()


if __name__ == "__main__":
    main()
