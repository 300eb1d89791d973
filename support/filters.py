"""How lists of help are narrowed: one sieve for the page, the API, the export and the rows behind a figure.

Every parameter may stand alone; most may be repeated, and repeating means “or”. A value that cannot
be right (a word for a year, an unknown nature) lets no row through, because rows that were not asked
for would pass as rows that were counted.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.choices import flatten_choices
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models.scope import wards_of, wards_of_today
from households.models import Household
from support.codes import BeneficiaryGroup, Category, HouseWork, LoanProgramme, Nature, Thing
from support.counted import Counted, having
from support.models import FundingLine, FundingSource, SupportAction, SupportPolicy
from support.models.action import place_of_action
from wards.fields import CleanCharField, DayField
from wards.models import Ward
from wards.succession import UNPLACED, UNPLACED_WORD, MapChoice, MapOfDay

MANY = "many"
DISTRICT_WIDE = "none"
NAMED, COLLECTIVE = "named", "collective"
STANDING, VOID, ALL = "standing", "void", "all"
KNOWN, UNKNOWN = "known", "unknown"
NOT_RECORDED = "none"
FIRST_YEAR, LAST_YEAR = 1990, 2100
PROGRAMME_BEGAN = 2020
# What holds anyway is no condition.
_UNSAID = (("status", STANDING), ("open_ended", "0"), ("map", MapChoice.AS_WAS))

_CODE = re.compile(r"[A-Za-z0-9_-]{1,30}")
_PK = re.compile(r"[0-9]{1,18}")  # longer numbers fit no database key
_YEAR = re.compile(r"[12][0-9]{3}")


# --- fields ---------------------------------------------------------------------------------


class PickList(forms.CheckboxSelectMultiple):
    """Boxes to tick; drawn inside a menu that opens. One value given alone counts as a list of one."""

    def value_from_datadict(self, data, files, name):
        value = super().value_from_datadict(data, files, name)
        return [value] if isinstance(value, str | int) else value


class SeveralField(forms.MultipleChoiceField):
    """Several codes. What is acceptable is a shape, not a list: an unknown code simply matches no row."""

    widget = PickList

    def __init__(self, *, shape: re.Pattern = _CODE, words: Iterable[str] = (), **kwargs):
        self.shape, self.words = shape, set(words)
        super().__init__(**kwargs)

    def to_python(self, value):
        # An empty value comes from a link that says “none chosen”.
        return [text for text in super().to_python(value) if text]

    def valid_value(self, value):
        return value in self.words or bool(self.shape.fullmatch(value))


class KnownField(SeveralField):
    """Several codes out of a fixed list."""

    def valid_value(self, value):
        return forms.MultipleChoiceField.valid_value(self, value)


class NumberField(forms.CharField):
    """A key, given as a number by our own links and as text by a browser."""

    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return None
        if not _PK.fullmatch(text):
            raise ValidationError(_("Enter a whole number."), code="invalid")
        return int(text)


class YearField(forms.ChoiceField):
    """A year; the list offers the programme's, a link may ask for others."""

    def to_python(self, value):
        text = super().to_python(value)
        return int(text) if _YEAR.fullmatch(text) else text or None

    def valid_value(self, value):
        return isinstance(value, int) and FIRST_YEAR <= value <= LAST_YEAR


class Several(django_filters.Filter):
    """Rows whose field is one of the values."""

    field_class = SeveralField

    def filter(self, qs, value):
        return qs.filter(**{f"{self.field_name}__in": value}) if value else qs


class Known(Several):
    field_class = KnownField


class Detailed(django_filters.Filter):
    """By what the record's kind tells, or that it does not tell it."""

    field_class = KnownField

    def __init__(self, *args, choices, **kwargs):
        super().__init__(*args, choices=[*choices.choices, (NOT_RECORDED, _("not recorded"))], **kwargs)

    def filter(self, qs, value):
        if not value:
            return qs
        wanted = Q(**{f"{self.field_name}__in": value})
        if NOT_RECORDED in value:
            wanted |= Q(**{self.field_name: None}) | Q(**{self.field_name: ""})
        return qs.filter(wanted)


class OfLines(Several):
    """Judged together with the other conditions on funding lines, by `SupportActionFilter.line_filter`."""

    def filter(self, qs, value):
        return qs


class OfKnownLines(OfLines):
    field_class = KnownField


class OneYear(django_filters.Filter):
    """Judged together with its partner."""

    field_class = YearField

    def filter(self, qs, value):
        return qs


class Text(django_filters.Filter):
    field_class = CleanCharField


class Number(django_filters.Filter):
    field_class = NumberField


class Day(django_filters.Filter):
    """A bound finer than a year, where a figure was published to the month."""

    field_class = DayField


