"""A review of a household: judged by the standard, kept for itself, and copied into the year-end status.

Every review of a year is kept (`StatusReview`); the status of the year is a copy of the last one by date.
A status from before reviews were kept gets one copied from itself before a second is added.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from households.judging import Judgement, is_urban, judge, settle
from households.models import Household, Indicator, PovertyStatus, StatusCause, StatusDeprivation, StatusReview
from households.rounds import is_writable, require_writable
from households.snapshot import remember_household, require_so_many_children

YEARLY, REGULAR = StatusReview.Kind.YEARLY, StatusReview.Kind.REGULAR
# What a review and the status have in common, besides the deprivations and causes ticked.
COPIED = (
    "reviewed_on", "classification", "persons", "sheet_a", "income", "b1", "b2", "proposed", "differs_because", "judged_by",
    "decision_number", "decision_date", "certificate_number", "certificate_date", "note",
)  # fmt: skip


@dataclass
class Review:
    """A household's class in a year as it was judged: the status with what belongs to it.

    A regular review brings its results in a status too; where a later review exists, they stay in the
    review alone. `kept` is the regular review on record that is corrected.
    """

    status: PovertyStatus
    deprivations: Iterable[Indicator] = field(default_factory=tuple)
    causes: Iterable[str] = field(default_factory=tuple)
    kind: str = YEARLY
    kept: StatusReview | None = None

    def __post_init__(self):
        self.deprivations, self.causes = list(self.deprivations), list(self.causes)


# --- judging --------------------------------------------------------------------------------


def judgement_of(review: Review) -> Judgement:
    """What the standard proposes for the review; B2 follows from the ticks wherever there are any.

    A B2 that was typed without ticks (sheets from before, standards without indicators) counts as it was typed.
    """
    status, ticked = review.status, len({indicator.code for indicator in review.deprivations})
    deprivations = ticked
    if ticked:
        status.b2 = ticked * status.standard.points_each
    elif status.b2 is not None:
        deprivations = status.b2 // max(status.standard.points_each, 1)
    elif (status.b1, status.income) != (None, None):
        if status.standard.indicators_in(status.year).exists():
            status.b2 = 0
        else:
            deprivations = None
    return judge(
        status.standard,
        urban=is_urban(status.ward) if status.ward_id else True,
        b1=status.b1,
        income=status.income,
        deprivations=deprivations,
    )


def judge_review(review: Review) -> Judgement:
    """Judge, and settle the class; raises ValidationError by field (see `judging.settle`)."""
    judgement = judgement_of(review)
    settle(review.status, judgement)
    return judgement


# --- keeping --------------------------------------------------------------------------------


def write_review(review: Review) -> PovertyStatus:
    """Judge, keep the review and bring the year's status up to its last review. For services: inside a recorded one."""
    status = review.status
    status.household.refuse_after_closing(date(status.year, 1, 1))
    status.household.require_ward_on(date(status.year, 12, 31))
    if status.pk:
        _take_along(status)
    require_writable(status.ward, status.year)
    status.closed_on = status.household.closed_in(status.year)
    judge_review(review)
    kept = list(status.reviews.all()) if status.pk else []
    if status.pk and not kept and review.kind == REGULAR:
        kept = [_review_of_itself(status.pk)]
    this = _this_review(review, kept)
    others = [each for each in kept if each.pk != this.pk]
    _require_an_order(status, review.kind, others)
    for name in COPIED:
        setattr(this, name, getattr(status, name))
    this.deprivations = sorted({indicator.code for indicator in review.deprivations})
    this.causes = sorted(set(review.causes))
    last = max([*others, this], key=_when)
    ticked = {indicator.pk for indicator in review.deprivations}
    if last is not this:
        ticked = {indicator.pk for indicator in bring_up(status, last)}
    require_so_many_children(remember_household(status, status.household, status.household.members.all()))
    status.save()
    this.status = status
    this.save()
    _replace(StatusDeprivation, status, "indicator_id", ticked)
    _replace(StatusCause, status, "cause", set(last.causes))
    return status


def _take_along(status: PovertyStatus) -> None:
    """A class of the year counts where the household lives at its end: moved since the last review, it takes it along."""
    home = status.household.ward_in(status.year)
    if home.pk != status.ward_id:
        require_writable(status.ward, status.year)
        status.ward, status.residential_group = home, None  # the group is filled in from the home


def tell_closing(household: Household) -> None:
    """Take a household just closed off the list of its last year, or put one back that is there again.

    A list that was handed in stays as it was; who left after that is missing from the next.
    """
    for status in household.statuses.select_related("ward"):
        closed_on = household.closed_in(status.year)
        if status.closed_on != closed_on and is_writable(status.ward, status.year):
            status.closed_on = closed_on
            status.save(update_fields=["closed_on"])


