"""What the documentation says is what the program does: every line and example in it runs.

A ```console block holds command lines after `$ ` and below each what it prints (… for what is left
out). Every line that starts with `$ forecast` is run, in order, in a scratch folder of its page; a
comment `# exit code 2` says where it does not succeed. Of what is shown, the lines without a number
must be printed. "Save this as `NAME`:" before a block makes that file. Command lines inside a
sentence run too, unless a word in capitals stands for something or a line of a block begins with
them. The numbers of README.md and of the tutorial's answers are compared: after a change,
FORECAST_REFRESH=1 writes them anew.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pytest
from replayed import copy_bodies

from forecast.analysis.hindcast import hindcast
from forecast.analysis.runs.report_contents import Report
from forecast.analysis.why import origins
from forecast.api import Case
from forecast.cli import main
from forecast.cli.commands import COMMANDS
from forecast.model.equations import all_equations
from forecast.periods import quarter
from forecast.report import sections
from forecast.report.answer import Answer
from forecast.report.charts.drawings import Drawing
from forecast.report.sections import charts
from forecast.world import ensemble

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "tutorial.md"
OWN = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
PAGES = [*OWN, *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
SAVED = re.compile(r"Save this as `([^`]+)`:\s*$")
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`forecast ([^`./(]+[^`]*)`")
PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b|…")
EXIT_CODE = re.compile(r"\s+# exit code (\d+)$")
# Checks whose exit code says what they found.
CHECKS = re.compile(r"doctor --model|--alert")
SETTINGS = {"FORECAST_DRAWS": "256", "SOURCE_DATE_EPOCH": "1795000000"}
# Pages that speak of runs kept before; the moments at which they were.
KEPT = {"diff.md": ("1793000000", "1794000000")}
# Pages that speak of rows ingested before.
INGESTED = {"forget.md": ("ingest", "capex", "quarter.csv")}
# Files that the examples of the commands speak of.
FILES = {
    "quarter.csv": "series_id,period_end,value,unit\ncapex_cash_amzn,2026Q3,~60B,USD\n",
    "outlook.csv": "series_id,period,mid,published\ncapex_reported_meta,2027,200B,2026-11-20\n",
    "survey.csv": "series_id,period_end,value\nbtos_ai_use_new,2026-10-18,20.1%\n",
    "sales.csv": "series_id,date,value\n" + "".join(f"a,{2005 + k},{2**k}\n" for k in range(12)),
    "shares.csv": "series_id,date,value,unit\n"
    + "".join(f"b,{2010 + k},{k * 0.03 + 0.01:.2f},share\n" for k in range(16)),
}


@dataclass(frozen=True)
class Step:
    """A command line of a page, the exit code that the page states, and what it shows below."""

    line: str
    code: int
    shown: tuple[str, ...]


@dataclass(frozen=True)
class File:
    """A file that a page asks its reader to save."""

    name: str
    content: str


def steps(text: str) -> list[Step | File]:
    """Return the command lines of a page's console blocks, and files to save, in order."""
    found: list[Step | File] = []
    for match in FENCE.finditer(text):
        language, block = match.groups()
        if saved := SAVED.search(text[: match.start()]):
            found.append(File(saved[1], block))
        elif language == "console":
            parts = re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]
            found += [step(part.replace("\\\n", " ")) for part in parts]
    return found


def step(text: str) -> Step:
    """Return a command line with what stands below it."""
    first, *shown = text.splitlines()
    match = EXIT_CODE.search(first)
    return Step(EXIT_CODE.sub("", first), int(match[1]) if match else 0, tuple(shown))