@dataclass(frozen=True)
class Asked:
    """One condition as a person reads it."""

    name: str
    value: str
    label: str
    words: str


# --- the sieve ------------------------------------------------------------------------------


def _year_choices() -> list[tuple[str, str]]:
    """The programme's years up to this one, newest first."""
    return [(str(year), str(year)) for year in range(timezone.localdate().year, PROGRAMME_BEGAN - 1, -1)]


def _year_or_none() -> list[tuple[str, str]]:
    return [("", _("any")), *_year_choices()]


def _year_or_many() -> list[tuple[str, str]]:
    return [*_year_choices(), (MANY, _("several years or undated"))]


def _policy_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    grouped: dict[str, list] = {}
    for policy in SupportPolicy.objects.all():
        grouped.setdefault(policy.category, []).append((policy.code, str(policy)))
    return [(capfirst(str(Category(category).label)), choices) for category, choices in grouped.items()]


def _ward_choices(user, *, today: bool = False) -> list[tuple[str, str]]:
    if today and user:
        choices = [(str(ward.pk), str(ward)) for ward in wards_of_today(user)]
        choices.append((UNPLACED_WORD, str(_("not placed on today's map"))))
    else:
        wards = wards_of(user) if user else Ward.objects.of_the_programme()
        choices = [(str(ward.pk), str(ward)) for ward in wards]
    if user is None or user.sees_whole_district:
        choices.append((DISTRICT_WIDE, str(_("whole district, not by ward"))))
    return choices


def _source_choices() -> list[tuple[str, str]]:
    return [(source.code, str(source)) for source in FundingSource.objects.all()]


