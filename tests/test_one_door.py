"""Rows of a ward are reached through one door: whoever shows or counts them asks `visible_to` or `countable_by`.

(That imports run down the floors only is checked by import-linter, in bin/test.)
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from accounts.models import WardScopedQuerySet

ROOT = Path(settings.BASE_DIR)
APPS = ("wards", "accounts", "households", "support", "reports")
# What changes rows, loads them or says what they are; it gets its rows from those who show them.
NOT_SHOWN = {"models", "migrations", "management", "services.py", "reference.py", "programme_data.py", "triggers.py"}
DOORS = {"visible_to", "countable_by"}
# Rows of a record in hand, which came through the door itself.
OF_A_RECORD = {"pk", "pk__in", "household"}

# Everything else that reads such rows, each with the reason why it may.
ALLOWED = {
    "households/api.py MemberViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "households/api.py StatusViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "households/api.py HouseholdViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "support/api.py SupportActionViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "households/api.py StatusSerializer": "OwnRecordField asks visible_to",
    "support/api.py SupportActionSerializer": "OwnRecordField asks visible_to",
    "households/api.py HouseholdViewSet.get_queryset": "statuses of households that came through the door",
    "households/filters.py HouseholdFilter.statuses": "narrows a visible queryset; in the officer's own wards",
    "households/duplicates.py find_alike": "people like one just typed; of another ward's only that a number is known",
    "households/api_life.py LifeEventViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "households/life/act.py Act.move": "writes the residence of a household that came through the door",
    "households/life/act.py Act.note": "writes the event of a household that came through the door",
    "households/life/split_and_merge.py split_household": "writes a new household of the officer's ward",
    "households/listing.py _rows": "heads and classes of households that came through the door",
    "households/movement.py _rows": "rows of a ward's tables; who may read them is decided by the scope",
    "households/amendments.py corrected_years": "of households that came through the door",
    "households/amendments.py mark_corrections": "rounds of the statuses of a household that came through the door",
    "households/amendments.py published_and_now": "of the reader's wards; rows are named only where visible_to lets them be",
    "households/remaining.py _read_statuses": "of the wards it is given, which are the reader's",
    "households/remaining.py remaining": "of the wards it is given, which are the reader's",
    "households/rounds.py _held": "a step of the round of a ward that came through the door",
    "households/rounds.py comment_on": "a step of the round of a ward that came through the door",
    "households/rounds.py lock_round": "a step of the round of a ward that came through the door",
    "households/rounds.py makers_of": "who wrote, not what, in a ward that came through the door",
    "households/rounds.py return_round": "a step of the round of a ward that came through the door",
    "households/rounds.py round_of": "of a ward that came through the door",
    "households/rounds.py state_of": "whether a ward's year is open",
    "households/api_rounds.py ReviewRoundViewSet": "ScopedViewSet.get_queryset asks visible_to",
    "households/views/rounds.py _classes": "counts of a ward that came through the door",
    "households/views/rounds.py _of_the_year": "keys that narrow a visible queryset",
    "households/views/rounds.py _rows": "classes of households that came through the door",
    "households/views/rounds.py round_households": "classes of households that came through the door",
    "households/carry_over.py _Sheet.write": "writes the classes of households that came through the door",
    "households/carry_over.py carry_over": "classes of households that came through the door",
    "households/carry_over.py last_years": "last year's classes of households that came through the door",
    "households/forms/carry_over.py CarryOver._read": "classes of households that came through the door",
    "households/forms/carry_over.py _strips": "classes of households that came through the door",
    "households/views/duplicates.py _sides": "loads classes of households that came through the door",
    "households/views/duplicates.py merged_histories": "loads classes of households that came through the door",
    "households/views/survey.py _next": "keys that narrow a visible queryset",
    "households/strip.py years_on_record": "whether anybody was judged in a year",
    "households/views/browse.py _statuses": "classes of households that came through the door",
    "households/views/browse.py _household_page": "classes of a household that came through the door",
    "households/reorganisation/plan.py unfinished": "years that are not locked; the plan shows ward and year",
    "households/reorganisation/plan.py _fill": "how many households live in each group; no row of them",
    "households/reorganisation/plan.py _find_closed": "years that are closed; the plan shows ward and year",
    "households/reorganisation/moving.py _free_codes": "moves all households of a ward, for staff",
    "households/reorganisation/groups.py _give_groups": "moves all households of a ward, for staff",
    "households/reorganisation/moving.py _highest": "moves all households of a ward, for staff",
    "households/reorganisation/moving.py _move_classes": "moves all households of a ward, for staff",
    "households/reorganisation/moving.py _move_homes": "moves all households of a ward, for staff",
    "households/reorganisation/moving.py _moves": "moves all households of a ward, for staff",
    "households/reorganisation/moving.py _note": "moves all households of a ward, for staff",
    "reports/review/figures.py ReviewFigures.state": "whether the years of the scope's wards are locked",
    "reports/review/households.py _statuses": "classes behind a figure of the scope",
    "reports/review/households.py moved_households": "codes behind a figure; names come through the door",
    "reports/scope.py Scope._statuses": "cut to the reader's wards",
    "support/forms/action.py SupportActionForm._picked": "the household of an action that came through the door",
    "support/entitlement.py at_home": "cut to the user's wards; rows are shown through visible_to",
    "support/entitlement.py has_list": "whether anybody of these households was judged",
    "support/entitlement.py members_meant": "members of households that came through the door",
    "support/batch.py _read_homes": "where households that came through the door have lived",
    "support/batch.py _write": "writes help to households that came through the door",
    "support/batch.py record_batch": "writes the batch of records that came through the door",
    "support/batch.py void_batch": "of a batch that came through the door; refuses where a record of it did not",
    "support/groups.py usual_groups": "classes of households that came through the door",
    "support/paste.py _Known.of": "members of the households visible to who pasted",
    "support/paste.py _households_by_code": "old codes of the households visible to who pasted",
    "support/entitlement.py _is_reached": "whether help reached households that came through the door",
    "support/entitlement_views.py _drawn": "heads of households that came through the door",
    "support/overlap.py _OnRecord.read": "help to households that came through the door, and those found to be the same",
    "support/listing.py": "heads of households whose actions came through the door",
}


def scoped_models() -> set[str]:
    return {
        model.__name__
        for model in apps.get_models()
        if isinstance(getattr(model._meta.default_manager, "_queryset_class", None), type)
        and issubclass(model._meta.default_manager._queryset_class, WardScopedQuerySet)
    }


def shown() -> Iterator[Path]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if not NOT_SHOWN & set(path.relative_to(ROOT).parts):
                yield path


class Doors(ast.NodeVisitor):
    """Finds `Model.objects` of a scoped model that is not followed by a door, and where it stands."""

    def __init__(self, where: str, models: set[str]):
        self.where, self.models, self.within, self.parents, self.found = where, models, [], [], []

    def generic_visit(self, node):
        named = isinstance(node, ast.FunctionDef | ast.ClassDef)
        self.within += [node.name] if named else []
        self.parents.append(node)
        super().generic_visit(node)
        self.parents.pop()
        if named:
            self.within.pop()

    def visit_Attribute(self, node):
        if (
            node.attr in {"objects", "_base_manager", "_default_manager"}
            and isinstance(node.value, ast.Name)
            and node.value.id in self.models
            and not self._is_narrowed(node)
        ):
            self.found.append(" ".join([self.where, ".".join(self.within)]).strip())
        self.generic_visit(node)

    def _is_narrowed(self, node) -> bool:
        """Walk outwards along the chain of calls."""
        for parent in reversed(self.parents):
            if isinstance(parent, ast.Attribute) and parent.value is node:
                if parent.attr in DOORS or parent.attr == "none":
                    return True
            elif isinstance(parent, ast.Call) and parent.func is node:
                if getattr(node, "attr", "") in {"filter", "get"} and OF_A_RECORD & {
                    keyword.arg for keyword in parent.keywords
                }:
                    return True
            else:
                return False
            node = parent
        return False


def past_the_door(code: str, where: str = "here.py", models: set[str] | None = None) -> list[str]:
    finder = Doors(where, models or scoped_models())
    finder.visit(ast.parse(code))
    return finder.found


def everything_past_the_door() -> set[str]:
    return {
        place
        for path in shown()
        for place in past_the_door(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    }


def test_the_scoped_models_are_known():
    assert scoped_models() == {
        "CollectiveStatus",
        "Household",
        "LifeEvent",
        "Member",
        "PovertyStatus",
        "Residence",
        "ReviewRound",
        "RoundComment",
        "StatusAmendment",
        "StatusReview",
        "SupportAction",
        "SupportBatch",
    }


def test_nobody_shows_rows_that_did_not_come_through_the_door():
    assert everything_past_the_door() - set(ALLOWED) == set()


def test_no_permission_is_kept_that_nobody_uses():
    assert set(ALLOWED) - everything_past_the_door() == set()


@pytest.mark.parametrize(
    "code",
    [
        "def view(request): return Household.objects.all()",
        "def view(request): return Household.objects.filter(code='1').order_by('pk')",
        "def view(request): return get_object_or_404(Member, pk=Member.objects.get(name='An').pk)",
        "rows = list(SupportAction.objects.standing())",
        "def view(request): return get_object_or_404(Household.objects, pk=1)",
        "rows = PovertyStatus._base_manager.all()",
    ],
)
def test_control_a_way_round_the_door_is_seen(code):
    assert past_the_door(code)


@pytest.mark.parametrize(
    "code",
    [
        "rows = Household.objects.visible_to(user).filter(code='1')",
        "rows = SupportAction.objects.standing().countable_by(user)",
        "rows = Member.objects.none()",
        "rows = Member.objects.filter(household=household)",
        "rows = FundingSource.objects.all()",
    ],
)
def test_ways_through_the_door_are_left_alone(code):
    assert past_the_door(code) == []
