"""Work shared out on a running Dask cluster, by workers that run the same code.

What tasks share goes to each worker once. Dask itself gives the tasks of a worker that dies to
others; where the scheduler goes, or what is shared with its last worker, the tasks that are left
are sent again once there are workers.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib import import_module
from time import monotonic, sleep
from typing import Any

from forecast.code_hash import code_sha256
from forecast.errors import ForecastError, InputError, Problem
from forecast.processors.memory import keep_freed_memory

SECONDS = 5  # that a scheduler may take to answer
PATIENCE = 60.0  # seconds that a lost cluster may take to come back
MOST_LOSSES = 3  # in a row, with no task done in between
ADDRESS = re.compile(r"tcp://(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", re.ASCII)
KEPT = "the points done so far are kept, and the same command goes on from there"
# Its own word, and that another program's greeting reads as a huge length.
UNREACHED = (OSError, MemoryError)


class Cluster:
    """A running Dask cluster: where its scheduler is, and our client of it."""

    def __init__(self, address: str) -> None:
        """Raises OSError or MemoryError where no scheduler answers."""
        self.address = address
        self.client = _client(address)

    def close(self) -> None:
        """Close the client, which drops the tasks that have not begun."""
        self.client.close()

    def wait(self) -> None:
        """Wait with a new client until there are workers. Raises ForecastError if none come, and
        InputError for one that runs other code."""
        self.close()
        end = monotonic() + PATIENCE
        while monotonic() < end:
            with suppress(*UNREACHED):
                self.client = _client(self.address)
                self.client.wait_for_workers(1, timeout=max(0.1, end - monotonic()))
                self.check_workers()
                return
            self.close()
            sleep(0.2)
        raise ForecastError(f"the cluster at {self.address} was lost; {KEPT}")

    def check_workers(self) -> None:
        """Raise InputError unless there are workers and all of them run this very code."""
        _check_codes(self.address, self.client.run(code_sha256, on_error="return"))


def check_scheduler(address: str | None, workers: int, problems: list[Problem]) -> None:
    """Add to `problems` what is wrong with the address of a scheduler beside local `workers`."""
    if address is None:
        return
    match = ADDRESS.fullmatch(address)
    if match is None or not 1 <= int(match[1]) <= 65535:
        problems.append(_problem(address, repr(address), "tcp://HOST:PORT"))
    if workers > 1:
        found = f"--workers {workers} as well"
        expected = "a cluster or processes of this machine, not both"
        problems.append(_problem(address, found, expected))


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """Give the cluster at `address`, and close the client of it.

    Raises InputError without `distributed`, where no scheduler answers, and where one has no
    workers or some that run other code.
    """
    try:
        import_module("distributed")
    except ImportError as error:
        found, hint = "distributed is not installed", "pip install 'forecast[dask]'"
        expected = "distributed, to reach a cluster"
        raise InputError(_problem(address, found, expected, hint)) from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said below
    try:
        cluster = Cluster(address)
    except UNREACHED as error:
        found = f"no answer of a scheduler within {SECONDS} s"
        expected = "the address of a running Dask scheduler"
        raise InputError(_problem(address, found, expected)) from error
    try:
        cluster.check_workers()
        yield cluster
    finally:
        cluster.close()


def _client(address: str) -> Any:
    """Return a client. Raises OSError or MemoryError where no scheduler answers."""
    asyncio.run(asyncio.wait_for(_greeted(address), SECONDS))
    dask: Any = import_module("distributed")
    return dask.Client(address, timeout=SECONDS, set_as_default=False)


async def _greeted(address: str) -> None:
    """Shake hands with the scheduler: a client has no limit to its wait for that."""
    comm: Any = await import_module("distributed.comm").connect(address, timeout=SECONDS)
    await comm.close()


def computed(
    cluster: Cluster,
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Mapping[int, object],
    say: Callable[[str], None],
) -> Iterator[tuple[int, Any]]:
    """Yield `work(shared, task)` of each task under its number, as they are done.

    A cluster that is lost is waited for, after `say` was told. Raises ForecastError if it does not
    come back or is lost again and again, and InputError where a worker that came later runs other
    code.
    """
    killed: Any = import_module("distributed").KilledWorker
    left, losses = dict(tasks), 0
    while left:
        try:
            for index, found in _once(cluster, work, shared, left):
                del left[index]
                losses = 0
                yield index, found
        except killed as error:
            died = "worker after worker died of the same points"
            raise ForecastError(f"{died} on the cluster at {cluster.address}; {KEPT}") from error
        except (CancelledError, *UNREACHED) as error:
            losses += 1
            if losses > MOST_LOSSES:
                lost = f"the cluster at {cluster.address} was lost {losses} times"
                raise ForecastError(f"{lost}; {KEPT}") from error
            say(f"the cluster at {cluster.address} was lost; waiting for it")
            cluster.wait()


def _once(
    cluster: Cluster,
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Mapping[int, object],
) -> Iterator[tuple[int, Any]]:
    """Yield what `computed` does until the cluster is lost."""
    dask: Any = import_module("distributed")
    client = cluster.client
    everywhere = client.scatter(shared, broadcast=True, hash=False)
    numbers = {
        client.submit(_work, work, everywhere, task, pure=False): index
        for index, task in tasks.items()
    }
    for future in dask.as_completed(list(numbers), loop=client.loop):
        code, found = future.result()
        _check_codes(cluster.address, {"a later worker": code})
        yield numbers.pop(future), found


def _work(work: Callable[[Any, Any], Any], shared: object, task: object) -> tuple[str, Any]:
    """Return the hash of the code that runs here, and what it makes of a task."""
    keep_freed_memory()  # of which Dask has its workers give back as much as they can
    return code_sha256(), work(shared, task)


def _check_codes(address: str, codes: Mapping[str, object]) -> None:
    """Raise InputError unless there are workers and all of them run this very code.

    A worker that cannot tell the hash of its code gives the error instead.
    """
    if not codes:
        raise InputError(_problem(address, "no workers", "a scheduler with workers"))
    other = sorted(worker for worker, code in codes.items() if code != code_sha256())
    if other:
        count = f"{len(other)} of {len(codes)} workers: " if len(codes) > 1 else ""
        found = f"other code, or none of forecast, on {count}{other[0]}"
        hint = "Install this version of forecast on every worker."
        expected = "the same version of forecast as here"
        raise InputError(_problem(address, found, expected, hint))


def _problem(address: str, found: str, expected: str, hint: str = "") -> Problem:
    return Problem("command line", f"--scheduler {address}", found, expected, hint)
