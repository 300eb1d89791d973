"""Reorganisations of wards: what ends when, where groups go (on a sheet or in Excel), carrying it out."""

from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import StaleVersion
from accounts.models import User
from accounts.roles import Role
from accounts.services import AlreadySubmitted, claim_submission
from households.codes import Happening
from households.forms.reorganisation import GroupsForm, WorkbookForm
from households.group_sheet import Answers, Fault, group_workbook, read_groups
from households.models import Household, LifeEvent
from households.reorganisation.groups import GoesTo, map_groups, said_of
from households.reorganisation.moving import carry_out
from households.reorganisation.plan import Ending, Plan, plan_of, plans, unfinished
from wards.models import ResidentialGroup, Ward
from wards.sheets import CONTENT_TYPE

MAY = "wards.carry_out_reorganisation"
PER_PAGE = 50
MOST_WITHOUT_GROUP = 200  # on one sheet; saved, the next ones follow
_SALT = "households.reorganisation.answers"


@require_safe
@permission_required("wards.view_reorganisation", raise_exception=True)
def reorganisation_list(request: HttpRequest) -> HttpResponse:
    """The days on which wards ended, how far each is prepared, and who still works in a ward that has ended."""
    found = plans()
    context = {"plans": found, "officers": _officers_of_ended_wards(found)}
    return render(request, "households/reorganisation_list.html", context)


@require_safe
@permission_required(MAY, raise_exception=True)
def reorganisation_detail(request: HttpRequest, on: str) -> HttpResponse:
    """One day: what becomes of each ward and what hinders; once carried out, what was done."""
    return _detail_page(request, _plan(on))


@require_http_methods(["GET", "POST"])
@permission_required(MAY, raise_exception=True)
def reorganisation_groups(request: HttpRequest, on: str, ward: int) -> HttpResponse:
    """Where each group of a split ward goes, on one sheet with one save."""
    plan, ending = _ending(on, ward)
    homeless = _without_group(request, plan, ending)
    data = request.POST if request.method == "POST" else None
    form = GroupsForm(data, plan=plan, ending=ending, homeless=homeless)
    stale = False
    if data is not None and form.is_valid():
        result = reverse("reorganisation-detail", args=[on])
        try:
            with transaction.atomic():
                _claim(request, form.cleaned_data["submission_key"], result)
                changed = form.save(by=request.user)
        except AlreadySubmitted as done:
            return redirect(done.result)
        except StaleVersion:
            stale = True
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _saved(changed, str(ending.ward)))
            return redirect(result)
    context = {
        "plan": plan,
        "ending": ending,
        "form": form,
        "stale": stale,
        "more": ending.without_group - len(homeless),
    }
    status = 409 if stale else 422 if data is not None else 200
    return render(request, "households/reorganisation_groups.html", context, status=status)


@require_safe
@permission_required(MAY, raise_exception=True)
def reorganisation_workbook(request: HttpRequest, on: str) -> HttpResponse:
    """The groups of all split wards, to be filled in with Excel."""
    plan = _plan(on)
    name = f"to-dan-pho-{plan.on:%Y-%m-%d}.xlsx"
    return FileResponse(group_workbook(plan), as_attachment=True, filename=name, content_type=CONTENT_TYPE)


@require_POST
@permission_required(MAY, raise_exception=True)
def reorganisation_import(request: HttpRequest, on: str) -> HttpResponse:
    """The workbook filled in: first what it would change or what is wrong with it, then, confirmed, saved."""
    plan = _plan(on)
    if "answers" in request.POST:
        return _import_confirmed(request, plan)
    form = WorkbookForm(request.POST, request.FILES)
    answers = Answers()
    if form.is_valid():
        try:
            answers = read_groups(form.cleaned_data["file"], plan)
        except ValidationError as error:
            form.add_error("file", error)
    if not form.is_valid():
        answers.faults = [Fault("", text) for texts in form.errors.values() for text in texts]
    return _preview(request, plan, answers)


@require_POST
@permission_required(MAY, raise_exception=True)
def reorganisation_carry_out(request: HttpRequest, on: str) -> HttpResponse:
    """Move everybody at once; whoever is in the way is named."""
    plan = _plan(on)
    if request.POST.get("confirm") != "1":
        return _detail_page(request, plan, refused=[_("Tick that the answers were checked, then carry it out.")])
    try:
        done = carry_out(by=request.user, on=plan.on)
    except ValidationError as error:
        return _detail_page(request, plan_of(plan.on), refused=error.messages)
    except IntegrityError:
        return _detail_page(
            request,
            plan_of(plan.on),
            refused=[_("Somebody carried it out, or closed a year, at this moment. Look again.")],
        )
    words = ngettext("%(count)d household moved.", "%(count)d households moved.", done.households)
    messages.success(request, _("Reorganisation carried out.") + " " + words % {"count": done.households})
    return redirect("reorganisation-detail", on=on)


# --- one day --------------------------------------------------------------------------------


def _plan(on: str) -> Plan:
    try:
        plan = plan_of(date.fromisoformat(on)) if len(on) == 10 else None
    except ValueError:
        plan = None
    if plan is None:
        raise Http404
    return plan


def _ending(on: str, ward: int) -> tuple[Plan, Ending]:
    plan = _plan(on)
    ending = plan.ending(ward)
    if ending is None or ending.is_whole:
        raise Http404
    return plan, ending