class SupportActionFilter(django_filters.FilterSet):
    q = Text(
        label=_("Search"),
        method="by_text",
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    category = Known(label=_("Category"), field_name="policy__category", choices=Category.choices)
    policy = Several(label=_("Policy"), field_name="policy__code", choices=_policy_choices)
    map = django_filters.ChoiceFilter(label=_("Wards"), method="keep", choices=MapChoice, empty_label=None)
    ward = Several(label=_("Ward"), method="by_ward", shape=_PK, words=[DISTRICT_WIDE, UNPLACED_WORD])
    first_year = OneYear(label=_("From year"), choices=_year_or_none)
    last_year = OneYear(label=_("To year"), choices=_year_or_none)
    from_day = Day(label=_("Not before"), field_name="period_from", lookup_expr="gte")
    to_day = Day(label=_("Not after"), field_name="period_to", lookup_expr="lte")
    open_ended = django_filters.ChoiceFilter(
        label=_("Beginning or end unknown"),
        method="keep",
        choices=[("0", _("left out")), ("1", _("counted"))],
        empty_label=None,
    )
    year = Several(label=_("Within one year"), method="by_year", shape=_YEAR, words=[MANY], choices=_year_or_many)
    source = OfLines(label=_("Source"), choices=_source_choices)
    nature = OfKnownLines(label=_("Nature"), choices=Nature.choices)
    amount = django_filters.ChoiceFilter(
        label=_("Amounts"),
        method="keep",
        choices=[(KNOWN, _("known")), (UNKNOWN, _("never recorded"))],
        empty_label=_("any"),
    )
    programme = Detailed(label=_("Loan programme"), field_name="loandetail__programme", choices=LoanProgramme)
    work = Detailed(label=_("Kind of work on the house"), field_name="housingdetail__work", choices=HouseWork)
    handed_over = Day(label=_("Handed over not after"), field_name="housingdetail__handed_over_on", lookup_expr="lte")
    group = Known(label=_("Beneficiary group"), field_name="beneficiary_group", choices=BeneficiaryGroup.choices)
    thing = Known(label=_("Kind of thing"), field_name="thing_unit", choices=Thing.choices)
    kind = django_filters.ChoiceFilter(
        label=_("Given to"),
        method="by_kind",
        choices=[(NAMED, _("named households")), (COLLECTIVE, _("groups, collectively"))],
        empty_label=_("both"),
    )
    universal = django_filters.ChoiceFilter(
        label=_("Universal policies"),
        method="by_universal",
        choices=[("0", _("left out")), ("1", _("only these"))],
        empty_label=_("included"),
    )
    counted = django_filters.ChoiceFilter(label=_("Counted"), method="keep", choices=Counted, empty_label=_("any"))
    on = Day(label=_("Balances of"), method="keep")
    status = django_filters.ChoiceFilter(
        label=_("Records"),
        method="keep",
        choices=[(STANDING, _("standing")), (VOID, _("void")), (ALL, _("standing and void"))],
        empty_label=None,
    )
    household = Number(label=_("Household"), field_name="household", widget=forms.HiddenInput)
    batch = Number(label=_("Batch"), field_name="batch", widget=forms.HiddenInput)

    class Meta:
        model = SupportAction
        fields = ()

    def __init__(self, data=None, queryset=None, *, request=None, prefix=None):
        # Without data there is still a sieve: void records are left out.
        super().__init__({} if data is None else data, queryset, request=request, prefix=prefix)
        user = getattr(request, "user", None)
        # A function, not a method: form fields are copied deeply, and the request with them would be.
        today = self.on_today
        self.filters["ward"].extra["choices"] = lambda: _ward_choices(user, today=today)

    @property
    def on_today(self) -> bool:
        """Whether wards are asked for on today's map."""
        return self.data.get("map") == MapChoice.TODAY

    @property
    def qs(self):
        if not hasattr(self, "_qs"):
            rows = self.queryset.all()
            self._qs = self.filter_queryset(rows) if self.is_valid() else rows.none()
        return self._qs

    def filter_queryset(self, queryset):
        asked = self.form.cleaned_data
        rows = super().filter_queryset(queryset)
        status = asked.get("status") or STANDING
        if status != ALL:
            rows = rows.filter(voided_at__isnull=status == STANDING)
        first, last = asked.get("first_year"), asked.get("last_year")
        if first or last:
            rows = rows.in_years(first or FIRST_YEAR, last or LAST_YEAR, open_ended=asked.get("open_ended") == "1")
        if self.line_filter:
            rows = rows.filter(Exists(FundingLine.objects.filter(self.line_filter, action=OuterRef("pk"))))
        if asked.get("counted"):
            rows = having(rows, asked["counted"], on=self.day, lenders=asked.get("source"))
        return rows

    @property
    def day(self) -> date:
        """The day of which balances are drawn."""
        return self.form.cleaned_data.get("on") or timezone.localdate()

    @property
    def line_filter(self) -> Q:
        """Which funding lines were asked for: their money is shown and added up, not that of other lines."""
        asked = self.form.cleaned_data if self.is_valid() else {}
        lines = Q()
        if asked.get("source"):
            lines &= Q(source__code__in=asked["source"])
        if asked.get("nature"):
            lines &= Q(nature__in=asked["nature"])
        if asked.get("amount"):
            lines &= Q(amount__isnull=asked["amount"] == UNKNOWN)
        return lines

    # --- one condition each ---

    def keep(self, rows, name, value):
        return rows

    def by_text(self, rows, name, value):
        return rows.search(value)

    def by_ward(self, rows, name, value):
        column, named = "ward", [int(pk) for pk in value if pk not in (DISTRICT_WIDE, UNPLACED_WORD)]
        if self.on_today:
            column = "place"
            rows = rows.annotate(place=place_of_action(MapOfDay.read(timezone.localdate())))
            named += [UNPLACED] if UNPLACED_WORD in value else []
        wards = Q(**{f"{column}__in": named})
        if DISTRICT_WIDE in value:
            wards |= Q(ward=None)
        return rows.filter(wards) if value else rows

    def by_year(self, rows, name, value):
        wanted = Q()
        for year in value:
            if year == MANY:
                undated = Q(period_from=None) | Q(period_to=None)
                wanted |= undated | ~Q(period_from__year=F("period_to__year"))
            else:
                wanted |= Q(period_from__gte=date(int(year), 1, 1), period_to__lte=date(int(year), 12, 31))
        return rows.filter(wanted)

    def by_kind(self, rows, name, value):
        return rows.named() if value == NAMED else rows.collective()

    def by_universal(self, rows, name, value):
        return rows.filter(policy__universal=value == "1")

    # --- what was asked, in words ---

    def in_words(self) -> list[Asked]:
        """Each condition in use, one entry a value: for chips, headings and the export's first lines."""
        asked = self.form.cleaned_data if self.is_valid() else {}
        found = []
        for name, field in self.form.fields.items():
            value = asked.get(name)
            if value in (None, "", []) or (name, value) in _UNSAID:
                continue
            words = self._words_of(name, field)
            values = value if isinstance(value, list) else [value]
            found += [Asked(name, str(each), str(field.label), words(str(each))) for each in values]
        return found

    def _words_of(self, name: str, field) -> Callable[[str], str]:
        if name == "household":
            return self._household_words
        if isinstance(field, DayField):
            return lambda day: date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT")
        if not hasattr(field, "choices"):
            return str
        flat = dict(flatten_choices(field.choices))
        return lambda value: str(flat.get(value, value))

    def _household_words(self, pk: str) -> str:
        user = getattr(self.request, "user", None)
        rows = Household.objects.visible_to(user) if user else Household.objects.none()
        found = rows.with_head().filter(pk=pk).first()
        return f"{found.head_name or ''} {found.code}".strip() if found else pk
