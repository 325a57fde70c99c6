"""`forecast sweep --scheduler`: the same file from a Dask cluster, and what stands in its way."""

from __future__ import annotations

import logging
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from forecast.analysis.sweep import cluster as clusters
from forecast.analysis.sweep import sweep as sweeping
from forecast.cli import main
from forecast.world.values import Values
from forecast.world.world import World

VARY = ["--vary", "research_level=0.6..1.4:4", "--metric", "inference_share"]
ASKED = ["sweep", *VARY, "--draws", "64", "--out"]


def local_cluster(workers: int) -> LocalCluster:
    """Return a cluster of threads of this process, reached over the loopback."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=False,
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
    values = World.values

    def counted(world: World, names: Iterable[str]) -> Values:
        found.append(len(found))
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)  # long enough for a sweep to be stopped in the midst of it
        return values(world, names)

    monkeypatch.setattr(World, "values", counted)
    return found


def test_a_cluster_changes_no_byte_and_goes_on_where_it_was_stopped(
    cluster: LocalCluster,
    evaluated: list[int],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main.run([*ASKED, "alone.parquet"]) == 0
    evaluated.clear()
    keep, kept = sweeping.Parts.keep, []

    def stopped(parts: Any, index: int, rows: Any) -> None:
        keep(parts, index, rows)
        kept.append(index)
        if len(kept) == 1:
            raise KeyboardInterrupt

    asked = [*ASKED, "shared.parquet", "--scheduler", cluster.scheduler_address]
    with monkeypatch.context() as patch:
        patch.setattr(sweeping.Parts, "keep", stopped)
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
