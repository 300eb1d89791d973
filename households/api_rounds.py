"""Where the review of each ward's year stands, for programs: to be read, never written."""

import django_filters
from rest_framework import serializers

from accounts.api.records import ScopedViewSet
from households.codes import RoundState
from households.models import ReviewRound
from wards.api import WardField


class RoundSerializer(serializers.ModelSerializer):
    """A round; a ward's year without one is open."""

    ward = WardField(read_only=True)

    class Meta:
        model = ReviewRound
        fields = ("id", "ward", "year", "state", "submitted_at", "checked_at", "locked_at", "version")
        read_only_fields = fields


class RoundFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter()
    state = django_filters.ChoiceFilter(choices=RoundState)

    class Meta:
        model = ReviewRound
        fields = ()


class ReviewRoundViewSet(ScopedViewSet):
    """The review rounds of the wards a person works in."""

    queryset = ReviewRound.objects.select_related("ward").order_by("year", "ward_id")
    serializer_class = RoundSerializer
    filterset_class = RoundFilter
    sorts = {"year": ("year", "ward_id")}
