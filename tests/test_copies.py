"""Copies of this process share its work, and what fails in one is done here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from forecast.processors import copies
from forecast.processors.columns import by_columns
from forecast.processors.copies import in_copies

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux makes copies")
OWN = os.getpid()
WAITING = """
import os, time
from forecast.processors import copies

def work(number):
    if number == 2:
        print("ready", flush=True)
        time.sleep(60)
    return number

copies.cores = lambda: 3
for number in copies.in_copies(work, range(5)):
    pass
"""


@pytest.fixture(autouse=True)
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "cores", lambda: 3)


def where(number: int) -> tuple[int, int]:
    """Return a number and the process that has it."""
    return number, os.getpid()


def dies_elsewhere(number: int) -> int:
    """End a copy at its second block, and fail there at its first."""
    if os.getpid() == OWN:
        return number
    if number > 2:
        os._exit(1)
    raise ValueError(number)


def test_blocks_come_in_order_from_three_processes_which_then_end() -> None:
    found = list(in_copies(where, range(7)))
    assert [number for number, _ in found] == list(range(7))
    processes = [process for _, process in found]
    assert processes[0] == OWN
    assert len(set(processes)) == 3
    assert processes[:3] == processes[3:6]
    for process in set(processes) - {OWN}:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_what_fails_in_a_copy_or_dies_with_it_is_done_here() -> None:
    assert list(in_copies(dies_elsewhere, range(9))) == list(range(9))


def test_what_fails_everywhere_is_raised_here_and_no_copy_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = []

    def fork() -> int:
        copies.append(make())
        return copies[-1]

    make = os.fork
    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(ZeroDivisionError):
        list(in_copies(lambda number: 1 // (number - 4), range(9)))
    assert len(copies) == 2
    for process in copies:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


@pytest.mark.parametrize("refused", [OSError, None])
def test_where_no_copy_is_made_all_is_done_here(
    refused: type[OSError] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fork() -> int:
        raise OSError("no memory")

    if refused:
        monkeypatch.setattr(os, "fork", fork)
    else:
        monkeypatch.setattr(sys, "platform", "darwin")
    assert list(in_copies(where, range(5))) == [(number, OWN) for number in range(5)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_copies_end_however_this_process_ends(sent: signal.Signals) -> None:
    program = [sys.executable, "-c", WAITING]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(program, stdout=pipe, stderr=nothing) as asking:
        assert asking.stdout is not None
        assert asking.stdout.readline() == b"ready\n"
        asking.send_signal(sent)
        asking.communicate(timeout=20)  # copies hold the other end of the pipe until they end


def test_columns_are_shared_time_and_again_and_those_of_a_copy_that_dies_are_worked_on_here() -> (
    None
):
    def sums(part: slice, columns: np.ndarray) -> np.ndarray:
        """Return sums, processes and places; of columns above 90 only here, and of 50 nowhere."""
        if columns.max() > 90.0 and os.getpid() != OWN:
            os._exit(1)
        if columns.max() == 50.0:
            raise ValueError(50)
        places = np.arange(part.start, part.stop)
        return np.stack([columns.sum(axis=0), np.full(columns.shape[1], os.getpid()), places])

    array = np.arange(10.0).reshape(2, 5)
    seen: set[int] = set()
    with by_columns(sums, 2, 5) as done:
        for added in (0.0, 1.0, 90.0, 100.0):
            found, processes, places = done(array + added)
            assert found.tolist() == (array + added).sum(axis=0).tolist()
            assert places.tolist() == [0, 1, 2, 3, 4]
            assert processes[0] == OWN
            seen |= {int(each) for each in processes}
            assert len(set(processes)) == (3 if added < 90.0 else 1)
        with pytest.raises(ValueError, match="50"):
            done(np.full((2, 5), 50.0))
    for copy in seen - {OWN}:
        with pytest.raises(ChildProcessError):  # waited for already
            os.waitpid(copy, os.WNOHANG)
