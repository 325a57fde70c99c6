"""What a block of draws has used is not cleared again for the next one."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

ROUNDS = """
import resource, sys
import numpy as np
from forecast.memory import keep_freed_memory

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
