"""Vietnamese text: how it is stored, how it is searched, how it is sorted.

Text reaches us decomposed, with either tone placement (hoà, hòa) and from old keyboards. It is
stored composed (NFC), as typed; it is found by a folded key and sorted by an alphabet key.
"""

import re
import unicodedata

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_LOOKALIKE_D = str.maketrans({"đ": "d", "Đ": "d", "Ð": "d", "ð": "d", "Ɖ": "d", "ɖ": "d"})

# a ă â b c d đ e ê … : each letter's place in the Vietnamese alphabet, then its tone.
_ALPHABET = "0123456789aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền hỏi ngã sắc nặng


def clean(text: str) -> str:
    """Composed text without control or invisible characters and without doubled spaces."""
    text = unicodedata.normalize("NFC", text or "").replace("\x00", "")
    text = "".join(" " if unicodedata.category(char) in {"Cc", "Zs"} else char for char in _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """The search key: “Nguyễn Thị Hòa”, “nguyen thi hoà” and “NGUYEN THI HOA” are all “nguyen thi hoa”."""
    decomposed = unicodedata.normalize("NFD", clean(text).translate(_LOOKALIKE_D).casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def sort_key(text: str) -> str:
    """A key whose byte order is the Vietnamese alphabet's: a < ă < â, d < đ, tones last."""
    letters, tones = [], []
    for char in clean(text).casefold():
        marks = unicodedata.normalize("NFD", char)
        tone = next((index + 1 for index, mark in enumerate(_TONES) if mark in marks), 0)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in _TONES))
        place = _ALPHABET.find(letter)
        # Two characters a letter, so that no letter is the beginning of another.
        letters.append(f"{place:02d}" if place >= 0 else "  ")
        tones.append(str(tone))
    return "".join(letters) + "/" + "".join(tones)


def person_sort_key(name: str) -> str:
    """Vietnamese people are listed by given name, the last word, then family and middle names."""
    words = clean(name).split(" ")
    return sort_key(" ".join([words[-1], *words[:-1]]))
