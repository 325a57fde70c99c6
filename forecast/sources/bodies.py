"""Bodies as they were served, in files that replay: FOLDER/DAY/HOST/PATH, the day of the fetch.

`?` is written `@`, for not every system has it in names, and a name without a dot ends with it, for
it may be the folder of other names. Every other folder of the same build, with
or without days, replays too.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from forecast.sources.addresses import NotThereError
from forecast.sources.client import Answer, Validators
from forecast.sources.figures import Body

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIELD = re.compile(r"[A-Za-z0-9][\w.-]*")


def name_of(url: str) -> str:
    """Return the name of an address's body below a folder: HOST/PATH.

    Raises ValueError for one that would lead out of it.
    """
    parts = urlsplit(url)
    steps = [parts.netloc.replace(":", "_"), *parts.path.split("/")[1:]]
    if parts.query:
        steps[-1] += f"@{parts.query}"
    elif steps[-1] and "." not in steps[-1]:
        steps[-1] += "@"
    is_odd = any(step in {"", ".", ".."} or set(step) & {"/", "\\", "\0"} for step in steps)
    if is_odd or len(steps) == 1:
        raise ValueError(f"{url!r} names no file")
    return "/".join(steps)


def filled(template: str, fields: dict[str, str]) -> str:
    """Return an address whose fields in braces a body filled in.

    Raises ValueError for a field that is more than letters, digits, dots and hyphens.
    """
    for name, value in fields.items():
        if not _FIELD.fullmatch(value) or ".." in value:
            raise ValueError(f"{name} = {value!r}")
    return template.format_map(fields)


class Bodies:
    """A folder of bodies; `today` dates those that lie in no folder of a day."""

    def __init__(self, folder: Path, today: date) -> None:
        self.folder = folder
        self._today = today

    def newest(self, url: str) -> Body | None:
        """Return the newest body of an address, None if there is none."""
        name = name_of(url)
        days = sorted(
            (each.name for each in _folders(self.folder) if _DAY.fullmatch(each.name)), reverse=True
        )
        for day in [*days, ""]:
            path = self.folder / day / name
            if path.is_file():
                fetched = date.fromisoformat(day) if day else self._today
                return Body(url, path.read_bytes(), fetched)
        return None

    def keep(self, body: Body) -> None:
        """Write a body, whole or not at all. Raises OSError."""
        path = self.folder / body.fetched.isoformat() / name_of(body.url)
        path.parent.mkdir(parents=True, exist_ok=True)
        staged = path.with_name(f".{secrets.token_hex(6)}")
        try:
            with staged.open("xb") as file:
                file.write(body.content)
                file.flush()
                os.fsync(file.fileno())
            staged.replace(path)
        except BaseException:
            with suppress(OSError):
                staged.unlink()
            raise


class Replay:
    """Answers from a folder of bodies instead of the network."""

    contact = "replayed"

    def __init__(self, bodies: Bodies) -> None:
        self.bodies = bodies

    def get(self, url: str, known: Validators) -> Answer:
        """Return the newest body of an address. Raises NotThereError."""
        body = self.bodies.newest(url)
        if body is None:
            raise NotThereError(f"no {name_of(url)} in {self.bodies.folder}", "its body")
        return Answer(body.content, Validators(), body.fetched)


def _folders(folder: Path) -> list[Path]:
    try:
        return [each for each in folder.iterdir() if each.is_dir()]
    except OSError:
        return []
