"""Writes the invented district: few statements, one transaction, every row in the audit trail."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

from django.db import models

from hadong_poverty.sample.aid import add_free_help, add_other_help
from hadong_poverty.sample.calibration import add_calibrated_help
from hadong_poverty.sample.details import Details
from hadong_poverty.sample.district import (
    DEFAULT_HOUSEHOLDS,
    LAST_DAY,
    YEARS,
    Family,
    born,
    invent_families,
    invent_groups,
    national_class,
    review,
)
from hadong_poverty.sample.events import add_events
from hadong_poverty.sample.funds import keep_ledgers
from hadong_poverty.sample.ledger import Ledger
from hadong_poverty.sample.new_wards import place_groups
from hadong_poverty.sample.rounds import add_rounds
from households.certificate import SERIES
from households.codes import LISTED, Classification, SheetA
from households.judging import is_urban, judge, settle
from households.models import (
    Household,
    Indicator,
    Member,
    PovertyStandard,
    PovertyStatus,
    Residence,
    StatusCause,
    StatusDeprivation,
)
from households.snapshot import remember_household
from reports import programme_data
from reports.models import Directive, Programme
from support.models import FundingLine, LoanMovement, SupportAction
from wards.models import SINCE_EVER, ResidentialGroup, Ward, WardPopulation

BATCH = 2000
CITY, NATIONAL = PovertyStandard.Level.CITY, PovertyStandard.Level.NATIONAL
_DIFFERENCES = (
    "Chủ hộ ốm nặng từ tháng 11, họp dân thống nhất xếp hộ nghèo",
    "Mất nguồn thu sau khi chấm điểm, đã phúc tra",
)
_DIRECTIVES = (
    ("KH", "Kế hoạch giảm nghèo bền vững năm"),
    ("KH", "Kế hoạch rà soát hộ nghèo, hộ cận nghèo năm"),
    ("CV", "Công văn hướng dẫn hỗ trợ hộ cận nghèo năm"),
    ("KH", "Kế hoạch hỗ trợ nhà ở cho hộ cận nghèo năm"),
)


def load_district(*, households: int = DEFAULT_HOUSEHOLDS, seed: int = 1) -> dict[str, int]:
    """Invent and save; return how many rows of each kind.

    With the default number of households the help adds up to the published figures; with any other
    it is only as much as there is.
    """
    rng = Random(seed)
    programme = programme_data.load_reference()
    figures = {figure.code: figure for figure in programme.figures.all()}
    wards = list(Ward.objects.of_the_programme().filter(valid_from=SINCE_EVER, valid_to__lte=LAST_DAY).order_by("code"))
    _directives(rng, programme, figures["F05"].value)
    _populations(rng, wards)
    groups = _save(ResidentialGroup, invent_groups(rng, wards))
    place_groups(seed, groups)
    families = invent_families(rng, groups, households)
    _save(Household, [family.household for family in families])
    members = _save(Member, [member for family in families for member in family.members])
    _save(Residence, [_home(family.household) for family in families])
    statuses = _statuses(rng, families)

    ledger = Ledger(rng, wards, families)
    if households == DEFAULT_HOUSEHOLDS:
        add_calibrated_help(ledger, figures)
        merged = Ward.objects.of_the_programme().filter(valid_from__gt=SINCE_EVER, valid_to__lte=LAST_DAY)
        add_other_help(ledger, new_wards=list(merged.order_by("code")))
    else:
        add_free_help(ledger)
    ledger.actions.sort(key=lambda action: action.period_from)
    # The samples for measuring stay as large as they were.
    explained = Details(seed, ledger.actions if households == DEFAULT_HOUSEHOLDS else (), ledger.lines)
    lines = [*ledger.lines, *explained.lines]
    _save(SupportAction, ledger.actions)
    _save(FundingLine, lines)
    for model, rows in explained.rows.items():
        _save(model, rows)
    _save(LoanMovement, explained.movements)
    receipts = keep_ledgers(seed, lines) if households == DEFAULT_HOUSEHOLDS else 0
    helped = {action.household_id for action in ledger.actions}
    events = add_events(Random(seed), families, groups, helped)  # dice of their own: the rest stays as it was
    rounds = add_rounds(wards)  # last: closed years take no more rows
    return {
        "households": len(families),
        "members": len(members),
        "statuses": statuses,
        "actions": len(ledger.actions),
        "funding lines": len(lines),
        "receipts of funds": receipts,
        "events": events,
        "review rounds": rounds,
    }


def _save(model: type[models.Model], rows: Sequence[models.Model]) -> Sequence[models.Model]:
    model.objects.bulk_create(rows, batch_size=BATCH)
    return rows


def _directives(rng: Random, programme: Programme, count: int) -> None:
    """As many documents as were published; numbers that no office gives."""
    for place in range(count):
        kind, title = _DIRECTIVES[place % len(_DIRECTIVES)]
        year = 2021 + place // len(_DIRECTIVES) if place < 20 else 2025
        year = min(year, 2025)
        Directive.objects.create(
            programme=programme,
            issuer="UBND quận Hà Đông",
            number=f"MẪU-{place + 1:02d}/{kind}-UBND",
            issued_on=date(year, 1, 5) + timedelta(days=rng.randint(0, 120)),
            title=f"{title} {year} (văn bản mẫu, không có thật)",
        )


def _populations(rng: Random, wards: Iterable[Ward]) -> None:
    rows = []
    for ward in wards:
        households = rng.randint(3_000, 9_000)
        for year in YEARS:
            rows.append(
                WardPopulation(
                    ward=ward, year=year, households=households, persons=households * rng.randint(330, 380) // 100
                )
            )
            households += households * rng.randint(10, 30) // 1000
    _save(WardPopulation, rows)


# --- statuses -------------------------------------------------------------------------------


def _statuses(rng: Random, families: Sequence[Family]) -> int:
    """By the city's standard for everybody; by the national one also for the poor and every fourth near-poor family."""
    standards = {
        (level, year): PovertyStandard.objects.in_force(year, level).get()
        for level in (CITY, NATIONAL)
        for year in YEARS
    }
    indicators = {year: list(standards[NATIONAL, year].indicators.order_by("number")) for year in YEARS}
    papers = Random(len(families))  # apart, so that what is drawn for papers and ticks changes no other draw
    statuses, ticks, deprivations, causes = [], [], [], []  # ticks: those of each status, in its place
    decisions = 0
    for place, family in enumerate(families):
        listed = set(family.classes.values()) & set(LISTED)
        both = Classification.POOR in listed or (listed and place % 4 == 0)
        before = None
        for year, classification in family.classes.items():
            sheet = review(rng, year, classification)
            status = PovertyStatus(
                household=family.household,
                year=year,
                standard=standards[CITY, year],
                ward=family.ward,
                persons=max(family.size(year), 1),
                classification=classification,
                income=sheet.income,
                b1=sheet.b1,
                b2=sheet.b2,
                reviewed_on=date(year, 9, 5) + timedelta(days=rng.randint(0, 90)),
            )
            if classification in LISTED or before in LISTED:
                decisions += 1
                status.decision_number = f"M{decisions}/QĐ-UBND"
                status.decision_date = date(year, 12, 15) + timedelta(days=rng.randint(0, 14))
            if classification in LISTED and before and before not in LISTED:
                status.sheet_a = SheetA.SIGNS  # not on last year's list, so it asked
            if classification in LISTED:
                status.certificate_number = f"M{decisions}/{SERIES}"
                status.certificate_date = status.decision_date + timedelta(days=papers.randint(0, 10))
            statuses.append(status)
            causes += [StatusCause(status=status, cause=cause) for cause in sheet.causes]
            drawn = rng if year >= 2022 else papers
            ticks.append(drawn.sample(_possible(indicators[year], family, year), sheet.b2 // 10))
            if both:
                national = PovertyStatus(
                    household=family.household,
                    year=year,
                    standard=standards[NATIONAL, year],
                    ward=family.ward,
                    persons=status.persons,
                    sheet_a=status.sheet_a,
                    classification=national_class(year, classification, sheet),
                    income=sheet.income,
                    b1=sheet.b1 if year >= 2022 else None,  # to 2021 the points drawn stand for the city's lines
                    b2=sheet.b2,
                    reviewed_on=status.reviewed_on,
                )
                statuses.append(national)
                ticks.append(ticks[-1])
            before = classification
    families_of = {family.household: family for family in families}
    for status, ticked in zip(statuses, ticks, strict=True):
        remember_household(status, status.household, families_of[status.household].members)
        if status.children and status.year >= 2022:
            status.children_undernourished = int(any(each.code == "dinh_duong" for each in ticked))
        deprivations += [StatusDeprivation(status=status, indicator=each) for each in ticked]
    _judge(statuses, papers)
    _save(PovertyStatus, statuses)
    _save(StatusDeprivation, deprivations)
    _save(StatusCause, causes)
    return len(statuses)


def _judge(statuses: Sequence[PovertyStatus], rng: Random) -> None:
    """Keep with each status what its standard proposed; a few near-poor of 2022 were put among the poor, with a reason."""
    national = [status for status in statuses if status.standard.level == NATIONAL and status.year == 2022]
    for status in [each for each in national if each.classification == Classification.NEAR_POOR][:3]:
        status.classification, status.differs_because = Classification.POOR, rng.choice(_DIFFERENCES)
    for status in statuses:
        judgement = judge(
            status.standard,
            urban=is_urban(status.ward),
            b1=status.b1,
            income=status.income,
            deprivations=status.b2 // status.standard.points_each,
        )
        settle(status, judgement)


def _home(household: Household) -> Residence:
    return Residence(
        household=household,
        ward=household.ward,
        residential_group=household.residential_group,
        address=household.address,
    )


def _possible(indicators: Sequence[Indicator], family: Family, year: int) -> list[Indicator]:
    """Indicators that this family can lack: those of children only where there are children."""
    ages = [year - born(member).year for member in family.members if born(member).year <= year]
    children = sum(years < 16 for years in ages)
    impossible = set()
    if not children:
        impossible |= {"dinh_duong", "di_hoc_tre_em"}
    if not any(16 <= years <= 30 for years in ages):
        impossible.add("gd_nguoi_lon")
    if children * 2 <= len(ages):
        impossible.add("nguoi_phu_thuoc")
    return [indicator for indicator in indicators if indicator.code not in impossible]
