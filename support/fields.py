"""What officers type in the forms of the kinds: percentages, areas, school years, months. None of them guesses."""

import re
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from support.models.measures import (
    AreaField,
    CoefficientField,
    HundredthsField,
    MonthColumn,
    SchoolYearField,
    read_school_year,
)
from wards.fields import NumberInput, clean_typed

_DECIMAL = re.compile(r"(?P<whole>[0-9]{1,6})(?:[.,](?P<part>[0-9]{1,4}))?")
_MONTH = re.compile(r"(?P<month>[0-9]{1,2}) ?[/.\- ] ?(?P<year>[0-9]{4})")
_FULL_DAY = re.compile(r"(?P<day>[0-9]{1,2}) ?[/.\- ] ?(?P<month>[0-9]{1,2}) ?[/.\- ] ?(?P<year>[0-9]{4})")


class _DecimalField(forms.IntegerField):
    """A number with a comma, kept as a whole number of its smallest part."""

    widget = NumberInput
    places = 2
    units: tuple[str, ...] = ()
    column = HundredthsField

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, int):
            return value
        text = clean_typed(str(value)[:40]).lower()
        for unit in self.units:
            text = text.removesuffix(unit).strip()
        found = _DECIMAL.fullmatch(text)
        if not found:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        part = (found["part"] or "").rstrip("0")
        if len(part) > self.places:
            raise ValidationError(self.error_messages["too_fine"], code="too_fine")
        return int(found["whole"]) * 10**self.places + int(part.ljust(self.places, "0") or 0)

    def prepare_value(self, value):
        if not isinstance(value, int) or isinstance(value, bool):
            return value
        return self.column().in_words(value).split(" ")[0]


class PercentField(_DecimalField):
    """“6,6” or “6.60 %”, kept in hundredths of a per cent."""

    units = ("%",)
    default_error_messages = {
        "invalid": _("Write the percentage in digits, for example 6,6."),
        "too_fine": _("A percentage has at most two decimals."),
    }


class AreaTypedField(_DecimalField):
    """“42,5” or “42 m²”, kept in tenths of a square metre."""

    places = 1
    units = ("m²", "m2")
    column = AreaField
    default_error_messages = {
        "invalid": _("Write the area in square metres, for example 42,5."),
        "too_fine": _("An area has at most one decimal."),
    }


class CoefficientTypedField(_DecimalField):
    """“1,5”, kept in tenths."""

    places = 1
    column = CoefficientField
    default_error_messages = {
        "invalid": _("Write the coefficient in digits, for example 1,5."),
        "too_fine": _("A coefficient has at most one decimal."),
    }


class SchoolYearTypedField(forms.IntegerField):
    """“2021-2022”, or 2021 alone."""

    widget = forms.TextInput

    def to_python(self, value):
        if value in self.empty_values:
            return None
        return value if isinstance(value, int) else read_school_year(clean_typed(str(value)[:20]))

    def prepare_value(self, value):
        return SchoolYearField().in_words(value) if isinstance(value, int) else value


class MonthField(forms.DateField):
    """“03/2022”; a whole day is taken as its month."""

    widget = forms.TextInput
    default_error_messages = {"invalid": _("Write the month like 03/2022.")}

    def to_python(self, value):
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value.replace(day=1)
        text = clean_typed(str(value)[:20])
        found = _MONTH.fullmatch(text) or _FULL_DAY.fullmatch(text)
        if not found or not 1 <= int(found["month"]) <= 12 or not 1900 <= int(found["year"]) <= 2100:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return date(int(found["year"]), int(found["month"]), 1)

    def prepare_value(self, value):
        return MonthColumn().in_words(value) if isinstance(value, date) else value
