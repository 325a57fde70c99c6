"""Finding what a person means by a name: an id, a title, a part that no other name has, or ordinary
words for it."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from forecast.errors import Problem, did_you_mean

LISTED = 8  # candidates that a message lists
LONGEST = 3  # words of a phrase that has another name
SHOWN = 3  # names that a miss is offered
ALIKE = 0.75  # how alike two words are that one of them may be a slip of the other
# What is asked for, and when: after @, or as the last word, as people say it.
_ASKED = re.compile(
    r"(?P<name>.*?)(?:\s*@\s*(?P<at>.*)"
    r"|(?<!\bsince)\s+(?:(?:at|by|for|in)\s+)?(?P<last>\d{4}(?:Q[1-4])?))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Match:
    """What a text means: `name`, or nothing, and then each of `several` that it may mean.

    `is_loose` says that its words stand in the name in another order, or are others there.
    """

    text: str
    name: str | None
    several: tuple[str, ...] = ()
    nearest: str = ""
    is_loose: bool = False

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
    more than one is. Then its words in any order, in the id and the title together, as they stand
    and as `names.csv` has them (chips of one's own are custom ASICs, "of" says nothing); of several
    the prominent one with the fewest words beside, and none if two have as few, or if one word is
    all there is to go by.
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
    if found:
        return Match(text, found[0])
    telling = [_telling(wanted), _in_other_words(wanted)]
    for words in telling:
        if words and (found := _any_order(words, whole, titles, prominent)):
            name, several = (found[0], ()) if len(found) == 1 else (None, tuple(found))
            return Match(text, name, several, is_loose=True)
    return Match(text, None, (), _nearest(text, telling[-1], whole, titles, prominent))


def split_asked(text: str) -> tuple[str, str]:
    """Return what a text asks for and the period it names, empty if none: `chip_spend@2027`, `chip
    spend in 2027`."""
    match = _ASKED.fullmatch(text.strip())
    if match is None:
        return text.strip(), ""
    return match["name"], (match["at"] or match["last"] or "").strip()


def is_said(name: str, text: str) -> bool:
    """Return whether a text has all words of a name."""
    return set(_words(name)) <= set(_words(text))


def _any_order(
    wanted: Sequence[str],
    whole: Mapping[str, Sequence[str]],
    titles: Mapping[str, Sequence[str]],
    prominent: Collection[str],
) -> list[str]:
    """Return the names that have all words wanted in id and title together: the prominent ones if
    any is, and of these, where more than one word tells them apart, those with the fewest words
    beside."""
    held = [name for name in whole if _count(wanted, (*whole[name], *titles[name])) == len(wanted)]
    chosen = [name for name in held if name in prominent] or held
    if len(wanted) == 1:
        return chosen
    beside = {
        name: sum(
            not any(word.startswith(part) for part in wanted)
            for word in _telling((*whole[name], *titles[name]))
        )
        for name in chosen
    }
    return [name for name in chosen if beside[name] == min(beside.values())]


def _nearest(
    text: str,
    telling: Sequence[str],
    whole: Mapping[str, Sequence[str]],
    titles: Mapping[str, Sequence[str]],
    prominent: Collection[str],
) -> str:
    """Return the names that are spelt most alike, or that share words, the rarest and the most of
    them first, as a question."""
    typed = text.lower().replace(" ", "_").replace("-", "_")
    is_phrase = " " in text.strip()
    if not is_phrase and (alike := get_close_matches(typed, whole, n=SHOWN, cutoff=ALIKE)):
        return _question(alike)
    words = {word for name in whole for word in (*whole[name], *titles[name])}
    mended = [
        close[0] for word in telling if (close := get_close_matches(word, words, n=1, cutoff=ALIKE))
    ]
    holding = {
        word: [name for name in whole if _count([word], (*whole[name], *titles[name]))]
        for word in mended
    }
    worth = dict.fromkeys(whole, 0.0)
    for names in holding.values():
        for name in names:
            worth[name] += 1.0 / len(names)
    most = max(worth.values(), default=0.0)
    near = [name for name in whole if worth[name] > 0.5 * most]
    near.sort(key=lambda name: (-worth[name], name not in prominent, len(name)))
    return _question(near[:SHOWN]) or did_you_mean(typed, whole)


def _question(names: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(names)}?" if names else ""


def _count(wanted: Sequence[str], words: Sequence[str]) -> int:
    """Return how many of the words wanted begin any of some words."""
    return sum(any(word.startswith(part) for word in words) for part in wanted)


@cache
def _meanings() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return what words and phrases of ordinary language mean in names, nothing for those that
    tell nothing."""
    with Path(__file__).with_suffix(".csv").open(encoding="utf-8", newline="") as file:
        rows = [(_words(row["said"]), _words(row["meant"])) for row in csv.DictReader(file)]
    return {tuple(said): tuple(meant) for said, meant in rows}


def _telling(words: Sequence[str]) -> list[str]:
    """Return words without those that tell nothing."""
    return [word for word in words if _meanings().get((word,)) != ()]


def _in_other_words(words: Sequence[str]) -> list[str]:
    """Return words with each phrase, the longest first, as names have it."""
    left, found, known = _telling(words), list[str](), _meanings()
    while left:
        phrases = (tuple(left[:size]) for size in range(LONGEST, 0, -1))
        phrase = next((each for each in phrases if each in known), (left[0],))
        found += known.get(phrase, phrase)
        left = left[len(phrase) :]
    return found


def _words(text: str) -> list[str]:
    """Return the words of a text in small letters, without the s of a plural or a genitive."""
    plain = re.sub(r"['’]s\b", "", text.lower())
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", plain)]


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _holds(words: Sequence[str], wanted: Sequence[str]) -> bool:
    """Return whether wanted words begin words that stand one after the other."""
    starts = range(len(words) - len(wanted) + 1)
    return any(
        all(word.startswith(part) for word, part in zip(words[start:], wanted, strict=False))
        for start in starts
    )