def squeezed(text: str) -> str:
    """Return text with single blanks."""
    return " ".join(text.split())


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a cache that all pages share."""
    folder = tmp_path_factory.mktemp("documentation")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("FORECAST_") and name != "FORECAST_REFRESH":
                patch.delenv(name)
        patch.delenv("COLUMNS", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setenv("MPLBACKEND", "Agg")
        # Without a terminal the explorer is opened and left at once.
        patch.setattr("forecast.cli.explore._check_place", lambda _: None)
        patch.setattr("forecast.cli.explore.run_until_left", lambda app: app.beginning.open_bench())
        yield folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, few_targets: None, few_movers: None) -> None:
    """Condition few draws, and seldom, look at few beliefs, figures to come and origins, and draw
    few charts, because neither their numbers nor their pictures are looked at."""
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ensemble, "FEWEST_CONDITIONED", 1024)
    monkeypatch.setattr(origins, "CONDITIONED", 1)
    monkeypatch.setattr(hindcast, "FIRST_OF_MONEY", quarter("2024Q4"))
    monkeypatch.setattr(sections, "charts", few_charts)


def few_charts(report: Report) -> dict[str, list[Drawing]]:
    """Return one chart of each section of a report that has any."""
    return {name: drawings[:1] for name, drawings in charts(report).items()}


def words_of(line: str) -> list[str]:
    """Return the words of a command line, with as few draws as will do."""
    return shlex.split(re.sub(r"--draws \d+", f"--draws {SETTINGS['FORECAST_DRAWS']}", line))


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that examples speak of, to run in."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    copy_bodies(tmp_path / "bodies")
    book = openpyxl.Workbook()
    for row in (("Company", "Q2 2026 ($B)"), ("Amazon", 54.2)):
        book.worksheets[0].append(row)
    book.save(tmp_path / "companies.xlsx")
    return tmp_path


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[str]:
    """Return a page's examples in Python."""
    found = FENCE.findall(page.read_text(encoding="utf-8"))
    return [block for language, block in found if language == "python"]


