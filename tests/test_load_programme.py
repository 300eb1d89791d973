"""The programme from the top: what the article says becomes records, and nothing else does."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db.models import Count, Sum

from accounts.models import AuditEvent, Dataset, User
from households.models import CollectiveStatus, Household, Member, PovertyStatus
from reports.models import Directive, Programme, PublishedFigure
from support.models import FundingLine, SupportAction
from tests import factories

pytestmark = pytest.mark.django_db
ARTICLE = json.loads(Path(settings.BASE_DIR, "reports/data/published_figures.json").read_text(encoding="utf-8"))
FIGURES = {figure["id"]: figure for figure in ARTICLE["figures"]}


def load(command="load_programme", **options) -> str:
    out = StringIO()
    call_command(command, stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def programme():
    load()
    return Programme.objects.get()


def record(published_as: str) -> SupportAction:
    return SupportAction.objects.get(published_as=published_as)


def paid(published_as: str) -> list[tuple]:
    lines = FundingLine.objects.filter(action__published_as=published_as)
    return list(lines.values_list("source__code", "nature", "amount", "qualifier"))


def test_loading_twice_changes_nothing(programme):
    before = AuditEvent.objects.count()

    load()

    assert AuditEvent.objects.count() == before
    assert SupportAction.objects.count() == 11
    assert PublishedFigure.objects.count() == 25


def test_what_staff_voided_is_not_loaded_again(programme):
    SupportAction.objects.filter(published_as="F13").update(void_reason="đã có danh sách", version=2)

    load()

    assert record("F13").void_reason == "đã có danh sách"


def test_figures_stand_as_published(programme):
    assert (programme.number, programme.issued_on.isoformat()) == ("06-CTr/QU", "2020-11-09")
    assert (programme.first_year, programme.last_year) == (2020, 2025)
    qualifiers = {"exact": "exact", "gần": "near", "trên": "over", "range": "range"}
    for figure in PublishedFigure.objects.all():
        said = FIGURES[figure.code]
        assert (figure.quote, figure.quote_occurrences) == (said["quote"], said["quote_occurrences"])
        assert (figure.value, figure.value_low, figure.value_high) == (
            said["value"],
            said["value_low"],
            said["value_high"],
        )
        assert figure.qualifier == qualifiers[said["qualifier"]]
        assert str(figure.period_from or "") == (said["period"]["from"] or "")
        assert figure.label
        assert figure.label_en
        assert figure.count_rule["measure"]


def test_every_figure_becomes_exactly_one_record(programme):
    ids = [code for value in SupportAction.objects.values_list("published_as", flat=True) for code in value.split()]
    ids += [source[:3] for source in CollectiveStatus.objects.values_list("source", flat=True)]

    assert sorted([*ids, "F05"]) == sorted(FIGURES)


def test_the_repeated_paragraphs_are_counted_once(programme):
    natures = FundingLine.objects.values_list("nature").annotate(total=Sum("amount"))

    assert dict(natures) == {
        "grant": 1_083_000_000 + 28_000_000_000 + 382_000_000 + 400_000_000 + 3_077_000_000 + 2_000_000_000,
        "in_kind": 2_000_000_000,
        "loan": 2_000_000_000 + 20_247_000_000,
    }
    assert Directive.objects.aggregate(n=Sum("count"))["n"] == 21


def test_nobody_is_named(programme):
    assert not Household.objects.exists()
    assert not Member.objects.exists()
    assert not PovertyStatus.objects.exists()
    assert not User.objects.exists()
    assert SupportAction.objects.filter(household=None, member=None, ward=None).count() == 11


def test_what_the_article_leaves_unknown_stays_unknown(programme):
    for code in ("F13", "F14", "F23"):
        assert paid(code) == [("VNN_QUAN", "grant", None, "exact")]
    assert record("F13").persons_reported is None
    assert record("F24 F25").period_from is None
    assert record("F24 F25").period_to is None
    assert record("F18 F19").period_to is None
    assert paid("F06") == [("KHONG_NEU", "grant", 1_083_000_000, "exact")]
    assert record("F06").implementing_body == ""
    assert not SupportAction.objects.filter(note="").exists()


def test_counts_sources_and_qualifiers(programme):
    houses = record("F20 F21 F22")
    assert (houses.things, houses.thing_unit, houses.beneficiary_group) == (34, "house", "near_poor")
    assert paid("F20 F21 F22") == [
        ("NS_QUAN", "grant", 400_000_000, "exact"),
        ("XHH", "grant", 3_077_000_000, "exact"),
    ]
    computers = record("F08 F09 F10")
    assert (computers.times, computers.persons_reported, computers.things) == (45, 45, 45)
    assert paid("F08 F09 F10") == [("KHONG_NEU", "grant", 382_000_000, "over")]
    assert (record("F11 F12").things, record("F11 F12").qualifier) == (500, "near")
    assert paid("F11 F12") == [("KHONG_NEU", "in_kind", 2_000_000_000, "near")]
    loans = record("F15 F16 F17")
    assert (loans.households_reported, loans.income_gain_from, loans.income_gain_to) == (65, 1_000_000, 1_500_000)
    assert record("F18 F19").times == 1359
    assert (record("F24 F25").persons_reported, record("F24 F25").qualifier) == (8000, "near")
    assert record("F07").policy.universal


def test_the_end_of_2024_is_zero_by_the_city_standard(programme):
    counts = CollectiveStatus.objects.values_list("year", "level", "measure", "count")

    assert sorted(counts) == [
        (2024, "city", measure, 0) for measure in ("near_poor", "poor", "relapsed_near_poor", "relapsed_poor")
    ]


def test_the_database_is_marked_as_the_programmes(programme):
    assert Dataset.objects.get().kind == Dataset.Kind.PROGRAMME


def test_a_sample_database_is_refused():
    Dataset.claim(Dataset.Kind.SAMPLE, working_year=2024)

    with pytest.raises(CommandError):
        load()

    assert not Programme.objects.exists()


def test_real_work_may_have_begun_before(programme):
    factories.household(factories.ward("Đồng Mai"))

    load()

    assert Household.objects.count() == 1


def test_amounts_lie_on_their_own_action_once(programme):
    doubled = FundingLine.objects.values("action", "source").annotate(n=Count("pk")).filter(n__gt=1)

    assert not doubled.exists()


def test_first_account_makes_one_administrator_and_says_the_password_once():
    said = load("first_account")
    name, password = said.splitlines()[0].removeprefix("First sign-in: ").split(" / ")

    user = User.objects.get(username=name)
    assert user.is_administrator
    assert user.check_password(password)
    assert len(password) >= 12
    assert load("first_account") == ""
    assert User.objects.count() == 1
