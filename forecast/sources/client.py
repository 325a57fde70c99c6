"""The one client that talks to publishers: polite, bounded, and with nobody but the host asked.

What it refuses or gets no answer from is a FetchError in words; nothing it reads is trusted.
"""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from threading import Thread
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urljoin

from forecast import __version__
from forecast.sources.addresses import (
    FetchError,
    NotThereError,
    check_public,
    host_of,
    origin,
    proxy_of,
    publisher,
)
from forecast.sources.figures import TITLE

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

SAFE_TO_REPEAT = {429, 500, 502, 503, 504}  # of which a 403, a ban for minutes, is none
REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 3
_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, between two reads and for a whole answer; bytes of an answer, unpacked;
    seconds between two requests to one publisher, and the longest wait that it may ask for."""

    connect: float = 10.0
    read: float = 20.0
    whole: float = 120.0
    size: int = 32 * 2**20
    gap: float = 0.125  # SEC allows ten requests a second to all its hosts together
    patience: float = 60.0


@dataclass(frozen=True)
class Validators:
    """What a server told of a body, by which it knows whether that has changed."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Answer:
    """What an address answered: its body, None where it has not changed, and validators; the day
    on which it was `fetched`, None for today."""

    content: bytes | None
    validators: Validators
    fetched: date | None = None


class Fetcher(Protocol):
    """Whatever gives bodies: the network, or a folder."""

    contact: str

    def get(self, url: str, known: Validators) -> Answer:
        """Return what an address answers to a conditional request. Raises FetchError."""


