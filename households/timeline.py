"""A household's life in dated lines, newest first: events, places, classes, and what floors above add.

    for line in timeline_of(household, user): …

Lines of households that were merged into this one are told too, where the reader may open them. A household
that the reader may not open is never named.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from households.codes import Closing, Happening
from households.models import Household, LifeEvent, PovertyStatus, Residence, StatusReview

H = Happening
ICONS = {
    H.SPLIT: "diagram-3", H.SPLIT_OFF: "diagram-3", H.MERGED: "house-add", H.TOOK_IN: "house-add",
    H.HEAD_CHANGED: "person-badge", H.BORN: "person-plus", H.JOINED: "people", H.LEFT: "arrow-right",
    H.DIED: "dash-circle", H.MOVED_WITHIN: "geo-alt", H.MOVED_WARD: "map", H.MOVED_OUT: "box-arrow-right",
    H.MOVED_IN: "box-arrow-in-right", H.DIED_OUT: "x-circle", H.DUPLICATE: "copy", H.REORGANISED: "map",
}  # fmt: skip
# These begin a residence on their day and say so; other residences have a line of their own.
_TELL_THE_PLACE = {H.MOVED_WITHIN, H.MOVED_WARD, H.MOVED_IN, H.SPLIT_OFF, H.REORGANISED}
_FIRST = date(1, 1, 1)


@dataclass
class Line:
    """One line: `when` as it is read, `on` as it sorts."""

    on: date
    when: str
    text: str
    icon: str = "calendar3"
    detail: str = ""
    url: str = ""
    of: str = ""  # the merged household it is told of
    event_pk: int | None = None
    undone: bool = False
    undone_because: str = ""
    order: int = 0


# Floors above add their lines here: (households, user) → lines, each with `of` as given by the mapping.
ADDED_ABOVE: list[Callable[[dict[int, str], object], Iterable[Line]]] = []


def timeline_of(household: Household, user) -> list[Line]:
    """Everything dated about a household, newest first; the number of queries does not depend on how much."""
    merged = Household.objects.visible_to(user).filter(merged_into=household.pk).values_list("pk", "code")
    codes = {household.pk: ""} | dict(merged)
    lines = [*_events(codes, user), *_years(codes, user), *_reviews(codes, user)]
    for added in ADDED_ABOVE:
        lines += added(codes, user)
    return sorted(lines, key=lambda line: (line.on, line.order), reverse=True)


# --- events and places ----------------------------------------------------------------------


def _events(codes: dict[int, str], user) -> list[Line]:
    own = next(iter(codes))  # what a merged household says of this one, this one says itself
    events = LifeEvent.objects.visible_to(user).filter(household__in=codes).exclude(other=own)
    related = ("ward", "to_ward", "group", "to_group", "other", "member")
    events = list(events.select_related(*related).order_by("day", "pk"))
    others = {event.other_id for event in events} - {None}
    may_open = set(Household.objects.visible_to(user).filter(pk__in=others).values_list("pk", flat=True))
    homes = Residence.objects.visible_to(user).filter(household__in=codes).select_related("ward", "residential_group")
    homes = list(homes)
    place = {(home.household_id, home.since): home.place for home in homes}
    told = {
        (event.household_id, event.day) for event in events if event.kind in _TELL_THE_PLACE and not event.undone_at
    }
    lines = [
        Line(
            on=home.since or _FIRST,
            when=f"{home.since:%d/%m/%Y}" if home.since else _("Before these records"),
            text=_("Lived in %(ward)s") % {"ward": home.ward},
            detail=home.place,
            icon="house-door",
            of=codes[home.household_id],
        )
        for home in homes
        if (home.household_id, home.since) not in told
    ]
    for event in events:
        where = place.get((event.household_id, event.day), "") if event.kind in _TELL_THE_PLACE else ""
        seen = event.other_id in may_open
        lines.append(
            Line(
                on=event.day,
                when=f"{event.day:%d/%m/%Y}",
                text=event_in_words(event, event.other.code if seen else ""),
                detail=" · ".join(part for part in ("" if event.undone_at else where, event.note) if part),
                icon=ICONS[event.kind],
                url=reverse("household-detail", args=[event.other_id]) if seen else "",
                of=codes[event.household_id],
                event_pk=event.pk,
                undone=bool(event.undone_at),
                undone_because=event.undone_because,
                order=event.pk,
            )
        )
    return lines


def event_in_words(event: LifeEvent, other: str) -> str:
    """One event in a sentence; without a code the other household is “another household”."""
    other = _("household %(code)s") % {"code": other} if other else _("another household")
    known = {
        "other": other,
        "name": event.member.name if event.member else "",
        "ward": event.ward,
        "to_ward": event.to_ward or "",
        "group": event.group or "—",
        "to_group": event.to_group or "—",
        "place": event.place,
    }
    if event.kind == H.MOVED_WITHIN and event.group_id != event.to_group_id:
        return _("Moved within the ward, from %(group)s to %(to_group)s") % known
    if event.kind == H.TOOK_IN and _of_a_duplicate(event):
        return _("Found to be entered twice: %(other)s was closed") % known
    return _SENTENCES[event.kind](bool(event.place)) % known


def _of_a_duplicate(event: LifeEvent) -> bool:
    """Whether nobody came over: the household that was closed had been this one, entered a second time."""
    rows = (event.undoing or {}).get("rows", [])
    return any(row.get("now", {}).get("closed_as") == Closing.DUPLICATE for row in rows)


_SENTENCES: dict[str, Callable[[bool], str]] = {
    H.SPLIT: lambda _place: _("Split: %(other)s was formed"),
    H.SPLIT_OFF: lambda _place: _("Formed by a split from %(other)s"),
    H.MERGED: lambda _place: _("Merged into %(other)s"),
    H.TOOK_IN: lambda _place: _("Joined by %(other)s, which was closed"),
    H.HEAD_CHANGED: lambda _place: _("%(name)s became head of the household"),
    H.BORN: lambda _place: _("%(name)s was born"),
    H.JOINED: lambda _place: _("%(name)s joined the household"),
    H.LEFT: lambda place: _("%(name)s left for %(place)s") if place else _("%(name)s left the household"),
    H.DIED: lambda _place: _("%(name)s died"),
    H.MOVED_WITHIN: lambda _place: _("Moved within the ward"),
    H.MOVED_WARD: lambda _place: _("Moved from %(ward)s to %(to_ward)s"),
    H.MOVED_OUT: lambda place: (
        _("Moved out of the district, to %(place)s") if place else _("Moved out of the district")
    ),
    H.MOVED_IN: lambda place: _("Moved in from %(place)s") if place else _("Moved in from outside the district"),
    H.DIED_OUT: lambda _place: _("Nobody of the household is alive any more"),
    H.DUPLICATE: lambda _place: _("Found to be entered twice, with %(other)s"),
    H.REORGANISED: lambda _place: _("Wards were reorganised: from %(ward)s to %(to_ward)s"),
}


# --- classes --------------------------------------------------------------------------------


def _years(codes: dict[int, str], user) -> list[Line]:
    """One line a year, with the class by each standard."""
    statuses = PovertyStatus.objects.visible_to(user).filter(household__in=codes).select_related("standard", "ward")
    by_year: dict[tuple[int, int], list[PovertyStatus]] = defaultdict(list)
    for status in statuses.order_by("year", "standard__level", "standard__from_year"):
        by_year[status.household_id, status.year].append(status)
    lines = []
    for (pk, year), given in by_year.items():
        classes = "; ".join(
            f"{each.get_classification_display()} ({each.standard.get_level_display()})" for each in given
        )
        persons = given[0].persons
        size = ngettext("%(count)d person", "%(count)d persons", persons) % {"count": persons}
        text = _("Year %(year)d: %(classes)s") % {"year": year, "classes": classes}
        lines.append(
            Line(date(year, 12, 31), str(year), text, "clipboard-check", f"{size} · {given[0].ward}", of=codes[pk])
        )
    return lines


def _reviews(codes: dict[int, str], user) -> list[Line]:
    """Regular reviews within a year; the yearly one says what the year's line says."""
    regular = StatusReview.objects.visible_to(user).filter(
        status__household__in=codes, kind=StatusReview.Kind.REGULAR, reviewed_on__isnull=False
    )
    return [
        Line(
            review.reviewed_on,
            f"{review.reviewed_on:%d/%m/%Y}",
            _("Regular review: %(class)s (%(level)s)")
            % {
                "class": review.get_classification_display(),
                "level": review.status.standard.get_level_display(),
            },
            "clipboard-data",
            _("decision %(number)s") % {"number": review.decision_number} if review.decision_number else "",
            of=codes[review.status.household_id],
        )
        for review in regular.select_related("status__standard")
    ]
