"""Last year's list carried over: one answer a household, the whole ward in one transaction.

    carry_over(by=officer, ward=dong_mai, year=2024, standard=city, answers=[Answer(pk, version, "CN", 4)])

A class confirmed is a new judgement of the new year. Last year's scores are not this year's: they come along
only where the officer says that they still hold, and are then judged by the standard of this year. The number
of queries hardly grows with the households: everything is written in bulk.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.actor import StaleVersion, recorded
from households.judging import Judgement, is_urban, judge, settle
from households.models import (
    Household,
    Indicator,
    Member,
    PovertyStandard,
    PovertyStatus,
    StatusCause,
    StatusDeprivation,
    StatusReview,
)
from households.reviews import COPIED, REGULAR, YEARLY, last_review, review_from
from households.rounds import require_writable
from households.snapshot import remember_household
from wards.models import Ward

# What correcting a class may change; scores stay as they are.
_PAPERS = ("decision_number", "decision_date", "certificate_number", "certificate_date")
_CHANGED = ("classification", "persons", "proposed", "differs_because", "reviewed_on", *_PAPERS)


@dataclass
class Answer:
    """What the officer says of one household, as they saw it at `version`."""

    household: int
    version: int
    classification: str
    persons: int
    differs_because: str = ""
    copied: bool = False  # last year's scores, deprivations and causes still hold


class StaleAnswers(StaleVersion):
    """Somebody saved some of the households after the page was opened, or they no longer live in the ward."""

    def __init__(self, households: set[int]):
        super().__init__(households)
        self.households = households


class BadAnswers(ValidationError):
    """Answers that cannot stand; `rows` says for each household which field and why."""

    def __init__(self, rows: dict[int, ValidationError]):
        super().__init__([message for error in rows.values() for message in error.messages], code="answers")
        self.rows = rows


@recorded
def carry_over(
    *,
    by,
    ward: Ward,
    year: int,
    standard: PovertyStandard,
    answers: Iterable[Answer],
    reviewed_on: date | None = None,
    decision_number: str = "",
    decision_date: date | None = None,
) -> list[PovertyStatus]:
    """Write a class of the year for each answer, all or none; day and decision, where given, for all of them.

    Raises StaleAnswers where somebody else saved one of the households, BadAnswers where an answer cannot stand.
    """
    require_writable(ward, year)
    given = {answer.household: answer for answer in answers}
    households = _take(ward, year, given)
    sheet = _Sheet(ward, year, standard, reviewed_on, decision_number, decision_date)
    statuses = PovertyStatus.objects.filter(household__in=given, year=year, standard=standard)
    judged = {status.household_id: status for status in statuses.prefetch_related("reviews", "deprivations", "causes")}
    last = last_years(given, year, standard.level)
    copied = inherited({pk: last[pk] for pk in last if given[pk].copied}, standard, year, ward)
    members = defaultdict(list)
    for member in Member.objects.filter(household__in=[pk for pk in given if pk not in judged]):
        members[member.household_id].append(member)
    errors = {}
    for pk, answer in given.items():
        try:
            if pk in judged:
                sheet.correct(judged[pk], answer)
            else:
                unchanged = pk in copied and last[pk].classification == answer.classification
                sheet.enter(households[pk], members[pk], answer, copied[pk] if unchanged else None)
        except ValidationError as error:
            errors[pk] = error
    if errors:
        raise BadAnswers(errors)
    sheet.write()
    return sheet.entered + sheet.corrected


def _take(ward: Ward, year: int, given: dict[int, Answer]) -> dict[int, Household]:
    """The households, locked, with their versions raised; raises StaleAnswers for those that are not as they were."""
    here = Household.objects.present().living_in([ward], year).filter(pk__in=given)
    households = {household.pk: household for household in here.order_by("pk").select_for_update()}
    stale = {pk for pk, answer in given.items() if pk not in households or households[pk].version != answer.version}
    if stale:
        raise StaleAnswers(stale)
    Household.objects.filter(pk__in=households).update(version=F("version") + 1)
    return households


# --- last year ------------------------------------------------------------------------------


@dataclass
class Inputs:
    """What one sheet says, and what this year's standard makes of it."""

    judgement: Judgement
    b1: int | None = None
    b2: int | None = None
    income: int | None = None
    indicators: list[Indicator] = field(default_factory=list)
    causes: list[str] = field(default_factory=list)


def last_years(households: Iterable[int], year: int, level: str) -> dict[int, PovertyStatus]:
    """The official class of each household a year before, wherever it then lived."""
    before = PovertyStatus.objects.at_level(level).filter(household__in=list(households), year=year - 1)
    return {status.household_id: status for status in before.order_by("standard__from_year")}


def inherited(last: dict[int, PovertyStatus], standard: PovertyStandard, year: int, ward: Ward) -> dict[int, Inputs]:
    """Last year's inputs as this year's standard judges them. Indicators that it does not have are left behind."""
    if not last:
        return {}
    own = {indicator.code: indicator for indicator in standard.indicators_in(year)}
    rows = StatusDeprivation.objects.filter(status__in=last.values()).values_list("status", "indicator__code")
    deprived, caused = defaultdict(list), defaultdict(list)
    for status, code in rows.order_by("indicator__number"):
        if code in own:
            deprived[status].append(own[code])
    for status, cause in StatusCause.objects.filter(status__in=last.values()).values_list("status", "cause"):
        caused[status].append(cause)
    return {
        pk: _inputs(status, deprived[status.pk], caused[status.pk], standard, is_urban(ward), bool(own))
        for pk, status in last.items()
    }


