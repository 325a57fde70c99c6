"""Data walks one way: a room imports only the rooms before it, never a later one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "forecast"
SHARED = {"errors", "units", "periods", "result", "processors"}
# `beliefs` turns a stated belief into draws for every room after the inputs.
ORDER = (
    "inputs",
    "sources",
    "beliefs",
    "curves",
    "ensemble",
    "money",
    "model",
    "world",
    "analysis",
    "report",
)
# Of the reading of tables: what a cell says, files as lines of cells, what a table is, its rows,
# and a way of their own for large plain ones.
OF_TABLES = ("cells", "formats", "layout", "rows", "plain")
# Of the inputs: YAML, tables, what a person ingests, and what results are held against.
OF_INPUTS = ("yaml", "tables", "ingest", "yardsticks")
A_DOZEN = 12
# Who may know the store, which stands beside the way.
STORE_USERS = {"inputs", "world", "analysis", "store"}
# The command line, the explorer and the Python interface stand outside, side by side: they knock on
# the rooms that answer questions and draw results. A command may start the explorer,
# whose tracks are even in the scale of a belief.
OUTSIDE = {"cli", "explorer", "api"}
MAY_ALSO = {"cli": {"explorer"}, "explorer": {"beliefs"}}
OUTSIDE_MAY = {"world", "analysis", "report", "inputs", "sources", "store", "model"}


def room_of(path: Path) -> str:
    """Return the room that a file belongs to: a folder of the package, or a shared module."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(source: str) -> set[str]:
    """Return the rooms that a file imports, wherever in it the import stands."""
    rooms = set()
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names = [node.module or ""]
            if node.module == "forecast":
                names = [f"forecast.{alias.name}" for alias in node.names]
        parts = [name.split(".") for name in names]
        rooms |= {part[1] for part in parts if part[0] == "forecast" and len(part) > 1}
    return rooms - {"__version__"}


def allowed(room: str, shared: set[str]) -> set[str]:
    """Return the rooms that a room may import."""
    if room in {"__init__", "__main__"}:
        return {*ORDER, *OUTSIDE, *shared}
    if room in shared:
        return shared
    if room in OUTSIDE:
        return {room} | MAY_ALSO.get(room, set()) | OUTSIDE_MAY | shared
    before = set(ORDER[: ORDER.index(room) + 1]) if room in ORDER else {"inputs"}
    return before | shared | ({"store"} if room in STORE_USERS else set())


def wrong_arrows(files: dict[str, str], shared: set[str]) -> list[str]:
    """Return `file imports room` for each import that runs the wrong way."""
    return [
        f"{name} imports {target}"
        for name, source in files.items()
        for target in sorted(imported_rooms(source) - allowed(room_of(PACKAGE / name), shared))
    ]


def test_no_import_runs_the_wrong_way() -> None:
    paths = sorted(PACKAGE.rglob("*.py"))
    top = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__", *ORDER, *OUTSIDE}
    top |= {"processors"}
    assert top >= SHARED
    files = {str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in paths}
    assert len(files) > 20
    assert wrong_arrows(files, top) == []


def imports(path: Path) -> set[Path]:
    """Return the files of the package that a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            module = ROOT.joinpath(*node.module.split("."))
            within = {module / f"{alias.name}.py" for alias in node.names}
            found |= within | {module.with_suffix(".py")}
        elif isinstance(node, ast.Import):
            found |= {
                ROOT.joinpath(*each.name.split(".")).with_suffix(".py") for each in node.names
            }
    return {each for each in found if each.is_file()}


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {path: imports(path) for path in PACKAGE.rglob("*.py")}
    assert sum(map(len, graph.values())) > 1000
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError, which names them
    assert set(order) == set(graph)


@pytest.mark.parametrize(("place", "rooms"), [("inputs", OF_INPUTS), ("inputs/tables", OF_TABLES)])
def test_rooms_within_a_room_stand_in_an_order(place: str, rooms: tuple[str, ...]) -> None:
    folder = PACKAGE / place

    def room(path: Path) -> str:
        return path.relative_to(folder).parts[0] if path.is_relative_to(folder) else ""

    paths = [path for each in rooms for path in (folder / each).rglob("*.py")]
    arrows = {(room(path), room(other)) for path in paths for other in imports(path)}
    between = {(one, other) for one, other in arrows if other in rooms}
    assert len(between) > len(rooms)
    assert [each for each in sorted(between) if rooms.index(each[0]) < rooms.index(each[1])] == []


def crowded(files: Iterable[Path]) -> dict[str, int]:
    """Return the folders that hold more files than fit in a head, and how many each holds."""
    held = Counter(
        str(path.parent) for path in files if path.name not in {"__init__.py", "__main__.py"}
    )
    return {folder: number for folder, number in held.items() if number > A_DOZEN}


def test_no_room_is_crowded_but_that_of_the_commands() -> None:
    assert crowded(PACKAGE.rglob("*.py")).keys() == {str(PACKAGE / "cli")}
    assert crowded(Path("room", f"{number}.py") for number in range(13)) == {"room": 13}


@pytest.mark.parametrize(
    ("name", "source", "arrow"),
    [
        ("inputs/a.py", "from forecast.curves import ensemble", "curves"),
        ("model/a.py", "def f():\n    import forecast.analysis.project", "analysis"),
        ("curves/a.py", "from forecast import store", "store"),
        ("sources/a.py", "from forecast.store import Store", "store"),
        ("errors.py", "from forecast.report import words", "report"),
        ("analysis/a.py", "from forecast.report.words import answer", "report"),
        ("report/a.py", "from forecast.cli.main import app", "cli"),
        ("analysis/a.py", "from forecast.api import load", "api"),
        ("cli/a.py", "import forecast.api", "api"),
        ("explorer/a.py", "from forecast.cli.main import app", "cli"),
        ("api.py", "from forecast.cli.options import Given", "cli"),
    ],
)
def test_a_wrong_arrow_is_seen(name: str, source: str, arrow: str) -> None:
    assert wrong_arrows({name: source}, SHARED) == [f"{name} imports {arrow}"]