def bring_up(status: PovertyStatus, review: StatusReview) -> list[Indicator]:
    """Give a status (unsaved) the results of a review; returns the indicators that were ticked."""
    for name in COPIED:
        setattr(status, name, getattr(review, name))
    if not review.deprivations:
        return []
    return list(status.standard.indicators_in(status.year).filter(code__in=review.deprivations))


def bring_back_yearly(status: PovertyStatus) -> tuple[list[Indicator], list[str]] | None:
    """Where a regular review came last, give the status (unsaved) the yearly review's results, to be corrected.

    Returns the indicators and causes ticked then; None where the status holds the yearly results already.
    """
    reviews = list(status.reviews.all())
    yearly = next((each for each in reviews if each.kind == YEARLY), None)
    if yearly is None or yearly == last_review(reviews):
        return None
    return bring_up(status, yearly), list(yearly.causes)


def take_up(status: PovertyStatus, kind: str) -> tuple[list[Indicator], list[str]] | None:
    """Give a status on record (unsaved) what a sheet of this kind begins from, where that is not what it holds.

    The yearly sheet shows the yearly review's own results, whose ticks and causes are returned. A review that is
    not on record yet begins from the last one's scores, without its class, day and papers.
    """
    if kind == YEARLY and (yearly := bring_back_yearly(status)):
        return yearly
    kinds = {each.kind for each in status.reviews.all()}
    if kind == REGULAR or (kinds and YEARLY not in kinds):
        status.reviewed_on = status.decision_date = status.certificate_date = None
        status.decision_number = status.certificate_number = status.differs_because = status.classification = ""
    return None


def last_review(reviews: Iterable[StatusReview]) -> StatusReview | None:
    return max(reviews, key=_when, default=None)


def review_from(
    status: PovertyStatus, *, deprivations: Iterable[str] = (), causes: Iterable[str] = (), kind: str = YEARLY
) -> StatusReview:
    """An unsaved review with the status's own results; codes of the indicators and causes ticked."""
    review = StatusReview(status=status, kind=kind, deprivations=sorted(deprivations), causes=sorted(causes))
    for name in COPIED:
        setattr(review, name, getattr(status, name))
    return review


def _review_of_itself(pk: int) -> StatusReview:
    stored = PovertyStatus.objects.get(pk=pk)
    codes = StatusDeprivation.objects.filter(status=pk).values_list("indicator__code", flat=True)
    causes = StatusCause.objects.filter(status=pk).values_list("cause", flat=True)
    review = review_from(stored, deprivations=codes.order_by(), causes=causes.order_by())
    review.save()
    return review


def _this_review(review: Review, kept: list[StatusReview]) -> StatusReview:
    if review.kind == REGULAR:
        return review.kept or StatusReview(kind=REGULAR)
    return next((each for each in kept if each.kind == YEARLY), None) or StatusReview(kind=YEARLY)


def _when(review: StatusReview) -> tuple:
    """By date; of one day the yearly review comes last, else the one that was entered last."""
    return (review.reviewed_on or date.min, review.kind == YEARLY, review.pk is None, review.pk or 0)


def _require_an_order(status: PovertyStatus, kind: str, others: list[StatusReview]) -> None:
    """The class at the end of the year is that of the last review by date: with several, each says its day."""
    day = status.reviewed_on
    if day is None and kind == REGULAR:
        raise ValidationError({"reviewed_on": ValidationError(_("Write the date of the review."), code="required")})
    if day is None and any(each.reviewed_on for each in others):
        message = _(
            "There is more than one review in this year: write the date of this one, so that the last is known."
        )
        raise ValidationError({"reviewed_on": ValidationError(message, code="required")})
    if day and kind == REGULAR and day.year != status.year:
        message = _("The review must lie within %(year)d.") % {"year": status.year}
        raise ValidationError({"reviewed_on": ValidationError(message, code="other_year")})
    if kind == REGULAR and any(each.reviewed_on is None for each in others):
        message = _(
            "The yearly review of %(year)d has no date. Write it on the yearly sheet first: the class follows from "
            "the last review."
        )
        raise ValidationError(message, code="undated", params={"year": status.year})


def _replace(model, status: PovertyStatus, column: str, wanted: set) -> None:
    kept = {getattr(row, column): row for row in model.objects.filter(status=status)}
    for value, row in kept.items():
        if value not in wanted:
            row.delete()
    for value in sorted(wanted - set(kept)):
        model.objects.create(status=status, **{column: value})
