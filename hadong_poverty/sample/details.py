"""What each kind of help records, invented so that it explains the money that is there already, to the đồng.

It has a die of its own: the help itself, and with it the published figures, stay as they are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from random import Random

from hadong_poverty.sample.district import age
from support.codes import (
    Category,
    Entrusted,
    HouseWork,
    InterestUnit,
    MovementKind,
    Nature,
    Occasion,
    ReliefForm,
    SchoolLevel,
)
from support.models import (
    ActionDetail,
    FundingLine,
    FundingSource,
    GiftDetail,
    HealthDetail,
    HousingDetail,
    InsuranceDetail,
    LoanDetail,
    LoanMovement,
    ReliefDetail,
    SupportAction,
    TuitionDetail,
)
from support.models.loan import months_later

_LEVELS = (
    (5, SchoolLevel.NURSERY, "Mầm non"),
    (10, SchoolLevel.PRIMARY, "Tiểu học"),
    (14, SchoolLevel.LOWER, "THCS"),
    (99, SchoolLevel.UPPER, "THPT"),
)
_INTEREST = {
    "NHCSXH_HN": (660, InterestUnit.YEAR),
    "NHCSXH_HCN": (792, InterestUnit.YEAR),
    "NHCSXH_MTN": (825, InterestUnit.YEAR),
    "TYM": (21, InterestUnit.WEEK),
}
_PURPOSES = ("Buôn bán nhỏ", "Chăn nuôi", "Mua máy may", "Trồng rau, hoa", "Mở quán ăn", "Sửa xe")
_LEARNING_COSTS = 150_000  # a month by NĐ 81/2021
_DECREE = date(2021, 10, 15)
_DAY_OF_LABOUR = 300_000
_LAST_REPAYMENT = date(2026, 6, 30)  # the bank goes on after the district ended


class Details:
    """Collects details and movements, not yet saved, for help that is."""

    def __init__(self, seed: int, actions: Iterable[SupportAction], lines: Iterable[FundingLine]):
        self.rng = Random(f"details {seed}")
        self.more = Random(f"what else {seed}")  # apart: what is drawn with it changes no other draw
        self.rows: dict[type[ActionDetail], list[ActionDetail]] = defaultdict(list)
        self.movements: list[LoanMovement] = []
        self.lines: list[FundingLine] = []  # what families and neighbours added to the help
        self._sources = {source.code: source for source in FundingSource.objects.all()}
        paid: dict[int, list[FundingLine]] = defaultdict(list)
        for line in lines:
            paid[id(line.action)].append(line)
        for action in actions:
            self._add(action, paid[id(action)])

    def _add(self, action: SupportAction, lines: Sequence[FundingLine]) -> None:
        make = _MAKERS.get(action.policy.category)
        detail = make(self, action, lines) if make and (action.is_named or make in _ALSO_OF_GROUPS) else None
        if detail:
            detail.action = action
            detail.settle(action.policy)
            self.rows[type(detail)].append(detail)

    # --- one kind each ---

    def tuition(self, action: SupportAction, lines: Sequence[FundingLine]) -> TuitionDetail:
        day, amount, code = action.period_from, _sum(lines), action.policy.code
        years = age(action.member, day)
        _limit, level, kind = next(each for each in _LEVELS if years <= each[0])
        detail = TuitionDetail(
            school=f"Trường {kind} mẫu phường {action.ward.name}",
            school_level=level,
            school_year=day.year if day.month > 6 else day.year - 1,
        )
        if code == "SMT":
            detail.device = "Máy tính để bàn"
        if code not in ("HP_MIEN", "HP_GIAM50", "CPHT"):
            return detail
        detail.months = next(months for months in (9, 5, 4, 2, 1) if amount * 2 % months == 0 and amount % months == 0)
        if code == "CPHT":
            detail.learning_costs_month = amount // detail.months
            if day >= _DECREE and amount != _LEARNING_COSTS * detail.months:
                action.differs_because = "Truy lĩnh của học kỳ trước"
        else:
            detail.exemption_percent = 100 if code == "HP_MIEN" else 50
            detail.tuition_month = amount * 100 // detail.exemption_percent // detail.months
        return detail

    def loan(self, action: SupportAction, lines: Sequence[FundingLine]) -> LoanDetail:
        rng, day, principal = self.rng, action.period_from, _sum(lines)
        rate, unit = _INTEREST.get(action.policy.code, (None, InterestUnit.YEAR))
        women = action.policy.code == "TYM"
        detail = LoanDetail(
            interest_rate=rate,
            interest_unit=unit,
            term_months=12 if women else rng.choice((24, 36, 48, 60)),
            purpose=rng.choice(_PURPOSES),
            savings_group=f"Tổ TK&VV số {rng.randint(1, 9)} (mẫu)",
            entrusted_to=Entrusted.WOMEN
            if women
            else rng.choice((Entrusted.WOMEN, Entrusted.FARMERS, Entrusted.VETERANS)),
        )
        self._move(action, MovementKind.DISBURSEMENT, day, principal)
        due = months_later(day, detail.term_months)
        late = rng.random() < 0.04  # a few pay late
        parts = rng.choice((1, 2, 4))
        for number in range(1, parts + 1):
            on = months_later(day, detail.term_months * number // parts)
            if on > _LAST_REPAYMENT or (late and on == due):
                break
            part = principal // parts
            self._move(action, MovementKind.REPAYMENT, on, part if number < parts else principal - part * (parts - 1))
            if rate and unit == InterestUnit.YEAR:
                months = detail.term_months // parts
                self._move(action, MovementKind.INTEREST, on, max(1, part * rate * months // 120_000))
        return detail

    def _move(self, action: SupportAction, kind: str, on: date, amount: int) -> None:
        self.movements.append(LoanMovement(action=action, kind=kind, on=on, amount=amount))

    def housing(self, action: SupportAction, lines: Sequence[FundingLine]) -> HousingDetail:
        rng = self.rng
        new = action.policy.code != "NHA_SC"
        before = rng.randint(120, 320)
        if action.period_from.year == 2024:
            action.differs_because = "Mức theo nguồn vận động được của quận"
        return HousingDetail(
            work=rng.choice((HouseWork.NEW, HouseWork.NEW, HouseWork.TURNKEY)) if new else HouseWork.REPAIR,
            started_on=action.period_from,
            handed_over_on=action.period_to,
            area_before=before,
            area_after=before + (rng.randint(60, 250) if new else 0),
            total_cost=_sum(lines) + self._added_to_the_house(action),
            labour_days=(days := rng.choice((None, 10, 20, 30, 45))),
            labour_value=days and days * _DAY_OF_LABOUR,
        )

    def _added_to_the_house(self, action: SupportAction) -> int:
        """What the family paid itself, and what neighbours gave in kind; the published sums are of other sources."""
        added = [("HO_GIA_DINH", Nature.GRANT, (15, 45)), ("XHH_TO_CHUC", Nature.IN_KIND, (4, 15))]
        made = [
            FundingLine(
                action=action, source=self._sources[code], nature=nature, amount=self.more.randint(*millions) * 1_000_000
            )
            for code, nature, millions in added
            if self.more.random() < 0.6
        ]  # fmt: skip
        self.lines += made
        return _sum(made)

    def insurance(self, action: SupportAction, lines: Sequence[FundingLine]) -> InsuranceDetail:
        """Voluntary social insurance: the minimum premium, for as many months as the money lasts."""
        first = action.period_from.replace(day=1)
        premium = 330_000
        months = _sum(lines) // premium
        return InsuranceDetail(month_from=first, month_to=months_later(first, months - 1), premium_month=premium)

    def health(self, action: SupportAction, lines: Sequence[FundingLine]) -> HealthDetail:
        visits = 1 if action.is_named else action.times
        return HealthDetail(visits=visits, place=f"Trạm y tế phường {action.ward.name}")

    def gift(self, action: SupportAction, lines: Sequence[FundingLine]) -> GiftDetail:
        goods = "Gạo, dầu ăn, bánh kẹo" if any(line.nature == Nature.IN_KIND for line in lines) else ""
        return GiftDetail(occasion=Occasion.TET, goods=goods)

    def relief(self, action: SupportAction, lines: Sequence[FundingLine]) -> ReliefDetail:
        if action.policy.category == Category.COVID:
            action.differs_because = "Kèm quà của các tổ chức"
            return ReliefDetail(event="Giãn cách xã hội do dịch Covid-19")
        form = ReliefForm.HOUSE if "nhà" in action.note.lower() else ReliefForm.INJURY
        event = action.note or "Rủi ro đột xuất"
        return ReliefDetail(event=event, event_on=action.period_from - timedelta(days=3), form_of_help=form)


_MAKERS = {
    Category.TUITION: Details.tuition,
    Category.LOANS: Details.loan,
    Category.HOUSING: Details.housing,
    Category.INSURANCE: Details.insurance,
    Category.HEALTH: Details.health,
    Category.GIFTS: Details.gift,
    Category.EMERGENCY: Details.relief,
    Category.COVID: Details.relief,
}
_ALSO_OF_GROUPS = (Details.health, Details.gift)


def _sum(lines: Iterable[FundingLine]) -> int:
    return sum(line.amount for line in lines)
