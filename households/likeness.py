"""How alike two people, two births, two addresses are, as an officer would see it across two sheets.

Nothing here asks the database. What is alike enough to ask about stands in docs/decisions, “When two households
may be one”, with a table of pairs; tests/test_duplicates_likeness.py holds the same table.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from wards.text import clean, fold

MOST_SLIPS = 2  # in name, birth and sex together; at most one of them in the name and one in the birth
LONG_GIVEN_NAME = 5  # letters; in a shorter one a slip makes another name: Lan and Loan, Mai and May
SHORTEST_WORD = 3  # letters of the other words in which one may be wrong
ADDRESS_WORDS_ALIKE = 85  # of 100, by rapidfuzz's token_set_ratio


@dataclass(frozen=True)
class Person:
    """What is compared of a person."""

    name: str
    birth_date: date | None = None
    birth_year: int | None = None
    sex: str = ""
    id_number: str = ""


# --- persons --------------------------------------------------------------------------------


def slips(one: Person, other: Person) -> int | None:
    """Typing slips that would turn the one into the other; None where they are two people."""
    if _different_numbers(one.id_number, other.id_number):
        return None
    in_birth = birth_slips(one, other)  # first: it is told at once
    in_name = name_slips(one.name, other.name) if in_birth is not None else None
    if in_name is None:
        return None
    total = in_name + in_birth + bool(one.sex and other.sex and one.sex != other.sex)
    return total if total <= MOST_SLIPS else None


def surely(one: Person, other: Person) -> bool:
    """The same name, sex and day of birth: alike without any address."""
    return bool(one.birth_date and other.birth_date) and slips(one, other) == 0


def _different_numbers(one: str, other: str) -> bool:
    # A CMND says nothing about a CCCD: the same person has held both.
    return bool(one and other) and len(one) == len(other) and OSA.distance(one, other) > 1


# --- names ----------------------------------------------------------------------------------


def name_slips(one: str, other: str) -> int | None:
    """0 for one name in two ways of writing, 1 with one slip in it, None for two names.

    A slip: one letter too many, missing, wrong or swapped with the next; one tone or mark; a middle name
    left out; two words swapped; words written together. Written without marks (“hoang van dung”) nothing is
    known of them. An abbreviated middle name (Nguyễn T. Hoa) agrees with any that begins so.
    """
    a, b = _words(one), _words(other)
    if not a or not b:
        return None
    plain = _is_plain(a) or _is_plain(b)
    if len(a) == len(b):
        found = [
            _word_slips(x, y, plain=plain, place=_place(i, len(a))) for i, (x, y) in enumerate(zip(a, b, strict=True))
        ]
        if None not in found and sum(found) <= 1:
            return sum(found)
        return 1 if Counter(map(fold, a)) == Counter(map(fold, b)) and len(a) > 2 else None
    if "".join(map(fold, a)) == "".join(map(fold, b)):
        return 1
    return 1 if _lacks_a_middle_name(*sorted((a, b), key=len), plain=plain) else None


def _words(name: str) -> list[str]:
    text = clean(name).casefold().replace("ð", "đ")  # the Icelandic letter of old keyboards
    return [word for word in re.split(r"[\s.,]+", text) if word]


def _is_plain(words: list[str]) -> bool:
    """Typed without any tone or mark."""
    return all(word == fold(word) for word in words)


def _place(index: int, count: int) -> str:
    return "given" if index == count - 1 else "family" if index == 0 else "middle"


def _word_slips(one: str, other: str, *, plain: bool, place: str) -> int | None:
    a, b = fold(one), fold(other)
    if a == b:
        return 0 if plain or _marks(one) == _marks(other) else 1
    if place == "middle" and min(len(a), len(b)) == 1:
        return 0 if a[0] == b[0] else None
    if max(len(a), len(b)) < (LONG_GIVEN_NAME if place == "given" else SHORTEST_WORD):
        return None
    if place == "family" and {a, b} <= FAMILY_NAMES:  # Phan and Phạm are two families
        return None
    return 1 if OSA.distance(a, b, score_cutoff=1) <= 1 else None


def _marks(word: str) -> tuple[str, str]:
    """The word's letters with their marks, and its tone wherever it stands: hoà and hòa are one."""
    decomposed = unicodedata.normalize("NFD", word)
    tone = "".join(sorted(char for char in decomposed if char in _TONES))
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if char not in _TONES)), tone


