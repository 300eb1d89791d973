"""The other help of an invented district: kinds the programme names without a figure, and volume for measuring."""

from datetime import date

from hadong_poverty.sample.calibration import (
    BEGUN,
    DONORS,
    GROUP,
    MILLION,
    give_tuition,
    group_of,
    is_pupil,
    tuition_chances,
)
from hadong_poverty.sample.district import Family, age
from hadong_poverty.sample.ledger import Chance, Ledger, Window, calendar_years
from households.codes import LISTED, Classification, Sex
from support.codes import BeneficiaryGroup, Nature, Thing
from wards.models import Ward

# Gifts are handed out in the days before Tết of these years.
TET = {
    2021: Window(date(2021, 1, 25), date(2021, 2, 8)),
    2022: Window(date(2022, 1, 14), date(2022, 1, 28)),
    2023: Window(date(2023, 1, 5), date(2023, 1, 18)),
    2024: Window(date(2024, 1, 24), date(2024, 2, 6)),
    2025: Window(date(2025, 1, 12), date(2025, 1, 25)),
}
_MONTHLY_PREMIUM = 67_050  # health insurance: 4.5 % of the base salary of 1.49 million
_HELPED = (*LISTED, Classification.HARDSHIP)
WARD_FUND = "Ban vận động Quỹ “Vì người nghèo” phường"


def add_other_help(ledger: Ledger, *, new_wards: list[Ward]) -> None:
    """Help in every category that the calibrated figures leave out; it touches none of them.

    `new_wards` are those that old wards went into while the district lasted.
    """
    for year in TET:
        _tet_gifts(ledger, year, new_wards)
    _tet_2024_from_two_donors(ledger)
    _health_cards(ledger)
    _covid_relief(ledger)
    _emergencies(ledger)
    _allowances(ledger)
    _bank_loans(ledger)
    _livelihoods(ledger)
    _training(ledger)
    _tuition_outside_the_published_period(ledger)


def _tet_gifts(ledger: Ledger, year: int, new_wards: list[Ward]) -> None:
    """One record a ward: a gift for each family on its list or in hardship."""
    rng, window = ledger.rng, TET[year]
    counts = {ward: 0 for ward in [*ledger.wards, *new_wards] if ward.existed_on(window.first)}
    for family in ledger.families:
        if family.standing(year) in _HELPED:
            # Families of a ward that has ended are helped by the one it went into.
            counts[family.ward if family.ward in counts else new_wards[0]] += 1
    for ward, gifts in counts.items():
        if gifts:
            ledger.give_group(
                "QUA_TET",
                ward,
                [
                    ("NS_QUAN", gifts * 500_000),
                    ("VNN_PHUONG", gifts * 200_000),
                    (rng.choice(DONORS), gifts * rng.choice((150_000, 200_000, 300_000)), Nature.IN_KIND),
                ],
                times=gifts,
                households_reported=gifts,
                things=gifts,
                thing_unit=Thing.GIFT,
                beneficiary_group=BeneficiaryGroup.OTHER,
                group_name=f"hộ nghèo, cận nghèo, khó khăn của phường, Tết {year}",
                period_from=window.day(rng),
                implementing_body=f"UBND {ward.unit_type} {ward.name}",
            )


def _tet_2024_from_two_donors(ledger: Ledger) -> None:
    """Gifts of the National Assembly delegation and of Agribank, to named families."""
    chances = ledger.chances([TET[2024]], lambda family, window: family.standing(2024) in _HELPED)
    for chance in ledger.take(chances, 60):
        ledger.give(
            "QUA_TET",
            chance,
            [("DBQH", MILLION), ("AGRIBANK", 500_000, Nature.IN_KIND)],
            things=1,
            thing_unit=Thing.GIFT,
            beneficiary_group=group_of(chance.family, 2024),
            implementing_body="Ủy ban MTTQ Việt Nam quận",
        )


