"""`forecast sweep --scheduler`: the same file from a Dask cluster, and what stands in its way."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from forecast.analysis.sweep import cluster as clusters
from forecast.analysis.sweep import sweep as sweeping
from forecast.cli import main
from forecast.world.values import Keys, Taken
from forecast.world.world import World

VARY = ["--vary", "research_level=0.6..1.4:4", "--metric", "inference_share"]
ASKED = ["sweep", *VARY, "--draws", "64", "--out"]


def local_cluster(workers: int, *, processes: bool = False, port: int = 0) -> LocalCluster:
    """Return a cluster of threads of this process, or of processes, reached over the loopback."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=processes,
        scheduler_port=port,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        silence_logs=logging.CRITICAL,
    )


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with local_cluster(1) as running:
        yield running


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, base_world: World, tmp_path: Path) -> None:
    """Work outside any workspace, on a few draws, one point to a part."""
    world = base_world.of_draws(slice(0, 64))
    monkeypatch.setattr(sweeping, "open_world", lambda *_, **__: world)
    monkeypatch.setattr(sweeping, "POINTS_OF_A_PART", 1)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def evaluated(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by one with each point evaluated."""
    found: list[int] = []
    take = World.take

    def counted(world: World, keys: Keys) -> Taken:
        found.append(len(found))
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)  # long enough for a sweep to be stopped in the midst of it
        return take(world, keys)

    monkeypatch.setattr(World, "take", counted)
    return found


@pytest.fixture
def in_the_midst(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Return a way to have something done once, after the first part of a sweep is kept."""
    keep = sweeping.Parts.keep

    def have(done: Callable[[], None]) -> None:
        left = [done]

        def kept(parts: Any, index: int, columns: Any) -> None:
            keep(parts, index, columns)
            if left:
                left.pop()()

        monkeypatch.setattr(sweeping.Parts, "keep", kept)

    return have


def test_a_cluster_changes_no_byte_and_goes_on_where_it_was_stopped(
    cluster: LocalCluster,
    evaluated: list[int],
    in_the_midst: Callable[[Callable[[], None]], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main.run([*ASKED, "alone.parquet"]) == 0
    evaluated.clear()
    asked = [*ASKED, "shared.parquet", "--scheduler", cluster.scheduler_address]
    in_the_midst(lambda: signal.raise_signal(signal.SIGINT))
    assert main.run(asked) == 130
    for _ in range(100):
        if not cluster.scheduler.tasks:
            break
        time.sleep(0.05)
    assert len(evaluated) < 4  # what had not begun was dropped
    evaluated.clear()
    assert main.run(asked) == 0
    assert len(evaluated) == 3
    assert capfd.readouterr().err == ""
    assert Path("shared.parquet").read_bytes() == Path("alone.parquet").read_bytes()


def test_a_scheduler_that_is_restarted_goes_on_with_what_is_left(
    evaluated: list[int],
    in_the_midst: Callable[[Callable[[], None]], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    with ExitStack() as clusters:
        first = clusters.enter_context(local_cluster(1))
        address = first.scheduler_address

        def restart() -> None:
            first.close()
            clusters.enter_context(local_cluster(1, port=int(address.rpartition(":")[2])))

        in_the_midst(restart)
        assert main.run([*ASKED, "shared.parquet", "--scheduler", address]) == 0
    assert "was lost; waiting for it" in " ".join(capfd.readouterr().err.split())
    evaluated.clear()
    assert main.run([*ASKED, "alone.parquet"]) == 0
    assert len(evaluated) == 4
    assert Path("shared.parquet").read_bytes() == Path("alone.parquet").read_bytes()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_killed_in_the_midst_changes_no_byte(
    workers: int,
    in_the_midst: Callable[[Callable[[], None]], None],
    capfd: pytest.CaptureFixture[str],
) -> None:
    asked = ["sweep", "--vary", "research_level=0.6..1.4:12", "--metric", "inference_share"]
    asked += ["--draws", "64", "--out"]
    with local_cluster(workers, processes=True) as running:
        worker = running.workers[0]
        killed = worker.pid
        in_the_midst(lambda: os.kill(killed, signal.SIGKILL))
        assert main.run([*asked, "shared.parquet", "--scheduler", running.scheduler_address]) == 0
    assert worker.pid != killed
    # What is shared is lost with the only worker; with two, the other has it.
    assert ("was lost; waiting for it" in capfd.readouterr().err) == (workers == 1)
    assert main.run([*asked, "alone.parquet"]) == 0
    assert Path("shared.parquet").read_bytes() == Path("alone.parquet").read_bytes()


def test_a_cluster_that_stays_away_is_given_up(
    in_the_midst: Callable[[Callable[[], None]], None],
    evaluated: list[int],
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    monkeypatch.setattr(clusters, "SECONDS", 0.5)
    running = local_cluster(1)
    in_the_midst(running.close)
    assert main.run([*ASKED, "a.parquet", "--scheduler", running.scheduler_address]) == 2
    assert "the same command goes on from there" in " ".join(capfd.readouterr().err.split())
    assert len(list(Path("a.parquet.parts").glob("part-*"))) == 1
    evaluated.clear()
    assert main.run([*ASKED, "a.parquet"]) == 0
    assert len(evaluated) == 3


def refused(capsys: pytest.CaptureFixture[str], address: str) -> str:
    """Return what is said of a scheduler that is refused with nothing written."""
    assert main.run([*ASKED, "a.parquet", "--scheduler", address]) == 2
    assert not list(Path().iterdir())
    return " ".join(capsys.readouterr().err.split())


def test_workers_of_other_code_compute_nothing(
    cluster: LocalCluster,
    evaluated: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The workers are threads of this process, so the thread stands for the code it would run.
    monkeypatch.setattr(clusters, "code_sha256", lambda: threading.current_thread().name)
    said = refused(capsys, cluster.scheduler_address)
    assert "other code, or none of forecast" in said
    assert evaluated == []


def test_a_scheduler_without_workers_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with local_cluster(0) as empty:
        assert "no workers" in refused(capsys, empty.scheduler_address)


@pytest.mark.parametrize("listens", [False, True])
def test_who_does_not_answer_is_given_up(
    listens: bool, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "SECONDS", 0.5)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if listens:
            deaf.listen()
        said = refused(capfd, f"tcp://127.0.0.1:{deaf.getsockname()[1]}")
    assert "no answer of a scheduler within 0.5 s" in said


def test_without_distributed_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install 'forecast[dask]'" in refused(capsys, "tcp://127.0.0.1:8786")
