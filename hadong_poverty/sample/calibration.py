"""Help whose counts and sums are the published figures again, by construction and for every seed.

The figures themselves are read from the published ones, never typed here; what was published as
“gần” or “trên” is drawn from just below or just above.
"""

from collections.abc import Mapping
from datetime import date
from random import Random

from hadong_poverty.sample.district import Family, age
from hadong_poverty.sample.ledger import Ledger, Window, calendar_years, parts
from households.codes import Classification, Sex
from households.models import Member
from reports.models import PublishedFigure
from support.codes import BeneficiaryGroup, Nature, Thing

BEGUN = date(2020, 11, 9)
MILLION = 1_000_000
GROUP = {
    Classification.POOR: BeneficiaryGroup.POOR,
    Classification.NEAR_POOR: BeneficiaryGroup.NEAR_POOR,
    Classification.HARDSHIP: BeneficiaryGroup.HARDSHIP,
}
DONORS = ("XHH", "XHH_DOANH_NGHIEP", "XHH_TO_CHUC", "XHH_CA_NHAN")


def add_calibrated_help(ledger: Ledger, figures: Mapping[str, PublishedFigure]) -> None:
    """Write the help behind F06–F25."""
    value = {code: figure.value for code, figure in figures.items()}
    _tuition(ledger, value["F06"])
    _covid_tuition(ledger, value["F07"])
    _computers(ledger, value["F08"], value["F10"])
    _devices(ledger, value["F11"], value["F12"])
    _learning_support(ledger, value["F13"], value["F14"])
    _aid_fund_loans(ledger, value["F15"], value["F16"], figures["F17"])
    _tym_loans(ledger, value["F18"], value["F19"])
    _houses(ledger, value["F20"], value["F21"], value["F22"])
    _voluntary_insurance(ledger, value["F23"])
    _health_days(ledger, value["F24"], value["F25"])


