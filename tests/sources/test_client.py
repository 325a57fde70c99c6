"""The client against a server that answers as publishers do; it talks to nobody else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from loopback import (
    Answer,
    Server,
    body,
    cut_off,
    drip,
    drip_headers,
    in_turn,
    packed,
    serving,
    status,
)

from forecast.sources.addresses import FetchError, NotThereError
from forecast.sources.client import Client, Limits, Validators

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
NOTHING = Validators()
LIMITS = Limits(connect=2.0, read=2.0, whole=1.0, size=10_000, gap=0.0, patience=60.0)


@pytest.fixture(scope="module")
def _served() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(_served: Server) -> Server:
    _served.answers.clear()
    _served.requests.clear()
    return _served


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the proxies of the machine alone."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(slept: list[float]) -> Client:
    return Client("Ada ada@example.org", LIMITS, allow_loopback=True, sleep=slept.append)


def test_a_request_says_who_asks_and_what_is_known(server: Server, client: Client) -> None:
    url = server.put("/data", body(b"figures", etag='"v1"'))
    first = client.get(url, NOTHING)
    assert (first.content, first.validators.etag) == (b"figures", '"v1"')
    again = client.get(url, first.validators)
    assert again.content is None
    (_, asked), (_, conditional) = server.requests
    assert asked["User-Agent"].endswith(" Ada ada@example.org")
    assert "If-None-Match" not in asked
    assert conditional["If-None-Match"] == '"v1"'


def test_a_packed_body_is_unpacked(server: Server, client: Client) -> None:
    assert client.get(server.put("/packed", packed(b"x" * 9_000)), NOTHING).content == b"x" * 9_000


@pytest.mark.parametrize(
    ("answer", "found", "requests"),
    [
        (
            status(403, (HOSTILE / "403_undeclared_tool.REPLICATED.html").read_bytes()),
            "status 403: SEC.gov | Your Request Originates from an Undeclared Automated Tool",
            1,
        ),
        (status(404, b'{"error":{"message":"Export not found"}}'), "Export not found", 1),
        (status(500), "status 500, twice", 2),
        (status(429, Retry_After="7"), "status 429, twice", 2),
        (status(429, Retry_After="3600"), "status 429", 1),
        (status(301, Location="https://example.org/"), "a redirect to https://example.org/", 1),
        (status(302, Location="/here"), "more than 3 redirects", 4),
        (status(200, b"\x1f\x8b\x08", Content_Encoding="gzip"), "gzip that was cut off", 1),
        (status(200, b"plain", Content_Encoding="gzip"), "broken gzip", 1),
        (status(200, b"x", Content_Encoding="br"), "a body packed as br", 1),
        (status(200, b"x" * 10_001), "a body without end", 1),
        (packed(b"\0" * 30_000_000), "a body without end", 1),
        (cut_off(b"half of it"), "an answer cut off", 2),
        (drip(0.05), "no end after 1 seconds", 1),
        (drip_headers(0.05), "no end after 1 seconds", 1),
    ],
)
def test_a_bad_answer_ends_in_words(
    server: Server, client: Client, answer: Answer, found: str, requests: int
) -> None:
    url = server.put("/here", answer)
    with pytest.raises(FetchError) as error:
        client.get(url, NOTHING)
    assert found in error.value.found
    assert error.value.found.isprintable()
    assert len(server.requests) == requests


def test_what_is_not_there_can_be_told_apart(server: Server, client: Client) -> None:
    with pytest.raises(NotThereError):
        client.get(f"{server.base}/nowhere", NOTHING)


def test_a_busy_host_is_asked_once_more_when_it_says(
    server: Server, client: Client, slept: list[float]
) -> None:
    url = server.put("/busy", in_turn(status(429, Retry_After="7"), body(b"now")))
    assert client.get(url, NOTHING).content == b"now"
    assert slept == [7.0]
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server.put("/busy", in_turn(status(503, Retry_After=later), body(b"now")))
    assert client.get(url, NOTHING).content == b"now"
    assert 25 < slept[1] <= 30
    assert len(server.requests) == 4


def test_one_publisher_is_not_asked_too_fast(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.sources.client.publisher", lambda _: "sec.gov")
    now, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    limits = Limits(gap=0.2, whole=100.0)
    client = Client("", limits, allow_loopback=True, sleep=sleep, clock=lambda: now[0])
    for name in ("/a", "/b", "/c"):
        client.get(server.put(name, body(b"x")), NOTHING)
    assert slept == pytest.approx([0.2, 0.2])


def test_who_refused_once_is_not_asked_again(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forecast.sources.client.publisher", lambda _: "sec.gov")
    page = (HOSTILE / "403_rate_exceeded.REPLICATED.html").read_bytes()
    with pytest.raises(FetchError, match="Request Rate Threshold Exceeded"):
        client.get(server.put("/a", status(403, page)), NOTHING)
    with pytest.raises(FetchError, match=r"a refusal of sec\.gov earlier in this run"):
        client.get(server.put("/b", body(b"x")), NOTHING)
    assert server.asked() == ["/a"]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("10.0.0.1", "10.0.0.1"),
        ("169.254.169.254", "169.254.169.254"),
        ("::1", "::1"),
        ("fd00::1", "fd00::1"),
    ],
)
def test_no_address_within_is_asked(
    address: str, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(FetchError) as error:
        Client("", LIMITS).get("https://data.example.org/x", NOTHING)
    assert error.value.found == f"data.example.org at {found}"
    assert error.value.expected == "a public address"


def test_only_tls_is_spoken(server: Server) -> None:
    url = server.put("/data", body(b"x"))
    with pytest.raises(FetchError) as error:
        Client("", LIMITS).get(url, NOTHING)
    assert error.value.expected == "an address that begins with https://"
    unhurried = replace(LIMITS, whole=30.0)
    with pytest.raises(FetchError, match="no connection: "):
        Client("", unhurried, allow_loopback=True, sleep=lambda _: None).get(
            url.replace("http://", "https://"), NOTHING
        )
    assert server.asked() == []


def test_a_proxy_is_honoured(
    server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.base)
    url = "http://data.example.org/x"
    server.put(url, body(b"by proxy"))
    assert client.get(url, NOTHING).content == b"by proxy"
