"""How a list of households narrows; pages, the export and the API share it."""

import django_filters
from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.context import ward_choices, working_year, year_choices
from accounts.models.scope import wards_counted, wards_of, wards_of_today
from households.codes import ETHNICITIES, Cause, Classification, Feature, Movement
from households.models import Household, Indicator, PovertyStandard, PovertyStatus
from wards.fields import CleanCharField
from wards.models import ResidentialGroup, Ward
from wards.succession import UNPLACED, UNPLACED_WORD, MapChoice, MapOfDay

# Conditions that ask about a year's status, not about the household as it is.
OF_A_FIGURE = ("feature", "ethnicity", "deprivation", "cause")
BY_STATUS = ("classification", "movement", *OF_A_FIGURE)


class SearchFilter(django_filters.Filter):
    field_class = CleanCharField


class FlagFilter(django_filters.Filter):
    field_class = forms.BooleanField


class Unplaced:
    """Stands where a ward was asked for: what nobody can place on today's map."""

    pk = UNPLACED

    def __str__(self) -> str:
        return gettext("Not placed on today's map")


class PlaceField(django_filters.fields.ModelChoiceField):
    """A ward, or what lies in none of today's."""

    def to_python(self, value):
        return Unplaced() if value == UNPLACED_WORD else super().to_python(value)


class PlaceFilter(django_filters.ModelChoiceFilter):
    field_class = PlaceField


def _counted_wards(request) -> QuerySet[Ward]:
    return wards_counted(request.user) if request else Ward.objects.none()


def _own_wards(request) -> QuerySet[Ward]:
    return wards_of(request.user) if request else Ward.objects.none()


def _own_groups(request) -> QuerySet[ResidentialGroup]:
    if request is None:
        return ResidentialGroup.objects.none()
    return ResidentialGroup.objects.filter(ward__in=_own_wards(request)).select_related("ward")


