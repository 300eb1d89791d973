"""Sums in words, as papers in Vietnamese say them: “ba trăm linh năm nghìn đồng”.

The page's script spells a sum while it is typed (static/js/app.js); a test holds the two together.
"""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_BILLION = 10**9


def spelled(number: int) -> str:
    """A whole number from 0 on; beyond a billion the count of billions is read the same way: “hai nghìn tỷ”."""
    return " ".join(_words(number)) or _DIGITS[0]


def money_spelled(amount: int) -> str:
    """“Ba mươi triệu đồng”, as it stands after “Bằng chữ:”."""
    text = f"{spelled(amount)} đồng"
    return text[0].upper() + text[1:]


def _words(number: int, *, full: bool = False) -> list[str]:
    """`full`: something stands before it, so that missing hundreds are said."""
    if number >= _BILLION:
        rest = number % _BILLION
        return [*_words(number // _BILLION, full=full), "tỷ", *(_words(rest, full=True) if rest else [])]
    words: list[str] = []
    for unit, size in (("triệu", 10**6), ("nghìn", 1000), ("", 1)):
        if part := number // size % 1000:
            words += [*_below_thousand(part, full=full or bool(words)), *([unit] if unit else [])]
    return words


def _below_thousand(number: int, *, full: bool) -> list[str]:
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    words = [_DIGITS[hundreds], "trăm"] if hundreds or full else []
    if tens == 0 and ones and words:
        words.append("linh")
    if tens:
        words += ["mười"] if tens == 1 else [_DIGITS[tens], "mươi"]
    if ones == 1 and tens > 1:
        words.append("mốt")
    elif ones == 5 and tens:
        words.append("lăm")
    elif ones:
        words.append(_DIGITS[ones])
    return words
