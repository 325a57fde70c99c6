"""The program where the system is not as it expects: odd outputs, closed streams, no folder, names
that are not UTF-8, too little memory, narrow terminals."""

from __future__ import annotations

import errno
import fcntl
import io
import json
import os
import pty
import resource
import socket
import stat
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_result import projection

from forecast.cli import files, main, output, streams
from forecast.processors.memory import is_shortage
from forecast.report.blocks import Prose

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="of Linux")

PROGRAM = (sys.executable, "-m", "forecast")
INGEST = ("ingest", "capex", "second.csv")
LIST = ("metrics", "--format", "json")
PROJECT = ("project", "--draws", "64", "-q")
Run = Callable[..., subprocess.CompletedProcess[bytes]]


def started(
    folder: Path | bytes,
    *arguments: str | bytes,
    redirect: str = "",
    limit: int | None = None,
    largest: int | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in a folder, in a process whose memory and files may be limited."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FORECAST_")}
    kept.pop("COLUMNS", None)

    def prepare() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        if largest is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))

    return subprocess.run(
        ["sh", "-c", f'exec "$@" {redirect}', "sh", *PROGRAM, *arguments],
        cwd=folder,
        env={**kept, "SOURCE_DATE_EPOCH": "1767225600"},
        capture_output=True,
        check=False,
        preexec_fn=prepare,
        timeout=300,
    )


@pytest.fixture
def forecast(tmp_path: Path) -> Run:
    """Return a function that runs the program, in an empty folder unless it is given another."""

    def run(
        *arguments: str | bytes, folder: Path | bytes | None = None, **ways: Any
    ) -> subprocess.CompletedProcess[bytes]:
        return started(folder or tmp_path, *arguments, **ways)

    return run


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return what stderr says, after a look that it is neither a traceback nor "a defect"."""
    text = done.stderr.decode()
    assert "Traceback" not in text
    assert "defect" not in text
    return text


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the list of metrics is on stdout."""
    done = started(tmp_path_factory.mktemp("listed"), *LIST)
    assert done.returncode == 0
    assert json.loads(done.stdout)["rows"]
    return done.stdout


def test_a_link_stays_and_what_it_leads_to_is_replaced_whole(
    forecast: Run, listed: bytes, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    old = folder / "old.json"
    old.write_bytes(b"old")
    number = old.stat().st_ino
    (tmp_path / "first").symlink_to("elsewhere/second")
    (folder / "second").symlink_to("old.json")
    assert forecast(*LIST, "-o", "first").returncode == 0
    assert (tmp_path / "first").is_symlink()
    assert (folder / "second").is_symlink()
    assert old.read_bytes() == listed
    assert old.stat().st_ino != number  # another file took its place, at once
    assert {path.name for path in folder.iterdir()} == {"old.json", "second"}


def test_a_link_that_leads_nowhere_gets_its_file(
    forecast: Run, listed: bytes, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("new.json")
    assert forecast(*LIST, "-o", "link").returncode == 0
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "new.json").read_bytes() == listed
    (tmp_path / "lost").symlink_to("no/folder.json")
    done = forecast(*LIST, "-o", "lost")
    assert done.returncode == 2
    assert "no folder no" in said(done)


def test_a_fifo_gets_the_whole_content_and_stays(
    forecast: Run, listed: bytes, tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(fifo.read_bytes()), daemon=True)
    reader.start()
    assert forecast(*LIST, "-o", "fifo").returncode == 0
    reader.join(30)
    assert got == [listed]
    assert stat.S_ISFIFO(fifo.lstat().st_mode)
    assert list(tmp_path.iterdir()) == [fifo]


def test_devices_and_descriptors_are_written_to(
    forecast: Run, listed: bytes, tmp_path: Path
) -> None:
    before = Path("/dev/null").stat()
    assert forecast(*LIST, "-o", "/dev/null").returncode == 0
    after = Path("/dev/null").stat()
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert forecast(*LIST, "-o", "/dev/stdout").stdout == listed
    assert forecast(*LIST, "-o", "/dev/stderr").stderr == listed
    (tmp_path / "log").write_bytes(b"before\n")
    assert forecast(*LIST, "-o", "/dev/stdout", redirect=">>log").returncode == 0
    assert (tmp_path / "log").read_bytes() == b"before\n" + listed
    done = forecast(*LIST, "-o", "/dev/full")
    assert done.returncode == 2
    assert "No space left" in said(done)


def test_what_cannot_be_written_is_refused_and_stays(forecast: Run, tmp_path: Path) -> None:
    (tmp_path / "circle").symlink_to("circle")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name, found in (("circle", "symbolic links"), ("socket", "a socket")):
            done = forecast(*LIST, "-o", name)
            assert done.returncode == 2
            assert found in said(done)
        assert stat.S_ISSOCK((tmp_path / "socket").lstat().st_mode)
    assert (tmp_path / "circle").is_symlink()


def test_what_is_no_file_fails_before_any_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "full").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        files.write_files({tmp_path / "a": b"new", tmp_path / "full": b"new"})
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(OSError, match="a socket"):
            files.write_files({tmp_path / "a": b"new", tmp_path / "socket": b"new"})
    assert (tmp_path / "a").read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"a", "full", "socket"}