class HouseholdFilter(django_filters.FilterSet):
    """Households of a ward, a class or a movement in a year, a residential group, or like a search.

    Asked for a class or a movement, it lists the households behind that figure of a report: the ward is
    then the ward of the status's own day, the persons those of that day, and households closed since are
    among them. Without, the ward is where a household lives now, and closed ones come only when asked for.
    A value that means nothing matches nothing.
    """

    q = SearchFilter(
        label=_("Name, code, address or number"),
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    map = django_filters.ChoiceFilter(label=_("Wards"), choices=MapChoice, empty_label=None)
    ward = PlaceFilter(label=_("Ward"), queryset=_counted_wards, empty_label=_("All wards"))
    residential_group = django_filters.ModelChoiceFilter(
        label=_("Residential group"), queryset=_own_groups, empty_label=_("All groups")
    )
    year = django_filters.ChoiceFilter(
        label=_("Year"), choices=lambda: [(year, str(year)) for year in year_choices()], empty_label=None
    )
    level = django_filters.ChoiceFilter(label=_("Standard"), choices=PovertyStandard.Level, empty_label=None)
    classification = django_filters.MultipleChoiceFilter(
        label=_("Class"), choices=Classification, widget=forms.CheckboxSelectMultiple
    )
    movement = django_filters.MultipleChoiceFilter(
        label=_("Movement"), choices=Movement, widget=forms.CheckboxSelectMultiple
    )

    closed = FlagFilter(label=_("Households that are closed too"))

    # Asked by the figures of the review tables; the page offers no field for them.
    feature = django_filters.ChoiceFilter(label=_("Group"), choices=Feature)
    ethnicity = django_filters.ChoiceFilter(label=_("Ethnicity of the head"), choices=ETHNICITIES)
    deprivation = django_filters.ModelChoiceFilter(label=_("Deprivation"), queryset=Indicator.objects.all())
    cause = django_filters.ChoiceFilter(label=_("Cause"), choices=Cause)

    class Meta:
        model = Household
        fields = ()

    def __init__(self, data=None, queryset=None, *, request=None, prefix=None):
        data = data.copy() if data is not None else {}
        if not data.get("year"):
            data["year"] = str(working_year(request)) if request else ""
        if not data.get("level"):
            data["level"] = PovertyStandard.Level.CITY.value
        if not data.get("map"):
            data["map"] = MapChoice.AS_WAS.value
        super().__init__(data, queryset, request=request, prefix=prefix)
        if data["map"] == MapChoice.TODAY and request:
            self.form.fields["ward"].queryset = wards_of_today(request.user)
        self._offer_groups()

    def _offer_groups(self) -> None:
        """Offer the groups of one ward: “Tổ 1” of all wards would be a list nobody can read."""
        field, ward = self.form.fields["residential_group"], str(self.data.get("ward") or "")
        if ward.isascii() and ward.isdigit() and len(ward) < 19:
            field.queryset = field.queryset.filter(ward=ward)
        elif self.request and len(ward_choices(self.request)) != 1 and not self.data.get("residential_group"):
            field.widget.choices = [("", _("choose a ward first"))]

    @cached_property
    def asked(self) -> dict:
        """The understood values."""
        return self.form.cleaned_data if self.form.is_valid() else {}

    @cached_property
    def today(self) -> MapOfDay | None:
        """Today's map, where wards are asked for on it."""
        return MapOfDay.read(timezone.localdate()) if self.asked.get("map") == MapChoice.TODAY else None

    def _in_ward(self) -> Q:
        """Of a status: the ward of its day; of a household: where it lives; on today's map, where either lies today."""
        ward = self.asked["ward"].pk
        return self.today.lying_in(ward) if self.today else Q(ward=ward)

    @property
    def in_year(self) -> int:
        return int(self.asked.get("year") or working_year(self.request))

    @property
    def at_level(self) -> str:
        return self.asked.get("level") or PovertyStandard.Level.CITY.value

    @property
    def of_a_figure(self) -> list:
        """Fields in use that the page draws no input for; hidden, they stay when another condition changes."""
        return [self.form[name] for name in OF_A_FIGURE if self.data.get(name)]

    @property
    def by_status(self) -> bool:
        return any(self.asked.get(name) for name in BY_STATUS)

    def filter_queryset(self, queryset):
        if not self.form.is_valid():
            return queryset.none()
        if self.by_status:
            queryset = queryset.filter(pk__in=self.statuses().order_by().values("household"))
        elif self.asked["ward"]:
            queryset = queryset.filter(self._in_ward())
        if not self.by_status and not self.asked["closed"]:
            queryset = queryset.present()
        if self.asked["residential_group"]:
            queryset = queryset.filter(residential_group=self.asked["residential_group"])
        return queryset.search(self.asked["q"])

    def statuses(self) -> QuerySet[PovertyStatus]:
        """The statuses of the year, level, ward, classes and movements asked for."""
        statuses = PovertyStatus.objects.at_level(self.at_level).filter(year=self.in_year)
        if self.asked["ward"]:
            statuses = statuses.filter(self._in_ward())
        elif self.request.user.is_officer and self.today:
            statuses = statuses.annotate(place=self.today.places()).filter(place__in=self.request.user.wards.all())
        elif self.request.user.is_officer:
            statuses = statuses.in_wards(self.request.user.wards.all())
        if self.asked["classification"]:
            statuses = statuses.filter(classification__in=self.asked["classification"])
        if self.asked["feature"]:
            statuses = statuses.of_feature(self.asked["feature"])
        if self.asked["ethnicity"]:
            statuses = statuses.filter(ethnicity=self.asked["ethnicity"])
        if self.asked["deprivation"]:
            statuses = statuses.filter(deprivations=self.asked["deprivation"])
        if self.asked["cause"]:
            statuses = statuses.filter(causes__cause=self.asked["cause"])
        if self.asked["movement"]:
            statuses = statuses.with_movement().filter(movement__in=self.asked["movement"])
        return statuses

    @cached_property
    def rows(self) -> QuerySet[Household]:
        """The households asked for, each with `size`: persons today, or those of the status's day."""
        if not self.by_status:
            return self.qs.with_size()
        of_that_day = self.statuses().filter(household=OuterRef("pk")).order_by("-standard__from_year")
        return self.qs.annotate(size=Subquery(of_that_day.values("persons")[:1]))

    def totals(self) -> dict[str, int]:
        """Households and persons of exactly the rows asked for."""
        totals = self.rows.order_by().aggregate(households=Count("pk"), persons=Sum("size"))
        return {"households": totals["households"], "persons": totals["persons"] or 0}
