"""Last year's list confirmed or changed on one sheet: the whole ward, one save."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.context import year_choices
from accounts.models import Submission
from accounts.services import AlreadySubmitted
from households.carry_over import BadAnswers, StaleAnswers
from households.codes import Classification
from households.forms.carry_over import EVERYBODY, FOLLOWED, NEW, CarryOver, name_savers
from households.models import Household, PovertyStandard
from households.rounds import has_a_review, require_writable
from wards.models import ResidentialGroup, Ward

RIGHTS = ("households.add_povertystatus", "households.change_povertystatus")
CHOICES = (Classification.POOR, Classification.NEAR_POOR, Classification.HARDSHIP, Classification.NOT_POOR)
# What stands on the buttons; its first letter is the key. T is “thoát”, out of poverty.
LETTERS = {Classification.NOT_POOR: "T"}


@require_http_methods(["GET", "POST"])
@permission_required(RIGHTS, raise_exception=True)
def carry_over(request: HttpRequest, ward: int, year: int) -> HttpResponse:
    """One row a household of last year's list; answers are given by key and saved together."""
    here = get_object_or_404(Ward.objects.visible_to(request.user), pk=ward)
    if year not in year_choices() or not has_a_review(here, year):
        raise Http404
    level = request.GET.get("level", PovertyStandard.Level.CITY)
    if level not in PovertyStandard.Level.values:
        raise Http404
    standard = PovertyStandard.objects.in_force(year, level).order_by("-from_year").first()
    if standard is None:
        return _page(request, here, year, level, None, status=200 if request.method == "GET" else 422)
    if request.method == "GET":
        return _page(request, here, year, level, _sheet(request, here, year, standard))
    if done := _sent_before(request):
        return redirect(done)
    return _answered(request, here, year, level, standard)


def _answered(request: HttpRequest, ward: Ward, year: int, level: str, standard: PovertyStandard) -> HttpResponse:
    """What was sent is saved whole or shown again whole; nothing typed is lost either way."""
    for last_try in (False, True):
        sheet = _sheet(request, ward, year, standard)
        if "fill" in request.POST:
            return _filled(request, ward, year, level, sheet)
        if not sheet.is_valid():
            break
        result = _address(request, level)
        try:
            with transaction.atomic():
                written = sheet.save(by=request.user, result=result)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except StaleAnswers:
            if last_try:
                sheet.form.add_error(None, _same_moment())
            continue  # read again: either somebody judged a household, or only edited one
        except BadAnswers:
            break
        except ValidationError as error:  # the year was closed meanwhile
            sheet.form.add_error(None, error)
            break
        except IntegrityError:
            sheet.form.add_error(None, _same_moment())
            break
        _tell(request, written, year)
        return redirect(result)
    return _page(request, ward, year, level, sheet, status=409 if sheet.conflicts else 422)


def _address(request: HttpRequest, level: str) -> str:
    """This page again, with the rows that were asked for."""
    asked = {"level": level, "who": request.GET.get("who", ""), "group": request.GET.get("group", "")}
    return f"{request.path}?{urlencode({name: value for name, value in asked.items() if value and len(value) < 20})}"


def _sheet(request: HttpRequest, ward: Ward, year: int, standard: PovertyStandard) -> CarryOver:
    which, group = request.GET.get("who", FOLLOWED), request.GET.get("group", "")
    today = timezone.localdate()
    return CarryOver(
        households=Household.objects.visible_to(request.user),
        ward=ward,
        year=year,
        standard=standard,
        which=which if which in {NEW, EVERYBODY} else FOLLOWED,
        group=int(group) if group.isascii() and group.isdigit() and len(group) < 10 else None,
        data=request.POST if request.method == "POST" else None,
        initial={"reviewed_on": today if today.year == year else None},
    )


def _page(
    request: HttpRequest, ward: Ward, year: int, level: str, sheet: CarryOver | None, *, status: int = 200
) -> HttpResponse:
    closed = _closed(ward, year)
    if sheet:
        name_savers([row for row in sheet.rows if row.conflict])
    context = {
        "ward": ward,
        "year": year,
        "last_year": year - 1,
        "level": level,
        "levels": PovertyStandard.Level.choices,
        "standard": sheet.standard if sheet else None,
        "sheet": sheet,
        "closed": closed,
        "may_answer": sheet is not None and (not closed or request.method == "POST"),
        "choices": [(choice.value, LETTERS.get(choice, choice.value), choice.label) for choice in CHOICES],
        "groups": list(ResidentialGroup.objects.filter(ward=ward)),
        "group": request.GET.get("group", ""),
        "who": request.GET.get("who", FOLLOWED),
        "whole": [
            (FOLLOWED, _("last year's list")),
            (NEW, _("last year's list and households never judged")),
            (EVERYBODY, _("all households of the ward")),
        ],
    }
    return render(request, "households/carry_over.html", context, status=status)


def _closed(ward: Ward, year: int) -> str:
    """Why the year takes no answers; empty where it does."""
    try:
        require_writable(ward, year)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _filled(request: HttpRequest, ward: Ward, year: int, level: str, sheet: CarryOver) -> HttpResponse:
    """“As last year” for whatever has no answer, for those without a script; nothing is saved yet."""
    count = sheet.fill_as_last_year()
    text = ngettext(
        "%(count)d household is answered as last year. Nothing is saved yet.",
        "%(count)d households are answered as last year. Nothing is saved yet.",
        count,
    )
    messages.info(request, text % {"count": count})
    return _page(request, ward, year, level, sheet)


def _tell(request: HttpRequest, written: int, year: int) -> None:
    if not written:
        messages.info(request, _("Nothing was answered or changed, so nothing was saved."))
        return
    text = ngettext(
        "The class in %(year)d of %(count)d household is saved.",
        "The class in %(year)d of %(count)d households is saved.",
        written,
    )
    messages.success(request, text % {"year": year, "count": written})


def _sent_before(request: HttpRequest) -> str:
    """Where the first sending of this very sheet led."""
    key = request.POST.get("submission_key", "")
    try:
        done = Submission.objects.filter(user=request.user, key=key).first() if key else None
    except ValidationError:  # not a key at all
        return ""
    return done.result if done else ""


def _same_moment() -> ValidationError:
    return ValidationError(_("Somebody saved the same record at this moment. Nothing of yours is lost; save again."))
