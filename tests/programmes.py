"""Invented programmes of help, for the property that every table adds up to the đồng in every form.

A programme is a dozen acts of help in two wards: named and collective, of several sources and all natures, exact and
not, known and unknown, within a year and over several, standing and void; loans with what moved on them; houses;
funds that receive, set aside and overspend. Much of it no officer could enter: the figures must bear it all the same.
"""

from datetime import date, timedelta
from random import Random

from django.utils import timezone

from support.codes import Category, HouseWork, LoanProgramme, MovementKind, Nature, Qualifier, Thing
from support.funds import open_ledger, record_receipt
from support.models import (
    Allocation,
    FundingLine,
    FundingSource,
    HousingDetail,
    LoanDetail,
    LoanMovement,
    Receipt,
    SupportAction,
    SupportPolicy,
)
from support.services import void_support
from tests import factories

POLICIES = {
    "TYM": Category.LOANS, "NHCSXH_HN": Category.LOANS, "NHA_XM": Category.HOUSING, "NHA_SC": Category.HOUSING,
    "QUA_TET": Category.GIFTS, "KCB": Category.HEALTH, "SMT": Category.TUITION, "HP_COVID": Category.TUITION,
    "NHA_CHUNG": Category.HOUSING, "VAY_CHUNG": Category.LOANS,
}  # fmt: skip
UNIVERSAL = {"HP_COVID", "NHA_CHUNG", "VAY_CHUNG"}
SOURCES = {
    "NS_QUAN": "ngan_sach", "NS_TP": "ngan_sach", "VNN_QUAN": "quy_vi_nguoi_ngheo", "XHH": "xa_hoi_hoa",
    "AGRIBANK": "xa_hoi_hoa", "NHCSXH": "tin_dung", "TYM": "tin_dung", "HO_GIA_DINH": "khac", "KHAC": "khac",
}  # fmt: skip
FUNDS = ("VNN_QUAN", "AGRIBANK")
SINCE = date(2021, 7, 1)
MILLION = 1_000_000


class Ground:
    """What all programmes share: two wards with families, policies, sources, somebody who may do everything."""

    def __init__(self):
        self.staff = factories.staff()
        self.wards = [factories.ward("Đồng Mai"), factories.ward("Hà Cầu")]
        self.families = [factories.household(ward, members=2) for ward in self.wards for _ in range(3)]
        self.members = {family: list(family.members.all()) for family in self.families}
        self.policies = [
            SupportPolicy.objects.create(
                code=code, category=category, name=code, name_en=code, universal=code in UNIVERSAL,
                repayable=category == Category.LOANS, order=order,
            )
            for order, (code, category) in enumerate(POLICIES.items())
        ]  # fmt: skip
        self.sources = [
            FundingSource.objects.create(code=code, name=code, name_en=code, group=group, order=order)
            for order, (code, group) in enumerate(SOURCES.items())
        ]


