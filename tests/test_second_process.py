"""A second process works beside this one, and what fails there is done here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial

import pytest

from forecast.processors.second_process import here, second_process

NOTHING = partial(int)
WAITING = """
import os, time
from functools import partial
from forecast.processors.second_process import second_process
with second_process(partial(int)) as beside:
    print(beside(os.getpid)(), flush=True)
    beside(partial(time.sleep, 1))
    time.sleep(60)
"""


def died_elsewhere(own: int) -> str:
    """End the process that this is called in, unless it is the asker's own."""
    if os.getpid() != own:
        os._exit(1)
    return "done here"


def prepared() -> None:
    os.environ["FORECAST_TEST_PREPARED"] = "yes"


def test_work_is_done_in_another_process_that_has_prepared_itself() -> None:
    with second_process(prepared) as beside:
        number, said = beside(os.getpid), beside(partial(os.getenv, "FORECAST_TEST_PREPARED"))
        assert number() != os.getpid()
        assert said() == "yes"
    assert "FORECAST_TEST_PREPARED" not in os.environ


def test_what_fails_there_is_done_here_where_it_can_say_why() -> None:
    with second_process(NOTHING) as beside:
        broken, whole = beside(partial(int, "none")), beside(partial(int, "7"))
        with pytest.raises(ValueError, match="none"):
            broken()
        assert whole() == 7


def test_a_process_that_dies_leaves_its_work_to_this_one() -> None:
    with second_process(NOTHING) as beside:
        first = beside(partial(died_elsewhere, os.getpid()))
        assert first() == "done here"
        assert beside(os.getpid)() == os.getpid()


def test_the_process_ends_with_what_asked_for_it() -> None:
    with second_process(NOTHING) as beside:
        number = beside(os.getpid)()
        os.kill(number, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(number, 0)


def test_without_a_second_process_work_is_done_here_when_asked_for() -> None:
    done: list[int] = []
    result = here(partial(done.append, 1))
    assert done == []
    result()
    assert done == [1]


def test_an_interrupt_from_the_keyboard_is_for_this_process_alone() -> None:
    before = signal.getsignal(signal.SIGINT)
    with second_process(NOTHING) as beside:
        assert signal.getsignal(signal.SIGINT) is before is not signal.SIG_IGN
        assert beside(partial(signal.getsignal, signal.SIGINT))() == signal.SIG_IGN


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_process_ends_however_the_one_that_asked_ends(sent: signal.Signals) -> None:
    program = [sys.executable, "-c", WAITING]
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(program, stdout=pipe, stderr=nothing) as asking:
        assert asking.stdout is not None
        assert int(asking.stdout.readline()) != asking.pid
        asking.send_signal(sent)
        asking.communicate(timeout=20)  # both hold the other end of the pipe until they end
