"""The yearly review of a ward: what is left, everything on one sheet, submit, check, lock."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actor import StaleVersion
from accounts.context import working_ward, working_year, year_choices
from accounts.history import history_of
from accounts.models.scope import wards_of
from accounts.services import AlreadySubmitted, claim_submission
from households.amendments import corrections_of
from households.codes import WRITABLE, RoundState
from households.forms.rounds import AnswerForm, CommentForm, PopulationForm, ReturnForm, StepForm
from households.models import Household, PovertyStandard, PovertyStatus, RoundComment
from households.movement import TABLES, Kind, YearMovement
from households.remaining import HINTS, Gap, Remaining, remaining, sentence
from households.rounds import (
    OwnWork,
    answer_comment,
    approve_round,
    comment_on,
    has_a_review,
    lock_round,
    may_check,
    return_round,
    round_of,
    set_population,
    submit_round,
)
from households.strip import scores, tag
from wards.models import Ward, WardPopulation

CITY = PovertyStandard.Level.CITY
CHECKED = (RoundState.SUBMITTED, RoundState.APPROVED)
LETTERS = {"poor": "N", "near_poor": "CN"}


# --- where one works ------------------------------------------------------------------------


@require_safe
@permission_required("households.view_household", raise_exception=True)
def round_start(request: HttpRequest) -> HttpResponse:
    """To the review of the ward and year one works in; without a ward of that year, to the page of all wards."""
    ward, year = working_ward(request), working_year(request)
    if ward is None or not has_a_review(ward, year):
        return redirect(f"{reverse('round-progress')}?year={year}")
    return redirect("round-detail", ward.pk, year)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def round_detail(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    """Where the ward's year stands and what is left, each line a link to exactly those households."""
    here = _ward(request, ward, year)
    return _detail_page(request, here, year)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def round_households(request: HttpRequest, ward: int, year: int, gap: str) -> HttpResponse:
    """The households of one line of what is left."""
    here = _ward(request, ward, year)
    if gap not in Gap.values:
        raise Http404
    keys = remaining([here], year)[here.pk].gaps.get(gap, [])
    households = _households(request, keys)
    statuses = PovertyStatus.objects.at_level(CITY).filter(household__in=households, year__in=(year - 1, year))
    classes = {(status.household_id, status.year): status for status in statuses.select_related("standard")}
    for household in households:
        household.before = tag(classes.get((household.pk, year - 1)))
        household.now = tag(classes.get((household.pk, year)))
    context = {
        "ward": here,
        "year": year,
        "gap": Gap(gap),
        "sentence": sentence(gap, len(keys)),
        "households": households,
        "elsewhere": len(keys) - len(households),
        "writable": round_of(here, year).state in WRITABLE,
    }
    return render(request, "households/round_households.html", context)