def _inputs(status: PovertyStatus, ticked: list, causes: list, standard, urban: bool, has_indicators: bool) -> Inputs:
    """As `reviews.judgement_of` counts: the ticks, else a B2 that was typed without any, else none or not known."""
    count = len(ticked)
    if not ticked:
        count = 0 if has_indicators else None
        if status.b2 is not None:
            count = status.b2 // max(standard.points_each, 1)
    b2 = None if count is None else count * standard.points_each
    judgement = judge(standard, urban=urban, b1=status.b1, income=status.income, deprivations=count)
    return Inputs(judgement, status.b1, b2, status.income, ticked, causes)


# --- writing --------------------------------------------------------------------------------


@dataclass
class _Sheet:
    """Gathers what is to be written, then writes it at once."""

    ward: Ward
    year: int
    standard: PovertyStandard
    reviewed_on: date | None
    decision_number: str
    decision_date: date | None
    entered: list[PovertyStatus] = field(default_factory=list)
    corrected: list[PovertyStatus] = field(default_factory=list)
    reviews: list[StatusReview] = field(default_factory=list)
    deprivations: list[StatusDeprivation] = field(default_factory=list)
    causes: list[StatusCause] = field(default_factory=list)

    def enter(self, household: Household, members: list[Member], answer: Answer, inputs: Inputs | None) -> None:
        """A class of the year for a household that had none."""
        status = PovertyStatus(
            household=household,
            year=self.year,
            standard=self.standard,
            ward=self.ward,
            classification=answer.classification,
            persons=answer.persons,
            differs_because=answer.differs_because,
        )
        self._stamp(status)
        status.reviewed_on = self.reviewed_on
        inputs = inputs or Inputs(judge(self.standard, urban=is_urban(self.ward), b1=None, income=None, deprivations=0))
        status.b1, status.b2, status.income = inputs.b1, inputs.b2, inputs.income
        settle(status, inputs.judgement)
        self.deprivations += [StatusDeprivation(status=status, indicator=each) for each in inputs.indicators]
        self.causes += [StatusCause(status=status, cause=cause) for cause in inputs.causes]
        self.entered.append(remember_household(status, household, members))
        ticked = [each.code for each in inputs.indicators]
        self.reviews.append(review_from(status, deprivations=ticked, causes=inputs.causes))

    def correct(self, status: PovertyStatus, answer: Answer) -> None:
        """Another class or size for a household judged already, or only the decision."""
        if status.ward_id != self.ward.pk:
            raise ValidationError(_("This year's class was given in another ward. Open the full sheet."), code="ward")
        reviews = list(status.reviews.all())
        review = last_review(reviews)
        if (status.classification, status.persons) != (answer.classification, answer.persons):
            review = _yearly(status, reviews)
            status.classification, status.persons = answer.classification, answer.persons
            status.differs_because = answer.differs_because
            settle(status, Judgement(status.proposed, status.judged_by))
            status.reviewed_on = self.reviewed_on or review.reviewed_on
            _not_before(status.reviewed_on, [each for each in reviews if each.kind == REGULAR])
        self._stamp(status)
        self.corrected.append(status)
        if review:
            for name in COPIED:
                setattr(review, name, getattr(status, name))
            self.reviews.append(review)

    def _stamp(self, status: PovertyStatus) -> None:
        status.decision_number = self.decision_number or status.decision_number
        status.decision_date = self.decision_date or status.decision_date

    def write(self) -> None:
        PovertyStatus.objects.bulk_create(self.entered)
        StatusDeprivation.objects.bulk_create(self.deprivations)
        StatusCause.objects.bulk_create(self.causes)
        PovertyStatus.objects.bulk_update(self.corrected, _CHANGED)
        StatusReview.objects.bulk_create([review for review in self.reviews if not review.pk])
        kept = [review for review in self.reviews if review.pk]
        StatusReview.objects.bulk_update(kept, [*COPIED, "deprivations", "causes"])


def _yearly(status: PovertyStatus, reviews: list[StatusReview]) -> StatusReview:
    """The yearly review that another class corrects, or begins, with the scores on record.

    Where a regular review came last, its papers are not those of the new class.
    """
    yearly = next((each for each in reviews if each.kind == YEARLY), None)
    ticked, causes = [each.code for each in status.deprivations.all()], [each.cause for each in status.causes.all()]
    last = last_review(reviews)
    if last and last.kind == REGULAR:
        for name in _PAPERS:
            setattr(status, name, getattr(yearly or StatusReview(), name))
    if yearly is None:
        return review_from(status, deprivations=ticked, causes=causes)
    yearly.deprivations, yearly.causes = sorted(ticked), sorted(causes)
    return yearly


def _not_before(day: date | None, regular: list[StatusReview]) -> None:
    """The year's class is that of the last review by date; an earlier one would change nothing."""
    latest = max((review.reviewed_on for review in regular if review.reviewed_on), default=None)
    if latest and (day is None or day < latest):
        message = _("A regular review of %(day)s is on record. Give a later day for this review.")
        day_text = date_format(latest, "SHORT_DATE_FORMAT")
        raise ValidationError(message, code="earlier", params={"day": day_text})
