"""The bodies of a source: asked for only if they may have changed, and each dated once."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256

from forecast.code_hash import rooms_sha256
from forecast.sources.adapters import ADAPTERS, documents
from forecast.sources.addresses import FetchError, NotThereError
from forecast.sources.bodies import Bodies
from forecast.sources.client import Fetcher, Validators
from forecast.sources.declared import Source
from forecast.sources.figures import Body
from forecast.store.fetched import Address

NOT_THERE = "-"  # the hash of a document that is not there
ASKED_AGAIN = timedelta(days=3)  # after which it is asked for again, if nothing else has changed
CONTACT_HINT = (
    'Say who asks: contact = "Name name@domain" in forecast.toml, or FORECAST_CONTACT="Name '
    'name@domain".'
)


@dataclass
class Got:
    """The bodies of a source, those that are new, what is known of their addresses now, and the
    documents that are not there yet."""

    bodies: list[Body] = field(default_factory=list)
    fresh: list[Body] = field(default_factory=list)
    addresses: list[Address] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    def digest(self, source: Source) -> str:
        """Return a hash of all bodies, of how they are to be read, and of the code that does."""
        read = f"{source}{[(each.url, each.sha256) for each in self.addresses]}{self.waiting}"
        return sha256(f"{rooms_sha256(('sources',))}{read}".encode()).hexdigest()


def fetch(
    source: Source, client: Fetcher, kept: Bodies, known: dict[str, Address], today: date
) -> Got:
    """Return the bodies of a source.

    An address is asked with what it told of the body that is `kept`; a body of the same hash keeps
    its day. A document that another names never changes: it is asked for once, and where it is not
    there, some nights later or when what names it has changed.

    Raises FetchError, and DriftError for an address that tells of no documents.
    """
    if source.needs_contact and not client.contact:
        raise FetchError("no contact", "who asks, which this publisher requires", CONTACT_HINT)
    got = Got()
    for url in source.addresses:
        _take(got, url, client, kept, known.get(url), today)
    adapter = ADAPTERS[source.adapter]
    is_same = all(each.sha256 == _hash_of(known.get(each.url)) for each in got.addresses)
    for urls in documents(adapter, source.documents, got.bodies, source.recipes):
        _take_document(got, urls, client, kept, known, today, may_wait=is_same)
    return got


def _hash_of(address: Address | None) -> str:
    return address.sha256 if address else ""


def _take_document(
    got: Got,
    urls: Sequence[str],
    client: Fetcher,
    kept: Bodies,
    known: dict[str, Address],
    today: date,
    *,
    may_wait: bool,
) -> None:
    """Take a document from the first of its addresses that has it, unless one is held already, or
    it `may_wait` because it was not there a few days ago."""
    for url in urls:
        held = _held(kept, known.get(url))
        if held is not None:
            got.bodies.append(held)
            got.addresses.append(known[url])
            return
    missed = known.get(urls[0])
    if missed and missed.sha256 == NOT_THERE and may_wait and _is_recent(missed.day, today):
        got.addresses.append(missed)
        got.waiting.append(urls[0])
        return
    for url in urls:
        with suppress(NotThereError):
            _take(got, url, client, kept, None, today)
            return
    got.addresses.append(Address(urls[0], today.isoformat(), NOT_THERE, "", ""))
    got.waiting.append(urls[0])


def _is_recent(day: str, today: date) -> bool:
    return today - date.fromisoformat(day) < ASKED_AGAIN


def _take(
    got: Got, url: str, client: Fetcher, kept: Bodies, known: Address | None, today: date
) -> None:
    held = _held(kept, known)
    asked = Validators(known.etag, known.last_modified) if known and held else Validators()
    try:
        answer = client.get(url, asked)
    except ValueError as error:
        raise FetchError(str(error), "an address that names a file") from error
    content, tags = answer.content, answer.validators
    if content is None:
        if held is None:
            raise FetchError("status 304 without a body that is known")
        content = held.content
        tags = Validators(tags.etag or asked.etag, tags.last_modified or asked.last_modified)
    if content.strip() == b"null":
        raise NotThereError("null", "data", "The publisher has nothing yet, or asks to slow down.")
    digest = sha256(content).hexdigest()
    is_same = known is not None and known.sha256 == digest
    day = known.day if known and is_same else (answer.fetched or today).isoformat()
    got.addresses.append(Address(url, day, digest, tags.etag, tags.last_modified))
    body = Body(url, content, date.fromisoformat(day))
    got.bodies.append(body)
    if held is None or not is_same:
        got.fresh.append(body)


def _held(kept: Bodies, known: Address | None) -> Body | None:
    """Return the body that is kept of an address, if it is the one that is known."""
    if known is None:
        return None
    body = kept.newest(known.url)
    if body is None or sha256(body.content).hexdigest() != known.sha256:
        return None
    return Body(known.url, body.content, date.fromisoformat(known.day))