def test_leftovers_stand_beside_what_a_link_leads_to(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    left = folder / f".report.html.{gone.pid}.abc"
    left.touch()
    (tmp_path / "link").symlink_to("elsewhere/report.html")
    files.remove_leftovers([tmp_path / "link"])
    assert not left.exists()


@pytest.mark.parametrize("arguments", [LIST, ("project", "--draws", "64"), ("--help",), ()])
def test_a_closed_stdout_is_an_error_in_one_line(arguments: tuple[str, ...], forecast: Run) -> None:
    done = forecast(*arguments, redirect=">&-")
    assert done.returncode == 2
    (line,) = said(done).splitlines()
    assert "stdout is closed" in line
    assert forecast(*arguments, redirect=">&- 2>&-").returncode == 2


def test_what_needs_no_stdout_is_done_without(forecast: Run, listed: bytes, tmp_path: Path) -> None:
    for number, redirect in enumerate((">&-", ">&- 2>&-", "<&- >&- 2>&-")):
        name = f"{number}.json"
        assert forecast(*LIST, "-o", name, redirect=redirect).returncode == 0
        assert (tmp_path / name).read_bytes() == listed
        done = forecast("init", f"case-{number}", redirect=redirect)
        assert (done.returncode, done.stderr) == (0, b"")
        assert (tmp_path / f"case-{number}" / "forecast.toml").is_file()
    # No file that is opened later has got the number of a stream that was closed.
    done = forecast(*PROJECT, "-o", "/dev/stdout", redirect=">&-")
    assert done.returncode == 2
    assert "Bad file descriptor" in said(done)


class Gone(io.RawIOBase):
    """A pipe whose reader has gone."""

    def writable(self) -> bool:
        return True

    def write(self, _: object) -> int:
        raise BrokenPipeError


def test_a_summary_that_nobody_reads_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files are the result of such commands, so that an alert's exit code is still theirs."""
    page = [Prose("written")]
    for stream, error in (
        (streams.Closed("it is closed"), streams.StreamClosed),
        (Gone(), BrokenPipeError),
    ):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(stream, write_through=True))
        output.emit_summary(projection("year"), lambda _: page, "table")
        output.remark("written")
        with pytest.raises(error):
            output.emit_summary(projection("year"), lambda _: page, "csv")
        with pytest.raises(error):
            output.emit_page(lambda _: page, "table", None)


@pytest.mark.parametrize(
    ("redirect", "found"), [(">/dev/full", "No space left"), ("1</dev/null", "Bad file descriptor")]
)
def test_a_stdout_that_takes_nothing_is_an_error_in_one_line(
    redirect: str, found: str, forecast: Run
) -> None:
    done = forecast(*PROJECT, redirect=redirect)
    assert done.returncode == 2
    (line,) = said(done).splitlines()
    assert found in line


