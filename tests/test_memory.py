"""What a block of draws has used is not cleared again for the next one, and no number of draws
takes more memory than a few parts of them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROUNDS = """
import resource, sys
import numpy as np
from forecast.processors.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones(2**16) for _ in range(100)]  # 50 MiB, as an evaluation holds them
    del arrays
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


def page_faults(asked: str) -> int:
    """Return the page faults of a second round of arrays in a process of its own."""
    command = [sys.executable, "-c", ROUNDS, asked]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked")
def test_pages_are_kept_for_the_next_round() -> None:
    assert page_faults("keep") < 500 < page_faults("no")


PARTS = """
from dataclasses import replace

from forecast.world.draws import division

division.MEMBERS = division.PART = 512

from forecast.processors.memory import keep_freed_memory
from forecast.result import RunOptions
from forecast.world.case import load_case
from forecast.world.draws.parts import open_parts

def peak():
    with open("/proc/self/status") as status:
        (line,) = (line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024  # MiB

keep_freed_memory()
parts = open_parts(load_case(), RunOptions(draws=2560, use_cache=False), prior=True)
keys = [("inference_share", "2028"), ("chip_spend", "2028")]
parts.take(keys)
before = peak()
replace(parts, draws=10240).take(keys)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux says it")
def test_four_times_the_draws_take_no_more_memory(tmp_path: Path) -> None:
    # In memory each draw takes nine kilobytes: seventy MiB more.
    command = [sys.executable, "-c", PARTS]
    there = os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, cwd=tmp_path, env=there
    )
    assert float(done.stdout) < 25.0