def _detail_page(request: HttpRequest, plan: Plan, refused: list[str] | None = None) -> HttpResponse:
    context = {"plan": plan, "refused": refused or [], "hindrances": list(plan.hindrances()), "upload": WorkbookForm()}
    context["unfinished"] = unfinished(plan)
    if plan.done:
        context |= _results(request, plan)
    return render(request, "households/reorganisation_detail.html", context, status=422 if refused else 200)


def _results(request: HttpRequest, plan: Plan) -> dict:
    """Who went where, whose code changed, who left the programme's area."""
    events = LifeEvent.objects.visible_to(request.user).standing().filter(kind=Happening.REORGANISED, day=plan.on)
    ways = list(events.order_by().values("ward", "to_ward").annotate(households=Count("pk")))
    wards = Ward.objects.in_bulk({pk for way in ways for pk in (way["ward"], way["to_ward"])})
    for way in ways:
        way["ward"], way["to_ward"] = wards[way["ward"]], wards[way["to_ward"]]
    ways.sort(key=lambda way: (way["ward"].sort_key, way["to_ward"].sort_key))
    recoded = events.exclude(undoing=None).select_related("household", "ward", "to_ward").order_by("pk")
    outside = events.filter(to_ward__in_programme=False).select_related("household", "ward", "to_ward", "to_group")
    outside = outside.order_by("to_ward", "household__code")
    return {
        "ways": ways,
        "recoded": recoded[:MOST_WITHOUT_GROUP],
        "outside": Paginator(outside, PER_PAGE).get_page(request.GET.get("page")),
    }


def _without_group(request: HttpRequest, plan: Plan, ending: Ending) -> list[Household]:
    if plan.done or not ending.without_group:
        return []
    visible = Household.objects.visible_to(request.user).present()
    rows = visible.filter(ward=ending.ward, residential_group=None).with_head().order_by("code", "pk")
    return list(rows[:MOST_WITHOUT_GROUP])


def _officers_of_ended_wards(found: list[Plan]) -> list[dict]:
    """Accounts that work in a ward which has ended, with the wards it went to."""
    endings = {ending.ward.pk: ending for plan in found if not plan.lies_ahead for ending in plan.endings}
    officers = User.objects.filter(is_active=True, role=Role.OFFICER, wards__in=endings).distinct()
    rows = []
    for officer in officers.prefetch_related("wards").order_by("username"):
        wards = list(officer.wards.all())
        ended = [endings[ward.pk] for ward in wards if ward.pk in endings]
        has = {ward.pk for ward in wards}
        offered = {ward.pk: ward for ending in ended for ward in ending.successors if ward.pk not in has}
        rows.append({"user": officer, "ended": [each.ward for each in ended], "offered": list(offered.values())})
    return rows


# --- saving ---------------------------------------------------------------------------------


def _claim(request: HttpRequest, key, result: str) -> None:
    submission = claim_submission(by=request.user, key=key)
    if submission:
        submission.result = result
        submission.save(update_fields=["result"])


def _saved(changed: int, where: str) -> str:
    if not changed:
        return _("%(where)s: nothing had changed.") % {"where": where}
    words = ngettext("%(where)s: %(count)d answer saved.", "%(where)s: %(count)d answers saved.", changed)
    return words % {"where": where, "count": changed}


def _preview(request: HttpRequest, plan: Plan, answers: Answers) -> HttpResponse:
    kept = {line.group.pk: (ending, line) for ending in plan.split for line in ending.groups}
    changes = []
    for said in answers.lines:
        ending, line = kept[said.group.pk]
        if said.changes(line):
            changes.append({"ward": ending.ward, "line": line, "was": said_of(line), "said": said})
    carried = {
        "lines": [
            [each["said"].group.pk, each["said"].successor.pk, each["said"].number, each["said"].name]
            for each in changes
        ],
        "seen": {each["ward"].pk: plan.ending(each["ward"].pk).seen for each in changes},
        "on": plan.on.isoformat(),
    }
    context = {
        "plan": plan,
        "answers": answers,
        "changes": [] if answers.faults else changes,
        "same": answers.read - len(changes) - answers.unsaid,
        "carried": signing.dumps(carried, salt=_SALT, compress=True),
        "upload": WorkbookForm(),
    }
    status = 422 if answers.faults else 200
    return render(request, "households/reorganisation_import.html", context, status=status)


def _import_confirmed(request: HttpRequest, plan: Plan) -> HttpResponse:
    try:
        carried = signing.loads(request.POST["answers"], salt=_SALT)
        if carried["on"] != plan.on.isoformat():
            raise signing.BadSignature
    except signing.BadSignature:
        fault = Fault("", _("What was to be confirmed was lost on its way. Send the workbook again."))
        return _preview(request, plan, Answers(faults=[fault]))
    groups = ResidentialGroup.objects.in_bulk([line[0] for line in carried["lines"]])
    wards = Ward.objects.in_bulk([line[1] for line in carried["lines"]])
    lines = [GoesTo(groups[group], wards[ward], number, name) for group, ward, number, name in carried["lines"]]
    seen = {int(ward): text for ward, text in carried["seen"].items()}
    try:
        changed = map_groups(by=request.user, on=plan.on, lines=lines, seen=seen)
    except StaleVersion:
        fault = Fault("", _("Somebody saved where these groups go after you sent the workbook. Send it again."))
        return _preview(request, plan, Answers(faults=[fault]))
    except ValidationError as error:
        return _preview(request, plan, Answers(faults=[Fault("", text) for text in error.messages]))
    messages.success(request, _saved(changed, _("Workbook")))
    return redirect("reorganisation-detail", on=plan.on.isoformat())
