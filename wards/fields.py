"""What people type in any form: words, sums of money, days.

They stand on the lowest floor because every app's forms ask for them. Each says what is wrong and
what to type instead; none guesses.
"""

import calendar
import re
import unicodedata
from datetime import date, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from wards.text import clean

_LONGEST_NUMBER = 60  # characters; beyond it nobody means a number, and int() would be slow
_SURROGATE = re.compile("[\ud800-\udfff]")


def clean_typed(text: str) -> str:
    """`clean`, and without halves of broken characters, which no database can store."""
    return clean(_SURROGATE.sub("", text))


class CleanCharField(forms.CharField):
    """One line of text, composed, without invisible characters or doubled spaces; its length is counted after that."""

    def to_python(self, value):
        value = super().to_python(value)
        return value if value in self.empty_values else clean_typed(value) or self.empty_value


class CleanTextField(CleanCharField):
    """Several lines, each of them clean."""

    widget = forms.Textarea

    def to_python(self, value):
        value = forms.CharField.to_python(self, value)
        if value in self.empty_values:
            return value
        lines = "\n".join(clean_typed(line) for line in value.splitlines()).strip()
        return lines or self.empty_value


# --- Whole numbers and money ----------------------------------------------------------------

_DIGITS = re.compile(r"[0-9]+")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?P<mark>[. ,])[0-9]{3}(?:(?P=mark)[0-9]{3})*")
_CURRENCY = re.compile(r"\s*(?:đồng|đ|₫|vnđ|vnd)\.?$", re.IGNORECASE)


class NumberInput(forms.TextInput):
    """A text input: <input type="number"> changes with the mouse wheel and refuses thousands marks."""

    def __init__(self, attrs=None):
        super().__init__({"inputmode": "numeric", "autocomplete": "off", **(attrs or {})})


class CountField(forms.IntegerField):
    """A count of people or things; takes the thousands marks that people copy out of documents."""

    widget = NumberInput
    most_digits = 9
    default_error_messages = {
        "invalid": _("Type a whole number in digits, for example 34 or 8000."),
        "negative": _("The number cannot be negative."),
        "too_long": _("The number has too many digits; check the zeros."),
    }

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        text = self.bare(clean_typed(unicodedata.normalize("NFKC", str(value)[:_LONGEST_NUMBER])))
        if not text:
            return None
        if text[0] in "-−–":
            raise ValidationError(self.error_messages["negative"], code="negative")
        if not (_DIGITS.fullmatch(text) or _GROUPED.fullmatch(text)):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        digits = re.sub("[^0-9]", "", text).lstrip("0") or "0"
        if len(digits) > self.most_digits:
            raise ValidationError(self.error_messages["too_long"], code="too_long")
        return int(digits)

    def bare(self, text: str) -> str:
        """The text without a unit that may follow the number."""
        return text

    def prepare_value(self, value):
        # What was typed and refused is shown again as it was typed.
        return number_format(value, force_grouping=True) if isinstance(value, int) else value


class MoneyInput(NumberInput):
    """The page's script groups the thousands while one types and spells the sum beneath."""

    def __init__(self, attrs=None):
        super().__init__({"data-money": True, **(attrs or {})})


class MoneyField(CountField):
    """Whole đồng, with or without marks between the thousands: 1500000, 1.500.000, 1 500 000 đồng.

    Short forms (1,5; 1.5; 2 tỷ) are refused: whether thousands, millions or billions were meant is a guess.
    """

    widget = MoneyInput
    most_digits = 18
    default_error_messages = {
        "invalid": _("Type the whole sum in đồng, in digits, for example 1500000."),
        "negative": _("The sum cannot be negative."),
        "too_long": _("The sum has too many digits; check the zeros."),
    }

    def bare(self, text: str) -> str:
        return _CURRENCY.sub("", text) or text


# --- Days -----------------------------------------------------------------------------------

_DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2}) ?[/.\- ] ?(?P<month>[0-9]{1,2}) ?[/.\- ] ?(?P<year>[0-9]{4})")
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_SHORT_YEAR = re.compile(r"(?P<day>[0-9]{1,2}) ?[/.\- ] ?(?P<month>[0-9]{1,2}) ?[/.\- ] ?(?P<year>[0-9]{2})")
FIRST_YEAR, LAST_YEAR = 1900, 2100


def read_day(text: str) -> date:
    """A day as people write it, day before month; raises ValidationError that says what is wrong with it."""
    text = clean_typed(unicodedata.normalize("NFKC", text[:_LONGEST_NUMBER]))
    found = _DAY_FIRST.fullmatch(text) or _YEAR_FIRST.fullmatch(text)
    if not found:
        if short := _SHORT_YEAR.fullmatch(text):
            century = 20 if int(short["year"]) <= timezone.localdate().year % 100 else 19
            example = f"{int(short['day']):02d}/{int(short['month']):02d}/{century}{short['year']}"
            message = _("Write the year with four digits, for example %(example)s.")
            raise ValidationError(message, code="short_year", params={"example": example})
        raise ValidationError(_("Write the date as day/month/year, for example 05/03/2022."), code="invalid")
    day, month, year = int(found["day"]), int(found["month"]), int(found["year"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(_("Check the year: %(year)d."), code="year", params={"year": year})
    if not 1 <= month <= 12:
        message = _("There is no month %(month)d. Write day/month/year, for example 05/03/2022.")
        raise ValidationError(message, code="month", params={"month": month})
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        params = {"day": f"{day:02d}/{month:02d}/{year}", "month": f"{month:02d}/{year}", "last": last}
        message = _("There is no %(day)s: month %(month)s has %(last)d days.")
        raise ValidationError(message, code="no_such_day", params=params)
    return date(year, month, day)


class DateTextInput(forms.DateInput):
    """Text, because <input type="date"> follows the browser's language and shows mm/dd/yyyy."""

    def __init__(self, attrs=None):
        super().__init__({"class": "w-s", "autocomplete": "off", **(attrs or {})}, format="%d/%m/%Y")

    def format_value(self, value):
        return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


class DayField(forms.DateField):
    """A day, dd/mm/yyyy."""

    widget = DateTextInput

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = str(value)
        return read_day(text) if text.strip() else None