_TONES = "\u0300\u0309\u0303\u0301\u0323"
FAMILY_NAMES = frozenset(
    "nguyen tran le pham hoang huynh phan vu vo dang bui do ho ngo duong ly an dao dinh doan dong ha kieu la lai lam "
    "luong luu mac mai nghiem ong pham phi phung quach ta tang thai than tieu to ton trinh truong tu vuong bach cao "
    "chu cu khuat khuc kim".split()
)


def _lacks_a_middle_name(short: list[str], long: list[str], *, plain: bool) -> bool:
    if len(long) - len(short) != 1 or len(short) < 2:
        return False
    return any(
        all(
            _word_slips(x, y, plain=plain, place=_place(i, len(short))) == 0
            for i, (x, y) in enumerate(zip(short, long[:left_out] + long[left_out + 1 :], strict=True))
        )
        for left_out in range(1, len(long) - 1)
    )


# --- births ---------------------------------------------------------------------------------


def birth_slips(one: Person, other: Person) -> int | None:
    """0 for the same birth as far as both know it, 1 with one slip in the date, None for two births."""
    if one.birth_date and other.birth_date:
        if one.birth_date == other.birth_date:
            return 0
        a, b = f"{one.birth_date:%d%m%Y}", f"{other.birth_date:%d%m%Y}"
        swapped = a[2:4] + a[:2] + a[4:]  # month before day
        return 1 if swapped == b or OSA.distance(a, b, score_cutoff=1) <= 1 or _next_year(one, other) else None
    known = one.birth_year and other.birth_year
    return 0 if known and one.birth_year == other.birth_year else None


def _next_year(one: Person, other: Person) -> bool:
    """1959 and 1960: two digits, one slip."""
    a, b = one.birth_date, other.birth_date
    return (a.day, a.month) == (b.day, b.month) and abs(a.year - b.year) == 1


# --- addresses ------------------------------------------------------------------------------

_GENERIC = frozenset(
    "so nha sn duong pho ngo ng ngach hem to tdp dan khu kdt phuong p quan ha dong noi tp thanh".split()
)


# What a number belongs to, by the word before it.
_OUTWARD = {"so": 0, "nha": 0, "sn": 0, "hem": 1, "ngach": 2, "ngo": 3, "to": 4, "tdp": 4}


def address_alike(one: str, other: str) -> bool:
    """Whether two addresses may be one, one of them perhaps told in fewer words.

    The shorter row of numbers must begin the longer (the group was left out) or end it (the house was);
    the words must be alike as far as both have any.
    """
    a, b = _parts(one), _parts(other)
    if not (a.numbers or a.words) or not (b.numbers or b.words):
        return False
    fewer, more = sorted((a.numbers, b.numbers), key=len)
    left_out_at_the_end = fewer == more[: len(fewer)]
    left_out_in_front = len(fewer) > 1 and fewer == more[-len(fewer) :]
    if not (left_out_at_the_end or left_out_in_front):
        return False
    if not a.words or not b.words:
        return bool(fewer)
    alike = fuzz.token_set_ratio(" ".join(a.words), " ".join(b.words)) >= ADDRESS_WORDS_ALIKE
    return alike and (bool(fewer) or not more)


@dataclass(frozen=True)
class _Address:
    numbers: tuple[str, ...]
    words: tuple[str, ...]


def _parts(address: str) -> _Address:
    """Its words, and its numbers from the house outward: “ngõ 5, số 12” is “số 12, ngõ 5”."""
    rank, numbers, words = 0, [], []
    for token in re.findall(r"[0-9]+[a-z]?|[a-z]+", fold(address)):
        rank = _OUTWARD.get(token, rank)
        if token[0].isdigit():
            numbers.append((rank, token))
        elif token not in _GENERIC:
            words.append(token)
    numbers.sort(key=lambda pair: pair[0])
    return _Address(numbers=tuple(number for _rank, number in numbers), words=tuple(words))
