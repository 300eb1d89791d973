"""What a ward's year still lacks before it can be submitted, and whether it balances.

    remaining([ward], 2024)[ward.pk].gaps        {Gap.UNREVIEWED: [household, …], …}

For one ward or for all of them in the same number of queries.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, TextChoices, When
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from households.codes import LISTED, WRITABLE, Classification
from households.judging import differs
from households.models import (
    DuplicateCase,
    Household,
    PovertyStandard,
    PovertyStatus,
    Residence,
    ReviewRound,
    RoundComment,
    StatusReview,
)
from households.movement import TABLES, YearMovement, movements
from wards.models import Ward, WardPopulation

CITY = PovertyStandard.Level.CITY
YEARLY, REGULAR = StatusReview.Kind.YEARLY, StatusReview.Kind.REGULAR
FOLLOWED = (*LISTED, Classification.HARDSHIP)


class Gap(TextChoices):
    """What a household's year lacks. All but the hints must be mended before the year is submitted."""

    UNREVIEWED = "unreviewed", _("not reviewed yet")
    UNDECIDED = "undecided", _("on the list without a decision")
    LEFT_UNDECIDED = "left-undecided", _("off the list without a decision")
    UNEXPLAINED = "unexplained", _("another class than proposed, without a reason")
    OPEN = "open-questions", _("on last year's list, and nothing says what became of them")
    COMMENTED = "commented", _("district staff commented, not answered yet")
    WITHIN_YEAR = "within-the-year", _("reviewed within the year only, not by the yearly review")
    DUPLICATES = "duplicates", _("possibly entered twice")


HINTS = (Gap.WITHIN_YEAR, Gap.DUPLICATES)


@dataclass
class Remaining:
    """One ward's year: who is to be reviewed, who was, what is missing."""

    ward: int
    to_review: set[int] = field(default_factory=set)
    reviewed: set[int] = field(default_factory=set)
    gaps: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    has_population: bool = False
    general_comments: int = 0  # on the year as a whole, not answered yet
    movement: dict[str, YearMovement] = field(default_factory=dict)  # by level

    @property
    def balances(self) -> bool:
        """Every household of the opening is accounted for, and both tables add up, at every level."""
        return all(
            not any(question.ward == self.ward for question in movement.questions)
            and all(movement.balance(self.ward, table).holds for table in TABLES)
            for movement in self.movement.values()
        )

    @property
    def sentences(self) -> list[tuple[str, str]]:
        """What is missing, each with the gap it tells of; hints are left out."""
        told = [(gap, sentence(gap, len(self.gaps[gap]))) for gap in Gap if self.gaps.get(gap) and gap not in HINTS]
        if self.general_comments:
            told.append(("comments", general_comments_sentence(self.general_comments)))
        if not self.has_population:
            told.append(("population", str(_("The ward's resident households and persons are not entered."))))
        return told

    @property
    def undecided(self) -> int:
        return len(self.gaps.get(Gap.UNDECIDED, ())) + len(self.gaps.get(Gap.LEFT_UNDECIDED, ()))

    @property
    def is_complete(self) -> bool:
        return not self.sentences


def remaining(wards: Iterable[Ward], year: int) -> dict[int, Remaining]:
    """What each ward's year lacks, by ward."""
    keys = {ward.pk for ward in wards}
    told = {key: Remaining(key) for key in keys}
    followed = Household.objects.present().classified(year - 1, CITY, FOLLOWED)
    homes = Residence.objects.on(date(year, 12, 31)).filter(ward__in=keys, household__in=followed)
    for household, ward in homes.order_by("household").values_list("household", "ward"):
        told[ward].to_review.add(household)
    _read_statuses(told, year, homes)
    for here in told.values():
        here.gaps[Gap.UNREVIEWED] = sorted(here.to_review - here.reviewed)
    _read_movement(told, year)
    for ward in WardPopulation.objects.filter(ward__in=keys, year=year).values_list("ward", flat=True):
        told[ward].has_population = True
    comments = RoundComment.objects.filter(round__ward__in=keys, round__year=year, settled_at=None)
    for ward, household in comments.order_by("pk").values_list("round__ward", "household"):
        if household is None:
            told[ward].general_comments += 1
        elif household not in told[ward].gaps[Gap.COMMENTED]:
            told[ward].gaps[Gap.COMMENTED].append(household)
    _read_duplicates(told)
    return told