class Programme:
    """One random programme, saved."""

    def __init__(self, ground: Ground, number: int):
        self.ground, self.dice = ground, Random(number)
        self.actions: list[SupportAction] = []
        self.lines: list[FundingLine] = []
        self.details: list = []
        self.movements: list[LoanMovement] = []
        for _ in range(self.dice.randint(8, 14)):
            self._help()
        SupportAction.objects.bulk_create(self.actions)
        for model, rows in (
            (FundingLine, self.lines),
            (LoanDetail, [each for each in self.details if isinstance(each, LoanDetail)]),
            (HousingDetail, [each for each in self.details if isinstance(each, HousingDetail)]),
            (LoanMovement, self.movements),
        ):
            model.objects.bulk_create(rows)
        if self._perhaps(0.5):
            self._keep_ledgers()

    # --- dice ---

    def _perhaps(self, chance: float) -> bool:
        return self.dice.random() < chance

    def _day(self, first: int = 2019, last: int = 2025) -> date:
        return date(first, 1, 1) + timedelta(days=self.dice.randrange((last - first + 1) * 365))

    def _doubt(self) -> str:
        return self.dice.choice([Qualifier.EXACT, Qualifier.EXACT, Qualifier.EXACT, *Qualifier])

    def _maybe(self, low: int, high: int) -> int | None:
        return self.dice.randint(low, high) if self._perhaps(0.5) else None

    # --- help ---

    def _period(self) -> dict:
        day = self._day()
        if self._perhaps(0.7):
            return {"period_from": day, "period_to": min(day + timedelta(days=self.dice.choice((0, 0, 30))), day)}
        span = {"period_from": day, "period_to": day + timedelta(days=self.dice.randrange(900))}
        if self._perhaps(0.5):
            span[self.dice.choice(list(span))] = None
        return {} if self._perhaps(0.1) else span

    def _help(self) -> None:
        policy = self.dice.choice(self.ground.policies)
        action = SupportAction(policy=policy, **self._period())
        if self._perhaps(0.6):
            action.household = self.dice.choice(self.ground.families)
            action.ward = action.household.ward
            action.member = self.dice.choice([None, *self.ground.members[action.household]])
        else:
            action.ward = self.dice.choice([None, *self.ground.wards])
            action.times, action.qualifier = self.dice.randint(1, 500), self._doubt()
            action.households_reported, action.persons_reported = self._maybe(0, 90), self._maybe(0, 300)
        if self._perhaps(0.4) or policy.category == Category.HOUSING:
            action.things = self.dice.randint(1, 9)
            action.thing_unit = self.dice.choice((Thing.HOUSE, Thing.HOUSE, Thing.GIFT))
        if self._perhaps(0.3):
            action.income_gain_from = self.dice.randrange(1, 9) * 100_000
            action.income_gain_to = self.dice.choice((None, action.income_gain_from + 500_000))
        if self._perhaps(0.12):
            action.voided_at, action.void_reason = timezone.now(), "nhập nhầm"
        self.actions.append(action.prepare())
        lines = self._pay(action)
        if policy.category == Category.LOANS and action.is_named:
            self._lend(action, lines)
        if policy.category == Category.HOUSING and self._perhaps(0.7):
            self._build(action)

    def _pay(self, action: SupportAction) -> list[FundingLine]:
        usual = [Nature.LOAN] if action.policy.repayable else [Nature.GRANT, Nature.IN_KIND]
        natures = usual if self._perhaps(0.9) else list(Nature)
        places = [(source, nature) for source in self.ground.sources for nature in natures]
        lines = [
            FundingLine(
                action=action, source=source, nature=nature, qualifier=self._doubt(),
                amount=None if self._perhaps(0.15) else self.dice.randint(1, 90 * MILLION),
            )
            for source, nature in self.dice.sample(places, self.dice.choice((1, 1, 2, 3)))
        ]  # fmt: skip
        self.lines += lines
        return lines

    def _lend(self, action: SupportAction, lines: list[FundingLine]) -> None:
        if self._perhaps(0.8):
            self.details.append(
                LoanDetail(
                    action=action,
                    programme=self.dice.choice(("", *LoanProgramme.values[:2])),
                    term_months=self._maybe(1, 60),
                    due_on=self.dice.choice((None, None, self._day(2020, 2026))),
                )
            )
        if None in [line.amount for line in lines] or self._perhaps(0.25):
            return
        principal, day = sum(line.amount for line in lines), action.period_from or self._day()
        if principal > 1 and self._perhaps(0.3):  # paid out in two parts
            first = self.dice.randint(1, principal - 1)
            self._move(action, MovementKind.DISBURSEMENT, day, first)
            self._move(action, MovementKind.DISBURSEMENT, day + timedelta(days=400), principal - first)
        else:
            self._move(action, MovementKind.DISBURSEMENT, day, principal)
        for _ in range(self.dice.randint(0, 4)):
            kind = self.dice.choice((MovementKind.REPAYMENT, MovementKind.INTEREST, MovementKind.WRITE_OFF))
            later = day + timedelta(days=self.dice.randrange(1200))
            self._move(action, kind, later, self.dice.randint(1, max(1, principal // 5)))

    def _move(self, action: SupportAction, kind: str, on: date, amount: int) -> None:
        movement = LoanMovement(action=action, kind=kind, on=on, amount=amount)
        if kind != MovementKind.DISBURSEMENT and self._perhaps(0.15):
            movement.voided_at, movement.void_reason = timezone.now(), "nhập nhầm"
        self.movements.append(movement)

    def _build(self, action: SupportAction) -> None:
        days, begun = self._maybe(1, 60), action.period_from or self._day()
        self.details.append(
            HousingDetail(
                action=action,
                work=self.dice.choice(("", *HouseWork.values)),
                handed_over_on=self.dice.choice((None, begun + timedelta(days=self.dice.randrange(1200)))),
                labour_days=days,
                labour_value=days and self._maybe(MILLION, 9 * MILLION),
            )
        )

    # --- funds ---

    def _keep_ledgers(self) -> None:
        for code in FUNDS:
            source = next(each for each in self.ground.sources if each.code == code)
            opening = {Nature.GRANT: self.dice.choice((0, 40 * MILLION)), Nature.IN_KIND: 0}
            source = open_ledger(by=self.ground.staff, source=source, since=SINCE, opening=opening)
            for _ in range(self.dice.randint(0, 3)):
                day = SINCE + timedelta(days=self.dice.randrange(1200))
                nature, amount = self.dice.choice((Nature.GRANT, Nature.IN_KIND)), self.dice.randint(1, 60 * MILLION)
                receipt = Receipt(source=source, day=day, nature=nature, goods="gạo", amount=amount)
                record_receipt(by=self.ground.staff, receipt=receipt)
            for _ in range(self.dice.randint(0, 2)):
                Allocation.objects.create(
                    source=source, year=self.dice.randint(2021, 2025), nature=Nature.GRANT,
                    amount=self.dice.randint(1, 90 * MILLION), voided_at=self.dice.choice((None, timezone.now())),
                )  # fmt: skip
        standing = [action for action in self.actions if not action.is_void]
        if standing and self._perhaps(0.5):
            action = SupportAction.objects.get(pk=self.dice.choice(standing).pk)
            void_support(by=self.ground.staff, action=action, version=action.version, reason="nhập nhầm")