def test_a_closed_stdin_is_said(forecast: Run) -> None:
    done = forecast("ingest", "capex", "-", redirect="<&-")
    assert done.returncode == 2
    assert said(done) == "error: stdin is closed: there is nothing to read\n"


def test_a_deleted_folder_is_said_or_not_needed(forecast: Run, tmp_path: Path) -> None:
    assert forecast("init", "case").returncode == 0
    gone = tmp_path / "gone"

    script = 'rmdir ../gone && exec "$@"'

    def deleted(*arguments: str) -> subprocess.CompletedProcess[bytes]:
        gone.mkdir()
        command = ["sh", "-c", script, "sh", *PROGRAM, *arguments]
        return subprocess.run(command, cwd=gone, capture_output=True, check=False)

    for arguments in (PROJECT, ("metrics",), (*PROJECT, "--workspace", ".")):
        done = deleted(*arguments)
        assert done.returncode == 2
        assert said(done).startswith("error: the current folder has been deleted")
    done = deleted("scenarios", "--workspace", str(tmp_path / "case"))
    assert (done.returncode, said(done)) == (0, "")
    assert done.stdout


def test_names_that_are_not_utf8_work_and_are_written_as_json_does(
    forecast: Run, tmp_path: Path
) -> None:
    name = b"case \xff"
    folder = os.fsencode(tmp_path) + b"/" + name
    assert rb"case \udcff/data" in forecast("init", name).stdout
    scenario = b"title: A\nstory: B\nsources: [C]\nset:\n  chip_life: 5\n"
    Path(os.fsdecode(folder + b"/long \xfe.yaml")).write_bytes(scenario)
    asked = (*PROJECT, "--scenario", b"long \xfe.yaml")
    for _ in range(2):  # computed, and from the store in that folder
        done = forecast(*asked, "--json", folder=folder)
        assert (done.returncode, said(done)) == (0, "")
        found = json.loads(done.stdout.decode())["run"]
        assert found["scenario"] == ["long \udcfe.yaml"]
    assert Path(os.fsdecode(folder + b"/.forecast/store.sqlite")).is_file()
    assert forecast(*asked, "-o", b"\xfd.json", folder=folder).returncode == 0
    written = Path(os.fsdecode(folder + b"/\xfd.json")).read_bytes()
    assert json.loads(written.decode())["run"]["scenario"] == ["long \udcfe.yaml"]
    assert rb"long \udcfe.yaml" in forecast(*asked, folder=folder).stdout


def test_an_input_file_whose_name_is_not_utf8_counts(forecast: Run, tmp_path: Path) -> None:
    assert forecast("init", "case").returncode == 0
    folder = tmp_path / "case"
    scenario = b"title: A\nstory: B\nsources: [C]\nset:\n  no_such_key: 5\n"
    odd = os.fsencode(folder / "assumptions" / "scenarios") + b"/odd\xff.yaml"
    Path(os.fsdecode(odd)).write_bytes(scenario)
    done = forecast(*PROJECT, folder=folder)
    assert done.returncode == 2
    assert r"odd\udcff.yaml" in said(done)


def test_a_store_that_cannot_be_written_stays_as_it_was(forecast: Run, tmp_path: Path) -> None:
    head = "series_id,period_end,value,unit,source,published\n"
    (tmp_path / "first.csv").write_text(f"{head}mine,2025-12-31,6,USD,Us,2026-01-01\n")
    (tmp_path / "second.csv").write_text(f"{head}mine,2025-12-31,7,USD,Us,2026-06-01\n")
    assert forecast("ingest", "capex", "first.csv").returncode == 0
    listed = forecast("forget", "--list", "--json").stdout
    for arguments in (
        ("ingest", "capex", "second.csv"),
        ("forget", "1"),
        ("forget", "--file", "first.csv"),
    ):
        done = forecast(*arguments, largest=512)
        assert done.returncode == 2
        assert said(done).count("expected a store that can be used") == 1
        assert forecast("forget", "--list", "--json").stdout == listed
    assert forecast("ingest", "capex", "second.csv").returncode == 0
    assert forecast("forget", "1").returncode == 0