def _health_cards(ledger: Ledger) -> None:
    """One record a ward and class for a year: as many cards as persons on the list."""
    for year in range(2021, 2025):
        for policy, classification in (("BHYT_HN", Classification.POOR), ("BHYT_CN", Classification.NEAR_POOR)):
            persons: dict[Ward, int] = {}
            households: dict[Ward, int] = {}
            for family in ledger.families:
                if family.standing(year) == classification:
                    persons[family.ward] = persons.get(family.ward, 0) + family.size(year - 1)
                    households[family.ward] = households.get(family.ward, 0) + 1
            for ward, cards in persons.items():
                premium = cards * 12 * _MONTHLY_PREMIUM
                near_poor = classification == Classification.NEAR_POOR
                paid = [("NS_TP", premium * 7 // 10), ("VNN_QUAN", premium - premium * 7 // 10)]
                ledger.give_group(
                    policy,
                    ward,
                    paid if near_poor else [("NS_TP", premium)],
                    times=cards,
                    households_reported=households[ward],
                    persons_reported=cards,
                    things=cards,
                    thing_unit=Thing.CARD,
                    beneficiary_group=GROUP[classification],
                    group_name="người thuộc hộ cận nghèo" if near_poor else "người thuộc hộ nghèo",
                    period_from=date(year, 1, 1),
                    period_to=date(year, 12, 31),
                    implementing_body="BHXH quận",
                )


def _covid_relief(ledger: Ledger) -> None:
    window = Window(date(2021, 8, 10), date(2021, 10, 30))
    chances = ledger.chances([window], lambda family, window: family.standing(2021) in _HELPED)
    for chance in ledger.take(chances, 100, once="family"):
        ledger.give(
            "COVID",
            chance,
            [("NS_TP", MILLION), ("XHH_TO_CHUC", 300_000, Nature.IN_KIND)],
            beneficiary_group=group_of(chance.family, 2021),
            implementing_body=f"UBND phường {chance.family.ward.name}",
        )


def _emergencies(ledger: Ledger) -> None:
    rng = ledger.rng
    chances = ledger.chances(calendar_years(BEGUN), lambda family, window: family.standing(window.year) in _HELPED)
    for chance in ledger.take(chances, 26):
        lines = [("NS_PHUONG", rng.choice((5, 10, 20)) * MILLION)]
        if rng.random() < 0.4:
            lines.append(("VNN_QUAN", rng.choice((3, 5)) * MILLION))
        ledger.give(
            "DOT_XUAT",
            chance,
            lines,
            beneficiary_group=group_of(chance.family, chance.window.year),
            implementing_body=WARD_FUND,
            note=rng.choice(("Cháy nhà", "Tai nạn", "Bệnh hiểm nghèo", "Nhà tốc mái do mưa bão")),
        )


def _allowances(ledger: Ledger) -> None:
    """Monthly allowance of disabled people, a record a year."""
    degrees = {"severe": 3, "most_severe": 4}  # halves of the standard amount
    windows = [Window(date(year, 1, 1), date(year, 12, 31)) for year in range(2021, 2025)]
    chances = ledger.personal_chances(
        windows, lambda family, member, window: member.disability_degree in degrees and age(member, window.first) >= 0
    )
    for chance in chances[:80]:
        monthly = 440_000 * degrees[chance.member.disability_degree] // 2
        ledger.give(
            "TCXH",
            chance,
            [("NS_TP", 12 * monthly)],
            day=chance.window.first,
            period_to=chance.window.last,
            beneficiary_group=BeneficiaryGroup.DISABLED,
            implementing_body="Phòng Lao động – Thương binh và Xã hội quận",
        )


def _bank_loans(ledger: Ledger) -> None:
    """The Bank for Social Policies lends to the poor, the near-poor, those who left, and for jobs."""
    rng = ledger.rng
    windows = calendar_years(BEGUN)

    def adults(of):
        return ledger.personal_chances(
            windows,
            lambda family, member, window: of(family, window.year) and 22 <= age(member, window.first) <= 60,
        )

    def stands(*classes):
        return lambda family, year: family.standing(year) in classes

    offers = (
        ("NHCSXH_HN", "NHCSXH", stands(Classification.POOR), 15, BeneficiaryGroup.POOR),
        ("NHCSXH_HCN", "NHCSXH", stands(Classification.NEAR_POOR), 45, BeneficiaryGroup.NEAR_POOR),
        ("NHCSXH_MTN", "NHCSXH", Family.left_the_list, 25, BeneficiaryGroup.ESCAPED),
        ("NHCSXH_GQVL", "NS_TP_UYTHAC", stands(Classification.HARDSHIP), 25, BeneficiaryGroup.HARDSHIP),
    )
    for policy, source, of, count, group in offers:
        for chance in ledger.take(adults(of), count, once="family"):
            ledger.give(
                policy,
                chance,
                [(source, rng.randrange(20, 101, 5) * MILLION)],
                beneficiary_group=group,
                implementing_body="Phòng giao dịch NHCSXH quận",
            )


def _livelihoods(ledger: Ledger) -> None:
    rng = ledger.rng
    chances = ledger.chances(calendar_years(BEGUN), lambda family, window: family.left_the_list(window.year))
    for chance in ledger.take(chances, 24, once="family"):
        ledger.give(
            "SINH_KE",
            chance,
            [
                ("NS_QUAN", rng.choice((3, 5)) * MILLION),
                ("XHH_TO_CHUC", rng.choice((5, 8, 12)) * MILLION, Nature.IN_KIND),
            ],
            things=1,
            thing_unit=Thing.OTHER,
            beneficiary_group=BeneficiaryGroup.ESCAPED,
            implementing_body=rng.choice(("Hội LHPN quận", "Hội Nông dân quận", "Đoàn TNCS Hồ Chí Minh quận")),
            note=rng.choice(("Máy may", "Xe bán hàng", "Bộ đồ nghề sửa xe", "Tủ đông")),
        )


def _training(ledger: Ledger) -> None:
    rng = ledger.rng
    chances = ledger.personal_chances(
        calendar_years(BEGUN),
        lambda family, member, window: (
            family.standing(window.year) in _HELPED and 18 <= age(member, window.first) <= 45
        ),
    )
    for chance in ledger.take(chances, 24, once="member"):
        ledger.give(
            "NGHE",
            chance,
            [(rng.choice(("NS_TP", "NS_QUAN")), rng.choice((2, 3, 4)) * MILLION)],
            beneficiary_group=group_of(chance.family, chance.window.year),
            implementing_body="Phòng Lao động – Thương binh và Xã hội quận",
        )


def _tuition_outside_the_published_period(ledger: Ledger) -> None:
    """The sum was published for 2021 to September 2024; help went on before and after, and must not be in it."""
    windows = [Window(BEGUN, date(2020, 12, 25)), Window(date(2025, 3, 1), date(2025, 5, 20))]
    for policy, chance in tuition_chances(ledger, windows)[:30]:
        give_tuition(ledger, policy, chance, ledger.rng.randrange(700, 2500, 5) * 1000)


# --- volume ---------------------------------------------------------------------------------


def add_free_help(ledger: Ledger, per_family: int = 3) -> None:
    """About so many records a family, of every kind, without regard to the published figures."""
    rng = ledger.rng
    windows = calendar_years(BEGUN)
    for family in ledger.families:
        open_windows = [window for window in windows if family.ward.existed_on(window.last)]
        for _ in range(per_family):
            window = rng.choice(open_windows)
            _give_something(ledger, family, window)


def _give_something(ledger: Ledger, family: Family, window: Window) -> None:
    rng, year = ledger.rng, window.year
    pupils = [member for member in family.members if is_pupil(member, window.first)]
    women = [member for member in family.members if member.sex == Sex.FEMALE and 20 <= age(member, window.first) <= 64]
    group = group_of(family, year)
    kind = rng.random()
    if kind < 0.3 and pupils:
        policy, member = rng.choice(("CPHT", "HP_GIAM50", "HB_VNN")), rng.choice(pupils)
        source = "VNN_QUAN" if policy == "HB_VNN" else "NS_TP"
        paid = [(source, rng.randrange(500, 3000, 50) * 1000)]
    elif kind < 0.6 and women:
        policy, member, group = "TYM", rng.choice(women), BeneficiaryGroup.MEMBERS
        paid = [("TYM", rng.randint(5, 40) * MILLION)]
    elif kind < 0.65:
        policy, member = "DOT_XUAT", None
        paid = [("NS_PHUONG", rng.randint(3, 20) * MILLION), ("VNN_QUAN", 3 * MILLION)]
    else:
        policy, member = "QUA_TET", None
        paid = [("NS_QUAN", 500_000), (rng.choice(DONORS), rng.randrange(100, 500, 50) * 1000, Nature.IN_KIND)]
    body = rng.choice(("Ủy ban MTTQ Việt Nam quận", "Hội LHPN quận", WARD_FUND))
    ledger.give(policy, Chance(family, member, window), paid, beneficiary_group=group, implementing_body=body)
