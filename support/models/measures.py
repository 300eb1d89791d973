"""Columns that know their unit: how a stored whole number or day reads, on pages and in a record's history."""

import re
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext


def _decimal(value: int, parts: int) -> str:
    """“6,6”, “50”: no zeros behind the comma."""
    return number_format(f"{(Decimal(value) / parts).normalize():f}")


class HundredthsField(models.PositiveIntegerField):
    """A percentage in hundredths of a per cent: 660 is 6.6 %."""

    def in_words(self, value) -> str:
        return f"{_decimal(value, 100)} %"


class AreaField(models.PositiveIntegerField):
    """An area in tenths of a square metre: 425 is 42.5 m²."""

    def in_words(self, value) -> str:
        return f"{_decimal(value, 10)} m²"


class CoefficientField(models.PositiveSmallIntegerField):
    """A coefficient of a standard amount in tenths: 15 is 1.5."""

    def in_words(self, value) -> str:
        return _decimal(value, 10)


class MoneyColumn(models.BigIntegerField):
    """Whole đồng."""

    def in_words(self, value) -> str:
        unit = _("đồng")
        return f"{number_format(value, force_grouping=True)} {unit}"


class PercentColumn(models.PositiveSmallIntegerField):
    """Whole per cent."""

    def in_words(self, value) -> str:
        return f"{value} %"


class SchoolYearField(models.PositiveSmallIntegerField):
    """A school year by the calendar year it begins in: 2021 is 2021-2022."""

    def in_words(self, value) -> str:
        return f"{value}-{value + 1}"


class MonthColumn(models.DateField):
    """A month, kept as its first day."""

    def in_words(self, value) -> str:
        day = date.fromisoformat(str(value)[:10])
        return f"{day:%m/%Y}"


_SCHOOL_YEAR = re.compile(r"(?P<first>20[0-9]{2})(?:\s*[-–/]\s*(?P<second>20[0-9]{2}))?")


def read_school_year(text: str) -> int:
    """“2021-2022”, or the year it begins in; raises ValidationError for anything else."""
    found = _SCHOOL_YEAR.fullmatch(text.strip())
    if not found:
        raise ValidationError(_("Write the school year like 2021-2022."), code="invalid")
    first = int(found["first"])
    if found["second"] and int(found["second"]) != first + 1:
        raise ValidationError(_("A school year ends the year after it begins: 2021-2022."), code="invalid")
    return first


def rate_per(rate: str, unit: str) -> str:
    """“6,60 %/năm”."""
    # Translators: 6.60 % a year
    return pgettext("rate", "%(rate)s %(per)s") % {"rate": rate, "per": unit}


def months_between(first: date, last: date) -> int:
    """How many months, both included."""
    return (last.year - first.year) * 12 + last.month - first.month + 1