def _read_statuses(told: dict[int, Remaining], year: int, homes: QuerySet[Residence]) -> None:
    lived_in = {household: here for here in told.values() for household in here.to_review}
    judged = PovertyStatus.objects.official().filter(year=year)
    of_those_here = Q(ward__in=told) | Q(household__in=homes.order_by().values("household"))
    reviews = StatusReview.objects.filter(status=OuterRef("pk"))
    regular_alone = Q(Exists(reviews.filter(kind=REGULAR))) & ~Q(Exists(reviews.filter(kind=YEARLY)))
    judged = judged.filter(of_those_here).annotate(within_the_year=Case(When(regular_alone, then=True), default=False))
    judged = judged.order_by("household", "standard")
    closed = set(ReviewRound.objects.filter(year=year).exclude(state__in=WRITABLE).values_list("ward", flat=True))
    before = PovertyStatus.objects.at_level(CITY).filter(year=year - 1, classification__in=LISTED)
    was_listed = set(before.filter(household__in=judged.values("household")).values_list("household", flat=True))
    for household, ward, level, within_the_year, classification, decision, proposed, because in judged.values_list(
        "household",
        "ward",
        "standard__level",
        "within_the_year",
        "classification",
        "decision_number",
        "proposed",
        "differs_because",
    ):
        home = lived_in.get(household) if level == CITY else None
        # Wherever it was judged, it need not be judged here: but moved since a review within the year, it is, and
        # takes its class along, unless the ward that it left has handed in the year.
        if home and (ward == home.ward or ward in closed or not within_the_year):
            home.reviewed.add(household)
        if ward not in told:
            continue
        here = told[ward]
        if level == CITY:
            here.to_review.add(household)
            here.reviewed.add(household)
            if within_the_year:  # at the year's end everybody on the list is reviewed
                here.gaps[Gap.WITHIN_YEAR].append(household)
            if not decision and classification in LISTED:
                here.gaps[Gap.UNDECIDED].append(household)
            elif not decision and household in was_listed:
                here.gaps[Gap.LEFT_UNDECIDED].append(household)
        if differs(classification, proposed) and not because and household not in here.gaps[Gap.UNEXPLAINED]:
            here.gaps[Gap.UNEXPLAINED].append(household)


def _read_movement(told: dict[int, Remaining], year: int) -> None:
    for level in PovertyStandard.Level.values:
        movement = movements(level, [year], wards=set(told))[year]
        for here in told.values():
            here.movement[level] = movement
        for question in movement.questions:
            here = told[question.ward]
            # Whoever is merely not reviewed yet stands there already.
            if question.household not in {*here.gaps[Gap.UNREVIEWED], *here.gaps[Gap.OPEN]}:
                here.gaps[Gap.OPEN].append(question.household)


def _read_duplicates(told: dict[int, Remaining]) -> None:
    pairs = DuplicateCase.objects.open().filter(Q(first__ward__in=told) | Q(second__ward__in=told))
    for pair in pairs.order_by("pk").values_list("first", "first__ward", "second", "second__ward"):
        for household, ward in (pair[:2], pair[2:]):
            if ward in told and household not in told[ward].gaps[Gap.DUPLICATES]:
                told[ward].gaps[Gap.DUPLICATES].append(household)


def sentence(gap: str, n: int) -> str:
    """“12 households are not reviewed yet.”"""
    texts = {
        Gap.UNREVIEWED: ngettext("%(n)d household is not reviewed yet.", "%(n)d households are not reviewed yet.", n),
        Gap.UNDECIDED: ngettext(
            "%(n)d household on the list has no decision.", "%(n)d households on the list have no decision.", n
        ),
        Gap.LEFT_UNDECIDED: ngettext(
            "%(n)d household left the list without a decision.",
            "%(n)d households left the list without a decision.",
            n,
        ),
        Gap.UNEXPLAINED: ngettext(
            "%(n)d household has another class than proposed, and no reason is given.",
            "%(n)d households have another class than proposed, and no reason is given.",
            n,
        ),
        Gap.OPEN: ngettext(
            "%(n)d household of last year's list is not accounted for: neither a class nor an event.",
            "%(n)d households of last year's list are not accounted for: neither a class nor an event.",
            n,
        ),
        Gap.COMMENTED: ngettext(
            "%(n)d household has a comment of district staff without an answer.",
            "%(n)d households have a comment of district staff without an answer.",
            n,
        ),
        Gap.WITHIN_YEAR: ngettext(
            "%(n)d household was reviewed within the year only, not by the yearly review.",
            "%(n)d households were reviewed within the year only, not by the yearly review.",
            n,
        ),
        Gap.DUPLICATES: ngettext(
            "%(n)d household may have been entered twice.", "%(n)d households may have been entered twice.", n
        ),
    }
    return texts[Gap(gap)] % {"n": n}


def general_comments_sentence(n: int) -> str:
    text = ngettext(
        "%(n)d comment on the year as a whole has no answer.",
        "%(n)d comments on the year as a whole have no answer.",
        n,
    )
    return text % {"n": n}
