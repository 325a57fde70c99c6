"""Write docs/api.md from the docstrings of the Python interface: make docs.

tests/test_documentation.py fails where the page no longer says what the docstrings say.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from generate import NOTE, joined, said

import forecast
from forecast.api import Asked, Case
from forecast.report.answer import Answer

PAGE = Path(__file__).parent / "api.md"


def page() -> str:
    """Return the page of the Python interface: signatures and docstrings, with their examples."""
    offered = [name for name in forecast.__all__ if name != "__version__"]
    return joined(
        NOTE.replace("generate.py", Path(__file__).name),
        "# Reference of the Python interface",
        "[From Python](python.md) shows how these go together. Every example runs in a test; "
        "before each stand `import forecast` and `case = forecast.load()`. They ask for few draws "
        "to be quick: leave `draws` out for the 8,192 of the command line.",
        "`By` is year or quarter, `Names` a name or several, `Settings` text as after `--set`, "
        "several of them, or a mapping of KEY[@PERIOD] to VALUE. "
        f"{said(Asked.__doc__)} `forecast.__version__` is the version.",
        *(described(f"forecast.{name}", getattr(forecast, name)) for name in offered),
        *(
            part
            for kind in (Case, Answer)
            for part in (described(kind.__name__, kind), *members(kind))
        ),
    )


def members(kind: type) -> Iterator[str]:
    """Yield a section for each public method and property of a class, in their order."""
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else member
        if not name.startswith("_") and inspect.isfunction(function):
            yield described(f"{kind.__name__}.{name}", member, level=3)


def described(name: str, thing: Any, level: int = 2) -> str:
    """Return the section of a function, property or class: how it is called, and its docstring."""
    text, _, example = inspect.cleandoc(thing.__doc__).partition("Example:\n")
    shown = f"```pycon\n{textwrap.dedent(example).strip()}\n```" if example else ""
    return joined(f"{'#' * level} {name}", called(thing), text.strip(), shown).strip()


def called(thing: Any) -> str:
    """Return the first line of a function as its source has it; nothing for a class or property."""
    if not inspect.isfunction(thing):
        return ""
    head = re.search(r"def (.+?):\n", inspect.getsource(thing), flags=re.DOTALL)
    assert head is not None
    line = " ".join(head[1].split()).replace("( ", "(").replace(", )", ")")
    return "    " + line.replace("(self, ", "(").replace("(self)", "()")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
