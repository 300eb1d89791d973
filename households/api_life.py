"""What happened in households' lives, for programs to read. Events are recorded on the pages."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.api.records import ScopedViewSet
from accounts.models.scope import wards_of
from households.codes import Happening
from households.models import Household, LifeEvent
from wards.api import WardField
from wards.models import Ward


class LifeEventSerializer(serializers.ModelSerializer):
    """One dated event. A household that this person may not open is null."""

    ward = WardField(read_only=True, help_text=_("The ward of that day; of a move between wards the one before."))
    to_ward = WardField(read_only=True, allow_null=True)
    group = serializers.IntegerField(source="group.number", read_only=True, allow_null=True, default=None)
    to_group = serializers.IntegerField(source="to_group.number", read_only=True, allow_null=True, default=None)
    other = serializers.SerializerMethodField()

    class Meta:
        model = LifeEvent
        fields = (
            "id", "household", "kind", "day", "ward", "to_ward", "group", "to_group", "other", "member", "place",
            "note", "undone_at", "undone_because",
        )  # fmt: skip
        read_only_fields = fields

    def get_other(self, event: LifeEvent) -> int | None:
        """The other household of a split or merger."""
        return event.other_id if event.other_id in self._may_open else None

    @property
    def _may_open(self) -> set[int]:
        """Of the households named by these events, those that the reader may open; asked once for a list."""
        context = self.context
        if "may_open" not in context:
            events = self.root.instance if isinstance(self.root, serializers.ListSerializer) else [self.instance]
            others = {event.other_id for event in events} - {None}
            visible = Household.objects.visible_to(context["request"].user).filter(pk__in=others)
            context["may_open"] = set(visible.values_list("pk", flat=True))
        return context["may_open"]


def _visible_households(request):
    return Household.objects.visible_to(request.user) if request else Household.objects.none()


class LifeEventFilter(django_filters.FilterSet):
    """Events of a household, a ward (before or after a move), a year, of certain kinds."""

    household = django_filters.ModelChoiceFilter(queryset=_visible_households)
    ward = django_filters.ModelChoiceFilter(
        queryset=lambda request: wards_of(request.user) if request else Ward.objects.none(), method="of_ward"
    )
    year = django_filters.NumberFilter(field_name="day__year", min_value=1990, max_value=2100)
    kind = django_filters.MultipleChoiceFilter(choices=Happening.choices)

    class Meta:
        model = LifeEvent
        fields = ()

    def of_ward(self, events, name, ward):
        return events.filter(Q(ward=ward) | Q(to_ward=ward))


@extend_schema_view(
    list=extend_schema(summary=_("Events in households' lives")), retrieve=extend_schema(summary=_("One event"))
)
class LifeEventViewSet(ScopedViewSet):
    """What happened in the life of the households this person may see, undone events included."""

    queryset = LifeEvent.objects.order_by("-day", "-pk")
    serializer_class = LifeEventSerializer
    filterset_class = LifeEventFilter
    sorts = {"day": ("day",), "household": ("household_id", "day")}

    def get_queryset(self):
        return super().get_queryset().select_related("ward", "to_ward", "group", "to_group")