@require_safe
@permission_required("households.view_household", raise_exception=True)
def round_check(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    """The whole year on one sheet: before the ward submits it, and while district staff check it."""
    return _check_page(request, _ward(request, ward, year), year)


# --- the steps ------------------------------------------------------------------------------


@require_POST
@permission_required("households.submit_reviewround", raise_exception=True)
def round_submit(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    done = _("%(ward)s has submitted the year %(year)d.")
    return _take_step(request, ward, year, submit_round, done)


@require_POST
@permission_required("households.check_reviewround", raise_exception=True)
def round_return(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    here = _ward(request, ward, year)
    form = ReturnForm(request.POST, begun=round_of(here, year))
    done = _("The year %(year)d is returned to %(ward)s.")
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    return _take_step(request, ward, year, return_round, done, form=form, reason=reason)


@require_POST
@permission_required("households.check_reviewround", raise_exception=True)
def round_approve(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    done = _("The year %(year)d of %(ward)s is approved.")
    return _take_step(request, ward, year, approve_round, done)


@require_POST
@permission_required("households.check_reviewround", raise_exception=True)
def round_lock(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    done = _("The year %(year)d of %(ward)s is locked.")
    return _take_step(request, ward, year, lock_round, done)


@require_POST
@permission_required("households.check_reviewround", raise_exception=True)
def round_comment(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    """Ask the ward about a household of its year."""
    here = _ward(request, ward, year)
    begun = round_of(here, year)
    form = CommentForm(request.POST, households=_of_the_year(request, here, year))
    result = f"{reverse('round-check', args=[here.pk, year])}#comments"
    if form.is_valid():
        asked = {"text": form.cleaned_data["text"], "household": form.cleaned_data["household"]}
        if _done_once(request, form, lambda: comment_on(by=request.user, begun=begun, **asked), result):
            return redirect(result)
    return _check_page(request, here, year, comment_form=form, status=422)


@require_POST
@permission_required("households.change_household", raise_exception=True)
def round_answer(request: HttpRequest, ward: int, year: int, comment: int) -> HttpResponse:
    """Answer a comment."""
    here = _ward(request, ward, year)
    asked = get_object_or_404(_comments(request, here, year), pk=comment)
    form = AnswerForm(request.POST, comment=asked)
    result = f"{reverse('round-detail', args=[here.pk, year])}#comments"
    if form.is_valid():
        answer = form.cleaned_data["answer"]
        if _done_once(request, form, lambda: answer_comment(by=request.user, comment=asked, answer=answer), result):
            return redirect(result)
    return _detail_page(request, here, year, answer_form=(asked.pk, form), status=422)


@require_POST
@permission_required("households.change_household", raise_exception=True)
def round_population(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    """Enter the ward's resident households and persons."""
    here = _ward(request, ward, year)
    form = PopulationForm(request.POST)
    result = reverse("round-detail", args=[here.pk, year])
    if form.is_valid():
        counts = {name: form.cleaned_data[name] for name in ("households", "persons")}
        if _done_once(request, form, lambda: set_population(by=request.user, ward=here, year=year, **counts), result):
            messages.success(request, _("Resident households and persons saved."))
            return redirect(result)
    return _detail_page(request, here, year, population_form=form, status=422)


def _take_step(request: HttpRequest, ward: int, year: int, step, done: str, *, form=None, **more) -> HttpResponse:
    """Do what a button says, once and on the version that was shown; a refusal is told on the sheet."""
    here = _ward(request, ward, year)
    form = form or StepForm(request.POST, begun=round_of(here, year))
    result = reverse("round-detail", args=[here.pk, year])
    if not form.is_valid():
        return _check_page(request, here, year, problems=_errors_of(form), status=422)
    try:
        with transaction.atomic():
            submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
            step(by=request.user, ward=here, year=year, version=form.cleaned_data["version"], **more)
            _keep(submission, result)
    except AlreadySubmitted as again:
        return redirect(again.result)
    except StaleVersion:
        problem = _("Somebody has moved this year on after you opened the page. This is how it stands now.")
        return _check_page(request, here, year, problems=[problem], status=409)
    except OwnWork as error:
        return _check_page(request, here, year, problems=[str(error)], status=403)
    except ValidationError as error:
        return _check_page(request, here, year, problems=error.messages, status=422)
    messages.success(request, done % {"ward": here, "year": year})
    return redirect(result)


def _done_once(request: HttpRequest, form, work, result: str) -> bool:
    """Whether the work is done, now or by the first of two clicks; what refuses it is told on the form."""
    try:
        with transaction.atomic():
            submission = claim_submission(by=request.user, key=form.cleaned_data["submission_key"])
            work()
            _keep(submission, result)
    except AlreadySubmitted:
        return True
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _keep(submission, result: str) -> None:
    if submission:
        submission.result = result
        submission.save()


def _errors_of(form) -> list[str]:
    return [message for messages_ in form.errors.values() for message in messages_]


# --- the pages ------------------------------------------------------------------------------


def _detail_page(
    request: HttpRequest, ward: Ward, year: int, *, population_form=None, answer_form=None, status: int = 200
) -> HttpResponse:
    begun, left = round_of(ward, year), remaining([ward], year)[ward.pk]
    population = WardPopulation.objects.filter(ward=ward, year=year).first()
    counts = {"households": population.households, "persons": population.persons} if population else {}
    to_review = left.to_review | left.reviewed
    context = {
        "ward": ward,
        "year": year,
        "years": list(reversed([each for each in year_choices() if has_a_review(ward, each)])),
        "begun": begun,
        "lines": _lines(ward, year, left),
        "is_complete": left.is_complete,
        "hints": [
            {"text": sentence(gap, len(left.gaps[gap])), "url": _gap_url(ward, year, gap)}
            for gap in HINTS
            if left.gaps.get(gap)
        ],
        "to_review": len(to_review),
        "reviewed": len(to_review & left.reviewed),
        "balances": left.balances,
        "population": population,
        "population_form": population_form or PopulationForm(initial=counts),
        "comments": _with_answers(request, ward, year, answer_form),
        "corrections": corrections_of(request.user, ward=ward, year=year),
        "history": history_of(begun) if begun.pk else [],
    }
    return render(request, "households/round_detail.html", context, status=status)


def _check_page(
    request: HttpRequest, ward: Ward, year: int, *, comment_form=None, problems=(), status: int = 200
) -> HttpResponse:
    begun, left = round_of(ward, year), remaining([ward], year)[ward.pk]
    of_the_year = _of_the_year(request, ward, year)
    movement = left.movement[CITY]
    chosen = _Chosen.of(request, ward, movement)
    rows = _rows(request, ward, year, movement)
    comments = _named_comments(request, ward, year)
    own_work = begun.state in CHECKED and request.user.is_staff_role and not may_check(request.user, begun)
    context = {
        "ward": ward,
        "year": year,
        "begun": begun,
        "problems": list(problems),
        "lines": _lines(ward, year, left),
        "is_complete": left.is_complete,
        "balances": left.balances,
        "classes": _classes(ward, year),
        "tables": _tables(ward, movement),
        "known": movement.known,
        "population": WardPopulation.objects.filter(ward=ward, year=year).first(),
        "rows": [row for row in rows["shown"] if chosen.households is None or row.pk in chosen.households],
        "elsewhere": rows["elsewhere"],
        "chosen": chosen,
        "comments": comments,
        "unanswered": sum(comment.settled_at is None for comment in comments),
        "may_comment": begun.state in CHECKED,
        "own_work": own_work,
        "step_form": StepForm(begun=begun),
        "return_form": ReturnForm(begun=begun),
        "comment_form": comment_form or CommentForm(households=of_the_year, household=request.GET.get("household", "")),
    }
    return render(request, "households/round_check.html", context, status=status)


def _lines(ward: Ward, year: int, left: Remaining) -> list[dict]:
    """What is missing in sentences, each a link to its households or its place on the page."""
    detail = reverse("round-detail", args=[ward.pk, year])
    on_page = {Gap.COMMENTED: "comments", "comments": "comments", "population": "population"}
    return [
        {"text": text, "url": f"{detail}#{on_page[gap]}" if gap in on_page else _gap_url(ward, year, gap)}
        for gap, text in left.sentences
    ]


def _gap_url(ward: Ward, year: int, gap: str) -> str:
    return reverse("round-households", args=[ward.pk, year, gap])


def _comments(request: HttpRequest, ward: Ward, year: int):
    """Comments on the ward's year; the ward came through the door."""
    return (
        RoundComment.objects.visible_to(request.user)
        .filter(round__ward=ward, round__year=year)
        .select_related("household", "by")
    )


def _named_comments(request: HttpRequest, ward: Ward, year: int) -> list[RoundComment]:
    """The same, with the head's name where this person may open the household."""
    comments = list(_comments(request, ward, year))
    about = [comment.household_id for comment in comments]
    visible = Household.objects.visible_to(request.user).filter(pk__in=about).with_head()
    heads = {pk: name or code for pk, name, code in visible.values_list("pk", "head_name", "code")}
    for comment in comments:
        comment.head_name = heads.get(comment.household_id, "")
    return comments


def _with_answers(request: HttpRequest, ward: Ward, year: int, sent: tuple | None) -> list[RoundComment]:
    comments = _named_comments(request, ward, year)
    key, form = sent or (None, None)
    for comment in comments:
        comment.form = form if key == comment.pk else AnswerForm(comment=comment)
    return comments


def _households(request: HttpRequest, keys) -> list[Household]:
    """Households as rows; those that this person may not open any more are left out."""
    visible = Household.objects.visible_to(request.user).filter(pk__in=keys).with_head()
    return list(visible.select_related("ward", "residential_group").order_by("head_sort_key", "pk"))


def _of_the_year(request: HttpRequest, ward: Ward, year: int):
    """Households judged in the ward's year, or on its list of the year before."""
    judged = PovertyStatus.objects.at_level(CITY).filter(ward=ward, year__in=(year - 1, year)).values("household")
    return Household.objects.visible_to(request.user).filter(pk__in=judged).with_head().order_by("code")


def _rows(request: HttpRequest, ward: Ward, year: int, movement: YearMovement) -> dict:
    """Every household of the sheet with its class a year ago and now, and why it moved."""
    statuses = PovertyStatus.objects.at_level(CITY).filter(ward=ward, year__in=(year - 1, year))
    by_year: dict[tuple[int, int], PovertyStatus] = {
        (status.household_id, status.year): status for status in statuses.select_related("standard")
    }
    why: dict[int, list[str]] = {}
    for entry in movement.entries:
        if entry.ward == ward.pk and entry.column not in ("c1", "c9"):
            why.setdefault(entry.household, []).append(str(Kind(entry.kind).label))
    judged = {key for key, of_year in by_year if of_year == year}
    keys = judged | {entry.household for entry in movement.entries if entry.ward == ward.pk}
    shown = _households(request, keys)
    for household in shown:
        status = by_year.get((household.pk, year))
        household.before = tag(by_year.get((household.pk, year - 1)))
        household.now = tag(status)
        household.status = status
        household.scores = scores(status) if status else ""
        household.why = ", ".join(dict.fromkeys(why.get(household.pk, [])))
    return {"shown": shown, "elsewhere": len(keys) - len(shown)}


def _classes(ward: Ward, year: int) -> list[dict]:
    """Households and persons of each class at the end of the year."""
    totals = dict.fromkeys(("N", "CN", "KK", "K"), (0, 0))
    statuses = PovertyStatus.objects.at_level(CITY).filter(ward=ward, year=year)
    for classification, persons in statuses.values_list("classification", "persons"):
        households, before = totals[classification]
        totals[classification] = (households + 1, before + persons)
    labels = dict(PovertyStatus._meta.get_field("classification").choices)
    return [
        {"letter": letter, "label": labels[letter], "households": pair[0], "persons": pair[1]}
        for letter, pair in totals.items()
    ]


def _tables(ward: Ward, movement: YearMovement) -> list[dict]:
    """The two tables of movement, c1 to c9 for households and persons."""
    columns = ("c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9")
    return [
        {
            "table": table,
            "letter": LETTERS[table],
            "cells": [
                {"column": column, "households": pair[0], "persons": pair[1]}
                for column in columns
                for pair in [movement.figure(ward.pk, table, column)]
            ],
            "holds": movement.balance(ward.pk, table).holds,
        }
        for table in TABLES
    ]


@dataclass(frozen=True)
class _Chosen:
    """The figure whose households the list shows; without one, all of the year."""

    label: str = ""
    households: frozenset[int] | None = None

    @classmethod
    def of(cls, request: HttpRequest, ward: Ward, movement: YearMovement) -> "_Chosen":
        table, column = request.GET.get("table", ""), request.GET.get("column", "")
        if table in TABLES and column in {f"c{n}" for n in range(1, 10)}:
            found = (
                entry.household
                for entry in movement.entries
                if (entry.ward, entry.table, entry.column) == (ward.pk, table, column)
            )
            return cls(f"{LETTERS[table]} · {column}", frozenset(found))
        return cls()


# --- what was asked -------------------------------------------------------------------------


def _ward(request: HttpRequest, ward: int, year: int) -> Ward:
    """A ward this person works in, in a year that has a review there; else there is no such page."""
    here = get_object_or_404(wards_of(request.user), pk=ward)
    if year not in year_choices() or not has_a_review(here, year):
        raise Http404
    return here