@pytest.mark.slow
@pytest.mark.parametrize("page", [each for each in PAGES if steps(each.read_text())], ids=name_of)
def test_every_command_line_runs_and_prints_the_words_shown(
    page: Path,
    scratch: Path,
    small: None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for moment in KEPT.get(page.name, ()):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", moment)
        assert main.run(["project", "--keep"]) == 0
    if page.name in INGESTED:
        assert main.run(INGESTED[page.name]) == 0
    for step in steps(page.read_text(encoding="utf-8")):
        if isinstance(step, File):
            Path(step.name).write_text(step.content, encoding="utf-8")
            continue
        words = words_of(step.line)
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
        if words[0] != "forecast":
            continue
        code = main.run(words[1:])
        said = capsys.readouterr()
        if "the target is out of reach" in said.err:
            continue  # so few draws may not reach what more of them do
        allowed = {step.code, 1} if CHECKS.search(step.line) else {step.code}
        assert code in allowed, f"{step.line}\n{said.err}"
        printed = squeezed(said.out + said.err)
        assert printed or words[1] == "explore" or "-o" in words, f"{step.line} says nothing"
        for line in step.shown:
            if not re.search(r"[\d…]", line):
                assert squeezed(line) in printed, f"{step.line} does not print: {line}"


@pytest.mark.slow
def test_command_lines_inside_sentences_run(
    scratch: Path, small: None, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    shown = {each.line for text in texts for each in steps(text) if isinstance(each, Step)}
    spoken = {" ".join(found.split()) for text in texts for found in INLINE.findall(text)}
    for line in sorted(spoken):
        words = words_of(line)
        assert words[0] in COMMANDS or words[0].startswith("-") or words[0].isupper(), line
        is_whole = len(words) > 1 and not PLACEHOLDER.search(line)
        if is_whole and not any(each.startswith(f"forecast {line}") for each in shown):
            assert main.run(words) in ({0, 1} if CHECKS.search(line) else {0}), line
            capsys.readouterr()


@pytest.mark.slow
def test_the_output_in_the_readme_is_what_the_program_prints(
    scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = README.read_text(encoding="utf-8")
    (shown,) = re.findall(r"^\$ forecast project\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    assert main.run(["project"]) == 0
    printed = "".join(line[1:] or "\n" for line in capsys.readouterr().out.splitlines(True))
    if os.environ.get("FORECAST_REFRESH"):
        README.write_text(text.replace(shown, printed), encoding="utf-8")
        return
    # The run id changes with the code, and no number of it.
    assert shown.splitlines()[1:] == printed.splitlines()[1:]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "paragraph"), [("project", 1), ("whatif --set agent_penetration@2028=25%", -1)]
)
def test_the_answers_in_the_tutorial_are_what_the_program_prints(
    line: str, paragraph: int, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(line.split()) == 0
    found = capsys.readouterr().out.strip("\n").split("\n\n")[paragraph]
    printed = "".join(f"{row[1:]}\n" for row in found.splitlines())
    text = TUTORIAL.read_text(encoding="utf-8")
    (block,) = (each for _, each in FENCE.findall(text) if each.startswith(f"$ forecast {line}\n"))
    rows = block.splitlines(keepends=True)[1:]
    shown = "".join(row for row in rows if row.strip() and "…" not in row)
    if os.environ.get("FORECAST_REFRESH"):
        TUTORIAL.write_text(text.replace(shown, printed), encoding="utf-8")
        return
    assert shown == printed


@pytest.mark.slow
@pytest.mark.parametrize("page", [each for each in PAGES if blocks(each)], ids=name_of)
def test_every_example_in_python_runs(
    page: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: dict[str, object] = {}
    for block in blocks(page):
        exec(compile(block, name_of(page), "exec"), names)


def test_the_pages_of_the_commands_are_what_the_program_says() -> None:
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    pages = generate["pages"]()
    folder = ROOT / "docs" / "commands"
    assert {f"{name}.md" for name in COMMANDS} | {"README.md"} == pages.keys()
    assert {path.name for path in folder.iterdir()} == pages.keys(), "make docs"
    for name, text in pages.items():
        assert (folder / name).read_text(encoding="utf-8") == text, f"make docs: {name} is stale"


def test_the_reference_is_what_the_docstrings_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    written = runpy.run_path(str(ROOT / "docs" / "generate_reference.py"))["page"]()
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert text == written, "make docs: api.md is stale"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in LINK.findall(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {link}"
        if anchor:
            heads = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {slug(head) for head in heads}, f"{name_of(page)}: {link}"


def slug(head: str) -> str:
    """Return the anchor of a heading, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", [each for each in PAGES if each != README], ids=name_of)
def test_every_page_is_linked_from_the_index_of_its_folder(page: Path) -> None:
    folder = page.parent.parent if page.name == "README.md" else page.parent
    text = (folder / "README.md").read_text(encoding="utf-8")
    linked = {(folder / link.partition("#")[0]).resolve() for link in LINK.findall(text)}
    assert page in linked, name_of(page)


def test_the_page_of_equations_is_what_the_model_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    written = runpy.run_path(str(ROOT / "docs" / "generate_equations.py"))["page"]()
    text = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
    assert text == written, "make docs: equations.md is stale"


def test_every_equation_stands_on_its_page_once_in_the_order_of_the_chain() -> None:
    text = (ROOT / "docs" / "equations.md").read_text(encoding="utf-8")
    names = [equation.__name__ for equation in all_equations()]
    assert re.findall(r"^\*\*(\w+)\*\*: ", text, re.MULTILINE) == names
    assert "ai_revenue = Σ segments" in text
    assert "agent_revenue = segments.agents + segments.autonomous" in text
    spent = "lab_serving_at_cost.consumer = (lab_consumer_revenue × consumer_serving_part "
    assert spent + "+ weekly_users × free_cost_per_user) × serving_need.consumer" in squeezed(text)


def test_the_python_page_speaks_of_every_method() -> None:
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    for owner in (Case, Answer):
        for name in vars(owner):
            if not name.startswith("_") and callable(getattr(owner, name, None)):
                assert f"{name}(" in text, f"{owner.__name__}.{name}"