@pytest.mark.parametrize("mebibytes", [150, 350, 700, 1023])
def test_a_limit_below_what_any_run_takes_is_said_at_once(mebibytes: int, forecast: Run) -> None:
    done = forecast(*PROJECT, "--no-cache", limit=mebibytes << 20)
    assert done.returncode == 71
    assert said(done) == (
        f"error: too little memory: {mebibytes:,} MiB may be used, 1,024 MiB are needed "
        "(ulimit -v)\n"
    )


def test_too_many_draws_for_the_memory_are_said_with_the_mend(forecast: Run) -> None:
    done = forecast("project", "--no-cache", "--draws", "4_194_304", limit=1040 << 20)
    assert done.returncode == 71
    assert said(done) == (
        "error: too little memory; --draws 1048576 takes less, or raise the limit (ulimit -v)\n"
    )
    assert forecast("help", "set", limit=150 << 20).returncode == 0


def test_what_is_no_shortage_is_not_taken_for_one() -> None:
    assert is_shortage(MemoryError())
    assert is_shortage(OSError(errno.ENOMEM, "Cannot allocate memory"))
    assert is_shortage(RuntimeError("can't start new thread"))
    assert not is_shortage(ImportError("No module named 'pandas'"))
    assert not is_shortage(RuntimeError("memory of an elephant"))
    assert not is_shortage(OSError(errno.ENOENT, "No such file"))


PLAIN = {"NO_COLOR": "1", "FORECAST_PAGER": "cat"}


def on_terminal(columns: int, *arguments: str) -> str:
    """Return what the program prints on a terminal of a width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    kept = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    with subprocess.Popen(
        [*PROGRAM, *arguments],
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=kept | PLAIN,
    ) as process:
        os.close(theirs)
        parts = []
        while True:
            try:
                part = os.read(ours, 1 << 16)
            except OSError:  # nobody writes there any more
                break
            parts.append(part)
        os.close(ours)
        assert process.wait(60) == 0
    return b"".join(parts).decode()


class Terminal(io.TextIOWrapper):
    """A terminal in memory."""

    def isatty(self) -> bool:
        return True


def on_screen(columns: int, *arguments: str) -> str:
    """Return what the program prints in this process on a terminal that COLUMNS gives a width."""
    screen = Terminal(io.BytesIO(), encoding="utf-8", write_through=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**PLAIN, "COLUMNS": str(columns)}.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", screen)
        assert main.run(arguments) == 0
    return screen.buffer.getvalue().decode()  # type: ignore[attr-defined]


PAGES = (PROJECT, ("help", "bands"))


def test_a_terminal_gets_the_page_of_its_width() -> None:
    for arguments in PAGES:
        shown = on_terminal(45, *arguments).replace("\r\n", "\n")
        assert shown == on_screen(45, *arguments)


@pytest.mark.parametrize("columns", [20, 30, 45, 59, 70])
def test_pages_fit_narrow_terminals(columns: int) -> None:
    for arguments in PAGES:
        lines = on_screen(columns, *arguments).splitlines()
        too_long = [line for line in lines if len(line) > columns]
        # A command is left whole, to be copied.
        is_whole = [len(line.split()) == 1 or " forecast " in line for line in too_long]
        assert all(is_whole), too_long
        words = [line for line in lines if line.strip()]
        assert max(len(line) for line in words) > 0.8 * columns  # the width is used


def test_a_narrow_page_says_all_that_a_wide_one_says() -> None:
    wide, narrow = (on_screen(columns, *PROJECT) for columns in (80, 24))
    figures = {word for word in wide.split() if any(sign.isdigit() for sign in word)}
    assert figures - set(narrow.split()) <= {"25%", "50%", "75%", "100%"}