class Client:
    """Fetches addresses one after the other; `contact` is who asks, which some publishers require.

    A publisher that refuses one request with 403 is not asked again, for that prolongs a ban.
    `sleep` and `clock` are the time's own. Loopback addresses are refused unless `allow_loopback`,
    and so are addresses of private networks, always.
    """

    def __init__(
        self,
        contact: str = "",
        limits: Limits | None = None,
        *,
        allow_loopback: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.contact = contact
        self._limits = limits or Limits()
        self._allow_loopback = allow_loopback
        self._sleep, self._clock = sleep, clock
        self._last: dict[str, float] = {}
        self._barred: set[str] = set()
        self._pools: dict[str, PoolManager] = {}

    def get(self, url: str, known: Validators) -> Answer:
        """Return what an address answers to a conditional request. Raises FetchError."""
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._patiently(url, known)
            if isinstance(answer, Answer):
                return answer
            target = urljoin(url, answer)
            if origin(target) != origin(url):
                raise FetchError(f"a redirect to {target}", f"an answer from {host_of(url)}")
            url = target
        raise FetchError(f"more than {MOST_REDIRECTS} redirects")

    def _patiently(self, url: str, known: Validators) -> Answer | str:
        """Return an answer, or where it is redirected to; ask once more where that may help."""
        try:
            return self._once(url, known)
        except _TryAgainError as again:
            if again.wait > self._limits.patience:
                hint = f"It asks to come back in {again.wait:.0f} seconds."
                raise FetchError(again.found, again.expected, hint) from again
            self._sleep(again.wait)
        try:
            return self._once(url, known)
        except _TryAgainError as again:
            raise FetchError(f"{again.found}, twice", again.expected) from again

    def _once(self, url: str, known: Validators) -> Answer | str:
        check_public(url, allow_loopback=self._allow_loopback)
        self._wait_for_turn(url)
        headers = {
            "User-Agent": f"forecast/{__version__} {self.contact}".strip(),
            "Accept-Encoding": "gzip",
        }
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        return _in_time(lambda: self._exchange(url, headers), self._limits.whole)

    def _exchange(self, url: str, headers: dict[str, str]) -> Answer | str:
        from urllib3.exceptions import HTTPError

        try:
            response = self._pool(url).request(
                "GET",
                url,
                headers=headers,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
            )
        except HTTPError as error:
            raise _TryAgainError(f"no connection: {_reason(error)}", 1.0) from error
        try:
            return self._answer(url, response)
        except HTTPError as error:
            raise _TryAgainError(f"an answer cut off: {_reason(error)}", 1.0) from error
        finally:
            response.close()

    def _answer(self, url: str, response: BaseHTTPResponse) -> Answer | str:
        headers = response.headers
        validators = Validators(headers.get("ETag", ""), headers.get("Last-Modified", ""))
        status = response.status
        if status == 304:
            return Answer(None, validators)
        if status in REDIRECTS:
            return headers.get("Location", "")
        if status in SAFE_TO_REPEAT:
            raise _TryAgainError(f"status {status}", _retry_after(headers.get("Retry-After", "")))
        if status == 403 and publisher(url):
            self._barred.add(publisher(url))
        if status != 200:
            page = self._body(response)[:2000].decode("utf-8", "replace")
            kind = NotThereError if status in {404, 410} else FetchError
            raise kind(f"status {status}: {_words(page)}".removesuffix(": "), "status 200")
        return Answer(self._body(response), validators)

    def _body(self, response: BaseHTTPResponse) -> bytes:
        """Return the whole body, unpacked, within the limit of size."""
        packing = response.headers.get("Content-Encoding", "identity").strip().lower()
        if packing not in {"identity", "gzip", "x-gzip", ""}:
            raise FetchError(f"a body packed as {packing}", "one that is not, or with gzip")
        unpacker = zlib.decompressobj(wbits=31) if "gzip" in packing else None
        found = bytearray()
        while chunk := response.read1(_CHUNK):
            try:
                room = self._limits.size + 1 - len(found)
                found += unpacker.decompress(chunk, room) if unpacker else chunk
            except zlib.error as error:
                raise FetchError(f"broken gzip: {error}", "a whole body") from error
            if len(found) > self._limits.size:
                raise FetchError("a body without end", f"at most {self._limits.size:,} bytes")
        if unpacker and not unpacker.eof:
            raise FetchError("gzip that was cut off", "a whole body")
        return bytes(found)

    def _wait_for_turn(self, url: str) -> None:
        """Wait until a publisher, all of whose hosts count as one, may be asked again."""
        asked = publisher(url)
        if not asked:
            return
        if asked in self._barred:
            raise FetchError(f"a refusal of {asked} earlier in this run", "to be let in")
        due = self._last.get(asked, -self._limits.gap) + self._limits.gap
        if (now := self._clock()) < due:
            self._sleep(due - now)
        self._last[asked] = self._clock()

    def _pool(self, url: str) -> PoolManager:
        from urllib3 import PoolManager, ProxyManager, Timeout

        proxy = proxy_of(url)
        if proxy not in self._pools:
            timeout = Timeout(connect=self._limits.connect, read=self._limits.read)
            self._pools[proxy] = (
                ProxyManager(proxy, timeout=timeout, cert_reqs="CERT_REQUIRED")
                if proxy
                else PoolManager(timeout=timeout, cert_reqs="CERT_REQUIRED")
            )
        return self._pools[proxy]


def _in_time(work: Callable[[], Answer | str], seconds: float) -> Answer | str:
    """Return what `work` does if it ends in time; else it is left to itself. No timeout of single
    reads bounds a server that drips headers, or the length of a chunk, byte by byte."""
    done: Future[Answer | str] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=run, daemon=True).start()
    try:
        return done.result(seconds)
    except TimeoutError as error:
        raise FetchError(f"no end after {seconds:g} seconds", "a whole body") from error


class _TryAgainError(Exception):
    """An address that may answer when asked once more, so many seconds later."""

    def __init__(self, found: str, wait: float) -> None:
        self.found, self.expected, self.wait = found, "status 200", wait
        super().__init__(found)


def _retry_after(text: str) -> float:
    """Return the seconds that a server asks to wait: a number, or until a moment; else five."""
    if text.isascii() and text.strip().isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 5.0


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _words(page: str) -> str:
    """Return the title of a page, or its first words."""
    title = TITLE.search(page)
    return title[1] if title else " ".join(re.sub(r"<[^>]*>", " ", page).split())[:120]
