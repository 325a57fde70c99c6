"""Addresses: which may be asked, through which proxy, and whose they are."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from forecast.sources.figures import clean


class FetchError(Exception):
    """An address gave no body: what was `found`, and what was `expected`."""

    def __init__(self, found: str, expected: str = "a body", hint: str = "") -> None:
        self.found, self.expected, self.hint = clean(found), expected, hint
        super().__init__(self.found)


class NotThereError(FetchError):
    """An address is not there, or not yet."""


def check_public(url: str, *, allow_loopback: bool) -> None:
    """Raise FetchError for what is no public address; a proxy looks up names by itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" and not (allow_loopback and parts.scheme == "http"):
        raise FetchError(url, "an address that begins with https://")
    if proxy_of(url):
        return
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError as error:
        raise FetchError(f"no address of {host}: {error}") from error
    for *_, address in found:
        numbers = ipaddress.ip_address(str(address[0]).partition("%")[0])
        if numbers.is_loopback and allow_loopback:
            continue
        if not numbers.is_global or parts.scheme != "https":
            raise FetchError(f"{host} at {numbers}", "a public address")


def proxy_of(url: str) -> str:
    """Return the proxy that the environment names for an address, empty for none."""
    parts = urlsplit(url)
    if not publisher(url) or proxy_bypass(parts.netloc):
        return ""
    found = getproxies()
    return found.get(parts.scheme, found.get("all", ""))


def publisher(url: str) -> str:
    """Return the domain that all hosts of a publisher share, empty for what is no publisher's: an
    address in numbers, or a name without a domain."""
    parts = host_of(url).split(".")
    is_public = len(parts) > 1 and not parts[-1].isdigit()
    return ".".join(parts[-2:]) if is_public else ""


def host_of(url: str) -> str:
    """Return the name of an address's host."""
    return urlsplit(url).hostname or ""


def origin(url: str) -> tuple[str, str, int | None]:
    """Return what two addresses of one server share."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port