def just_below(rng: Random, upper: int, step: int = 1) -> int:
    """What a careful writer would call “gần” this."""
    return (upper - rng.randint(upper // 200, upper // 50)) // step * step


def just_above(rng: Random, lower: int, step: int = 1) -> int:
    """What a careful writer would call “trên” this."""
    return lower + rng.randint(lower // 1000 // step + 1, lower // 500 // step) * step


def is_pupil(member: Member, day: date, youngest: int = 3) -> bool:
    return youngest <= age(member, day) <= 17


def group_of(family: Family, year: int) -> str:
    return GROUP.get(family.standing(year), BeneficiaryGroup.OTHER)


# --- tuition --------------------------------------------------------------------------------


def _tuition(ledger: Ledger, total: int) -> None:
    """Relief and learning costs paid from 2021 to September 2024; pupils of near-poor families, disabled pupils."""
    windows = [Window(date(year, month, 1), date(year, month, 28)) for year in range(2021, 2025) for month in (4, 9)]
    chances = tuition_chances(ledger, windows)
    chances = chances[: min(len(chances), 470)]
    amounts = parts(
        ledger.rng, total, [(total // len(chances) // 3, total // len(chances) * 5 // 3)] * len(chances), 5000
    )
    for (policy, chance), amount in zip(chances, amounts, strict=True):
        give_tuition(ledger, policy, chance, amount)


def tuition_chances(ledger: Ledger, windows: list[Window]) -> list[tuple]:
    """(policy, chance): a near-poor pupil has half the fee and learning costs, a disabled one the whole fee."""

    def fits(family, member, window):
        return is_pupil(member, window.first) and (
            member.disability_kind or family.standing(window.year) == Classification.NEAR_POOR
        )

    chances = ledger.personal_chances(windows, fits)
    offers = [("HP_MIEN" if chance.member.disability_kind else "HP_GIAM50", chance) for chance in chances]
    offers += [("CPHT", chance) for chance in chances[: len(chances) // 3]]
    ledger.rng.shuffle(offers)
    return offers


def give_tuition(ledger: Ledger, policy: str, chance, amount: int) -> None:
    disabled = bool(chance.member.disability_kind)
    ledger.give(
        policy,
        chance,
        [(ledger.rng.choice(("NS_TP", "NS_QUAN")), amount)],
        beneficiary_group=BeneficiaryGroup.DISABLED if disabled else BeneficiaryGroup.NEAR_POOR,
        implementing_body="Phòng Giáo dục và Đào tạo quận",
    )


def _covid_tuition(ledger: Ledger, upper: int) -> None:
    """One record a ward for all its pupils; nobody is named."""
    rng, wards = ledger.rng, ledger.wards
    total = just_below(rng, upper, 1000)
    share = upper // len(wards)
    for ward, amount in zip(wards, parts(rng, total, [(share // 2, share * 3 // 2)] * len(wards), 1000), strict=True):
        pupils = amount // rng.randint(300_000, 400_000)
        ledger.give_group(
            "HP_COVID",
            ward,
            [("NS_TP", amount)],
            times=pupils,
            persons_reported=pupils,
            beneficiary_group=BeneficiaryGroup.ALL_PUPILS,
            group_name="trẻ mầm non và học sinh phổ thông của phường",
            period_from=date(2021, 9, 1),
            period_to=date(2022, 5, 31),
            implementing_body="Phòng Giáo dục và Đào tạo quận",
        )


def _computers(ledger: Ledger, pupils: int, lower: int) -> None:
    rng = ledger.rng
    windows = [Window(date(2021, 10, 15), date(2021, 12, 20)), Window(date(2022, 2, 14), date(2022, 5, 31))]
    listed = (Classification.NEAR_POOR, Classification.HARDSHIP)
    chances = ledger.personal_chances(
        windows,
        lambda family, member, window: is_pupil(member, window.first, 7) and family.standing(window.year) in listed,
    )
    taken = ledger.take(chances, pupils, once="member")
    each = lower // pupils
    amounts = parts(rng, just_above(rng, lower, 10_000), [(each - 400_000, each + 500_000)] * pupils, 10_000)
    for chance, amount in zip(taken, amounts, strict=True):
        ledger.give(
            "SMT",
            chance,
            [(rng.choice(("XHH_DOANH_NGHIEP", "XHH_TO_CHUC")), amount)],
            things=1,
            thing_unit=Thing.COMPUTER,
            beneficiary_group=group_of(chance.family, chance.window.year),
            implementing_body="Ủy ban MTTQ Việt Nam quận",
        )


def _devices(ledger: Ledger, upper: int, value_upper: int) -> None:
    """Donated goods, one record a ward."""
    rng, wards = ledger.rng, ledger.wards
    devices = parts(
        rng, just_below(rng, upper), [(upper // len(wards) // 2, upper // len(wards) * 3 // 2 + 2)] * len(wards)
    )
    each = value_upper // upper
    values = parts(
        rng, just_below(rng, value_upper, 10_000), [(n * each * 3 // 4, n * each * 5 // 4) for n in devices], 10_000
    )
    for ward, count, value in zip(wards, devices, values, strict=True):
        ledger.give_group(
            "SMT",
            ward,
            [(rng.choice(DONORS), value, Nature.IN_KIND)],
            times=count,
            persons_reported=count,
            things=count,
            thing_unit=Thing.DEVICE,
            beneficiary_group=BeneficiaryGroup.HARDSHIP,
            group_name="học sinh khó khăn không có thiết bị học trực tuyến",
            period_from=Window(date(2021, 9, 20), date(2021, 12, 31)).day(rng),
            implementing_body="Ủy ban MTTQ Việt Nam quận",
        )


def _learning_support(ledger: Ledger, times: int, pupils: int) -> None:
    """A child in hardship may be helped again in another year; of the near-poor pupils each is helped once."""
    rng = ledger.rng

    def of_class(classification):
        return lambda family, member, window: (
            is_pupil(member, window.first) and family.standing(window.year) == classification
        )

    years = calendar_years(BEGUN, date(2024, 12, 31))
    hardship = ledger.take(ledger.personal_chances(years, of_class(Classification.HARDSHIP)), times)
    near_poor = ledger.personal_chances(years, of_class(Classification.NEAR_POOR))
    for chance in hardship + ledger.take(near_poor, pupils, once="member"):
        ledger.give(
            "HB_VNN",
            chance,
            [("VNN_QUAN", rng.choice((500_000, 700_000, 1_000_000, 1_500_000)))],
            beneficiary_group=group_of(chance.family, chance.window.year),
            implementing_body="Ban vận động Quỹ “Vì người nghèo” quận",
        )


# --- loans ----------------------------------------------------------------------------------


def _aid_fund_loans(ledger: Ledger, households: int, total: int, gain: PublishedFigure) -> None:
    rng = ledger.rng
    windows = calendar_years(BEGUN, date(2024, 12, 31))
    chances = ledger.personal_chances(
        windows,
        lambda family, member, window: (
            family.standing(window.year) == Classification.HARDSHIP and 20 <= age(member, window.first) <= 57
        ),
    )
    taken = ledger.take(chances, households, once="family")
    each = total // households
    amounts = parts(rng, total, [(each * 2 // 3, each * 3 // 2)] * households, MILLION)
    step = 100_000
    for place, (chance, amount) in enumerate(zip(taken, amounts, strict=True)):
        low = rng.randrange(gain.value_low, gain.value_high, step)
        high = rng.randrange(low, gain.value_high, step) + step
        if place == 0:  # somebody stands at either end of what was published
            low, high = gain.value_low, gain.value_high
        ledger.give(
            "QTV_CNVCLD",
            chance,
            [("QUY_TRO_VON_CNVCLD", amount)],
            beneficiary_group=BeneficiaryGroup.HARDSHIP,
            income_gain_from=low,
            income_gain_to=high,
            implementing_body="LĐLĐ quận",
        )


def _tym_loans(ledger: Ledger, loans: int, total: int) -> None:
    """Women of the Union; several borrow again in a later year."""
    rng = ledger.rng
    windows = calendar_years(BEGUN, date(2025, 5, 31))
    chances = ledger.personal_chances(
        windows,
        lambda family, member, window: member.sex == Sex.FEMALE and 20 <= age(member, window.first) <= 64,
    )
    each = total // loans
    amounts = parts(rng, total, [(each // 3, each * 5 // 2)] * loans, MILLION)
    for chance, amount in zip(ledger.take(chances, loans), amounts, strict=True):
        ledger.give(
            "TYM",
            chance,
            [("TYM", amount)],
            beneficiary_group=BeneficiaryGroup.MEMBERS,
            implementing_body="Hội LHPN quận",
        )


# --- housing, insurance, health -------------------------------------------------------------


def _houses(ledger: Ledger, houses: int, from_budget: int, from_donors: int) -> None:
    """Two thirds new; the district pays for some of them, donors for all, often two of them for one house."""
    rng = ledger.rng
    windows = calendar_years(date(2021, 1, 1), date(2024, 12, 31))
    chances = ledger.chances(windows, lambda family, window: family.standing(window.year) == Classification.NEAR_POOR)
    taken = ledger.take(chances, houses, once="family")
    new = houses * 2 // 3
    each = from_donors // houses
    donated = parts(
        rng, from_donors, [(each * 4 // 5, each * 3 // 2)] * new + [(each // 3, each)] * (houses - new), MILLION
    )
    of_budget = houses * 3 // 5
    share = from_budget // of_budget
    budget = parts(rng, from_budget, [(share // 2, share * 2)] * of_budget, MILLION) + [0] * (houses - of_budget)
    rng.shuffle(budget)
    for place, (chance, gifts, public) in enumerate(zip(taken, donated, budget, strict=True)):
        first, second = rng.sample(DONORS, 2)
        lesser = rng.randrange(5, 16) * MILLION if rng.random() < 0.5 else 0
        lines = [("NS_QUAN", public), (first, gifts - lesser), (second, lesser)]
        begun = Window(chance.window.first, date(chance.window.year, 8, 31)).day(rng)
        finished = Window(begun, date(chance.window.year, 12, 20)).day(rng)
        ledger.give(
            "NHA_XM" if place < new else "NHA_SC",
            chance,
            [line for line in lines if line[1]],
            day=begun,
            period_to=finished,
            things=1,
            thing_unit=Thing.HOUSE,
            beneficiary_group=BeneficiaryGroup.NEAR_POOR,
            implementing_body="UBND – Ủy ban MTTQ Việt Nam quận",
        )


def _voluntary_insurance(ledger: Ledger, upper: int) -> None:
    """Each person once; the state and the city pay their part beside the Fund."""
    rng = ledger.rng
    windows = calendar_years(date(2022, 1, 1), date(2024, 12, 31))
    chances = ledger.personal_chances(
        windows,
        lambda family, member, window: (
            family.standing(window.year) == Classification.NEAR_POOR and 18 <= age(member, window.first) <= 59
        ),
    )
    for chance in ledger.take(chances, just_below(rng, upper), once="member"):
        month = 330_000
        months = rng.choice((3, 6, 12))
        ledger.give(
            "BHXH_TN",
            chance,
            [
                ("NS_TW", month * months // 4),
                ("NS_TP", month * months // 4),
                ("VNN_QUAN", month * months // 2),
            ],
            beneficiary_group=BeneficiaryGroup.NEAR_POOR,
            implementing_body="BHXH quận",
        )


def _health_days(ledger: Ledger, upper: int, lower: int) -> None:
    """Two examination days a ward between 2022 and 2024; those examined are only counted."""
    rng = ledger.rng
    days = [ward for ward in ledger.wards for _ in range(2)]
    share, cost = upper // len(days), lower // len(days)
    persons = parts(rng, just_below(rng, upper), [(share // 2, share * 3 // 2)] * len(days))
    amounts = parts(rng, just_above(rng, lower, 100_000), [(cost // 2, cost * 3 // 2)] * len(days), 100_000)
    for ward, count, amount in zip(days, persons, amounts, strict=True):
        ledger.give_group(
            "KCB",
            ward,
            [("XHH_DOANH_NGHIEP", amount)],
            times=count,
            persons_reported=count,
            beneficiary_group=BeneficiaryGroup.MEMBERS,
            group_name="đoàn viên, hội viên cao tuổi, khuyết tật và có hoàn cảnh khó khăn",
            period_from=Window(date(2022, 3, 1), date(2024, 11, 30)).day(rng),
            implementing_body=rng.choice(("Hội Chữ thập đỏ quận", "Hội Người cao tuổi quận", "Hội LHPN quận")),
        )
