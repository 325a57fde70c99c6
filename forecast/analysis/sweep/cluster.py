"""Work shared out on a running Dask cluster: one task each, by workers that run the same code."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from forecast.code_hash import code_sha256
from forecast.errors import ForecastError, InputError, Problem

SECONDS = 5  # that a scheduler may take to answer
ADDRESS = re.compile(r"tcp://(?:[\w.-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", re.ASCII)
KEPT = "the points done so far are kept, and the same command goes on from there"


@dataclass(frozen=True)
class Cluster:
    """A running Dask cluster: where its scheduler is, and our client of it."""

    address: str
    client: Any


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

    Closing also drops the tasks that have not begun. Raises InputError without `distributed`,
    where no scheduler answers, and where one has no workers or some that run other code.
    """
    try:
        dask: Any = import_module("distributed")
    except ImportError as error:
        found, hint = "distributed is not installed", "pip install 'forecast[dask]'"
        expected = "distributed, to reach a cluster"
        raise InputError(_problem(address, found, expected, hint)) from error
    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said below
    try:
        asyncio.run(asyncio.wait_for(_greeted(address), SECONDS))
        client: Any = dask.Client(address, timeout=SECONDS, set_as_default=False)
    except (OSError, MemoryError) as error:  # another program's greeting reads as a huge length
        found = f"no answer of a scheduler within {SECONDS} s"
        expected = "the address of a running Dask scheduler"
        raise InputError(_problem(address, found, expected)) from error
    with client:
        _check_workers(address, client.run(code_sha256, on_error="return"))
        yield Cluster(address, client)


async def _greeted(address: str) -> None:
    """Shake hands with the scheduler: a client has no limit to its wait for that."""
    comm: Any = await import_module("distributed.comm").connect(address, timeout=SECONDS)
    await comm.close()


def computed(
    cluster: Cluster,
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Mapping[int, object],
) -> Iterator[tuple[int, Any]]:
    """Yield `work(shared, task)` of each task under its number, as they are done.

    `shared` goes to every worker once. Raises ForecastError where the cluster is lost, and
    InputError where a worker that came later runs other code.
    """
    dask: Any = import_module("distributed")
    client = cluster.client
    try:
        everywhere = client.scatter(shared, broadcast=True, hash=False)
        numbers = {
            client.submit(_work, work, everywhere, task, pure=False): index
            for index, task in tasks.items()
        }
        for future in dask.as_completed(list(numbers), loop=client.loop):
            code, found = future.result()
            _check_workers(cluster.address, {"a later worker": code})
            yield numbers.pop(future), found
    except (dask.KilledWorker, CancelledError, OSError) as error:
        raise ForecastError(f"the cluster at {cluster.address} was lost; {KEPT}") from error


def _work(work: Callable[[Any, Any], Any], shared: object, task: object) -> tuple[str, Any]:
    """Return the hash of the code that runs here, and what it makes of a task."""
    return code_sha256(), work(shared, task)


def _check_workers(address: str, codes: Mapping[str, object]) -> None:
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
