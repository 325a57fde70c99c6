"""Finding what a person means by a name: an id, a title, or a part that no other name has."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from forecast.errors import Problem, did_you_mean

LISTED = 8  # candidates that a message lists


@dataclass(frozen=True)
class Match:
    """What a text means: `name`, or nothing, and then each of `several` that it may mean."""

    text: str
    name: str | None
    several: tuple[str, ...] = ()
    nearest: str = ""

    @property
    def hint(self) -> str:
        """What may have been meant, as a sentence; empty if nothing is near."""
        if not self.several:
            return self.nearest
        more = len(self.several) - LISTED
        tail = f", and {more} more" if more > 0 else ""
        return f"It may be {', '.join(self.several[:LISTED])}{tail}."

    def found(self, nothing: str) -> str:
        """Return what was found: a part of several names, or `nothing`."""
        return f"a part of {len(self.several)} names" if self.several else nothing

    def problem(
        self, place: str, subject: str, what: str, expected: str, hint: str = ""
    ) -> Problem:
        """Return what is wrong with a text that means no single `what`; `hint` stands in where
        nothing is near."""
        return Problem(place, subject, self.found(f"no such {what}"), expected, self.hint or hint)


def find(text: str, known: Mapping[str, str], prominent: Collection[str] = ()) -> Match:
    """Return which of the names known, each with its title, a text means.

    In this order: an id; an id or a title written another way; the words of the text, or their
    beginnings, one after the other in an id; the same in a title. Where several names meet the
    first of these that any meets, the only one that is `prominent` is meant, and none if no or
    more than one is.
    """
    if text in known:
        return Match(text, text)
    wanted = _words(text)
    whole = {name: _words(name) for name in known}
    titles = {name: _words(title) for name, title in known.items()}
    steps = (
        [name for name in known if wanted in (whole[name], titles[name])],
        [name for name in known if _holds(whole[name], wanted)],
        [name for name in known if _holds(titles[name], wanted)],
    )
    found = next((step for step in steps if step and wanted), [])
    if len(found) > 1:
        chosen = [name for name in found if name in prominent]
        if len(chosen) != 1:
            return Match(text, None, tuple(found))
        found = chosen
    return Match(text, found[0]) if found else Match(text, None, (), _nearest(text, known))


def _nearest(text: str, known: Mapping[str, str]) -> str:
    """Return the names that are spelt most alike, or have a word that is, as a question."""
    by_id = did_you_mean(text.lower().replace(" ", "_").replace("-", "_"), known)
    if by_id:
        return by_id
    by_word = {word: name for name, title in known.items() for word in _words(f"{name} {title}")}
    close = get_close_matches(max(_words(text), key=len, default=""), by_word, n=3, cutoff=0.75)
    names = dict.fromkeys(by_word[word] for word in close)
    return f"Did you mean {' or '.join(names)}?" if names else ""


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters, without the s of a plural or a genitive."""
    plain = re.sub(r"['’]s\b", "", text.lower())
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", plain)]


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether wanted words begin words that stand one after the other."""
    starts = range(len(words) - len(wanted) + 1)
    return any(
        all(word.startswith(part) for word, part in zip(words[start:], wanted, strict=False))
        for start in starts
    )
