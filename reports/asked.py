"""What a report's address asks, where it leaves something out."""

from django.http import HttpRequest, QueryDict

from accounts.context import ward_to_start_in
from wards.models import Ward
from wards.succession import MapChoice


def ward_on_map(request: HttpRequest) -> tuple[Ward | None, str]:
    """The reader's working ward and the map asked for; a ward that has ended is not on today's."""
    today = request.GET.get("map") == MapChoice.TODAY
    return ward_to_start_in(request), MapChoice.TODAY if today else MapChoice.AS_WAS


def asked_of(request: HttpRequest) -> QueryDict:
    """What the address asks; a page opened without a ward starts in the reader's working ward."""
    asked = request.GET.copy()
    ward, _map = ward_on_map(request)
    if "ward" not in asked and ward:
        asked["ward"] = str(ward.pk)
    return asked
