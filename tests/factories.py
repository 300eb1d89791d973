"""Wards, people, households and help for tests, in as few words as the test needs.

    dong_mai = factories.ward("Đồng Mai")
    family = factories.household(dong_mai, members=4, statuses={2020: "N", 2021: "CN"})
    factories.support(family, policy="housing", paid_by={"NS_QUAN": 20_000_000})
    factories.support(dong_mai, policy="housing", count=34, unit="house", paid_by={budget: 400_000_000})

Everything goes through `.save()` or a service, so it is derived, checked by the database and audited
as in real life. People are invented.
"""

import io
import itertools
import json
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date, timedelta

from django.utils import timezone
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from households.codes import Relation, RoundState, Sex
from households.models import (
    Household,
    Indicator,
    Member,
    PovertyStandard,
    PovertyStatus,
    ReviewRound,
    RoundComment,
    StatusAmendment,
)
from households.reference import RULES, STANDARDS
from households.services import record_status, register_household
from support.attachments import attach
from support.batch import Gift, record_batch
from support.codes import Category, MovementKind, Nature, SourceGroup
from support.funds import open_ledger, record_receipt
from support.models import (
    ActionDetail,
    Allocation,
    Attachment,
    Donor,
    EntitlementRule,
    FundingLine,
    FundingSource,
    GiftDetail,
    LoanDetail,
    LoanMovement,
    PolicyRate,
    Receipt,
    SupportAction,
    SupportBatch,
    SupportPolicy,
)
from support.reference import SOURCE as POLICY_FILE
from wards.models import SINCE_EVER, GroupSuccession, ResidentialGroup, Ward, WardPopulation, WardSuccession

PASSWORD = "mot-mat-khau-du-dai"
CODES = {"Đồng Mai": "10117", "Biên Giang": "10123", "Phú Lãm": "10130", "Văn Quán": "09542", "Hà Cầu": "09555"}

_numbers = itertools.count(1)


# --- where ----------------------------------------------------------------------------------


def ward(
    name: str = "Đồng Mai", *, code: str = "", since: date = SINCE_EVER, until: date | None = None, **fields
) -> Ward:
    """A ward of the programme; asking again for the same ward gives the same row."""
    code = code or CODES.get(name) or f"9{sum(name.encode()) % 10_000:04d}"
    found = Ward.objects.filter(code=code, valid_from=since).first()
    return found or Ward.objects.create(code=code, name=name, valid_from=since, valid_to=until, **fields)


def residential_group(ward: Ward, number: int = 1) -> ResidentialGroup:
    found = ResidentialGroup.objects.filter(ward=ward, number=number).first()
    return found or ResidentialGroup.objects.create(ward=ward, number=number, name=f"Tổ dân phố {number}")


def population(ward: Ward, year: int, *, households: int, persons: int) -> WardPopulation:
    return WardPopulation.objects.create(ward=ward, year=year, households=households, persons=persons)


def became(old: Ward, *successors: Ward, on: date) -> None:
    """The ward ended the day before: whole in one successor, or in parts in several."""
    old.valid_to = on - timedelta(days=1)
    old.save()
    for successor in successors:
        WardSuccession.objects.create(predecessor=old, successor=successor, on=on, whole=len(successors) == 1)


def went(group: ResidentialGroup, successor: Ward, successor_group: ResidentialGroup | None = None) -> GroupSuccession:
    return GroupSuccession.objects.create(group=group, successor=successor, successor_group=successor_group)


# --- who ------------------------------------------------------------------------------------


def officer(*wards: Ward, username: str = "", **fields) -> User:
    """A ward officer of these wards (none: of no ward, who therefore sees nothing)."""
    user = _user(username or f"officer{next(_numbers)}", Role.OFFICER, **fields)
    for each in wards:
        user.assignments.create(ward=each)
    return user


def staff(username: str = "", **fields) -> User:
    return _user(username or f"staff{next(_numbers)}", Role.STAFF, **fields)


def leader(username: str = "", **fields) -> User:
    return _user(username or f"leader{next(_numbers)}", Role.LEADER, **fields)


def admin(username: str = "", **fields) -> User:
    return _user(username or f"admin{next(_numbers)}", Role.ADMIN, **fields)


def _user(username: str, role: str, **fields) -> User:
    return User.objects.create_user(username, PASSWORD, role=role, **fields)


# --- whom -----------------------------------------------------------------------------------


def standard(year: int, level: str = "city") -> PovertyStandard:
    """The standard in force in the year, as `load_reference` would write it."""
    found = PovertyStandard.objects.in_force(year, level).first()
    if found:
        return found
    for code, of_level, name, name_en, basis, (first, last), urban, rural, _note in STANDARDS:
        if of_level == level and first <= year <= last:
            return PovertyStandard.objects.create(
                code=code, level=level, name=name, name_en=name_en, legal_basis=basis,
                from_year=first, to_year=last, urban_line=urban, rural_line=rural, **RULES[code],
            )  # fmt: skip
    raise LookupError(f"no {level} standard judges {year}")


def indicator(of: PovertyStandard, code: str = "viec_lam", number: int = 1) -> Indicator:
    found = Indicator.objects.filter(standard=of, code=code).first()
    return found or Indicator.objects.create(standard=of, code=code, number=number, name=code, name_en=code)


def household(
    ward: Ward,
    *,
    head: str = "Nguyễn Thị An",
    members: int | Iterable[Mapping] = 1,
    statuses: Mapping[int, str] | None = None,
    level: str = "city",
    **fields,
) -> Household:
    """A household with a head and, in all, so many members; or with the given ones besides the head.

    `statuses` maps a year to its class (N, CN, KK, K) by the standard of `level`; a status of another
    level or with more detail is added by `status()`.
    """
    others = [{} for _ in range(members - 1)] if isinstance(members, int) else list(members)
    family = [person(relation=Relation.HEAD, name=head, birth_year=1960)]
    family += [person(**{"birth_year": 1990 + index, **other}) for index, other in enumerate(others)]
    made = register_household(by="test", household=Household(ward=ward, **fields), members=family)
    for year, classification in (statuses or {}).items():
        status(made, year, classification, level=level)
    return made


def person(**fields) -> Member:
    """An unsaved member, for a form or a service."""
    return Member(**{"name": "Nguyễn Văn Bình", "relation": Relation.CHILD, "sex": Sex.FEMALE, **fields})


def member(household: Household, **fields) -> Member:
    """One more member of a household on record."""
    made = person(household=household, **fields)
    made.save()
    return made


def status(
    household: Household, year: int, classification: str = "N", *, level: str = "city", **fields
) -> PovertyStatus:
    """The household's class in a year; deprivations=[…] and causes=[…] may be given."""
    deprivations, causes = fields.pop("deprivations", ()), fields.pop("causes", ())
    by = fields.pop("standard", None) or standard(year, level)
    made = PovertyStatus(
        household=household,
        year=year,
        standard=by,
        classification=classification,
        ward=fields.pop("ward", household.ward),
        persons=fields.pop("persons", None) or household.members.filter(left_on=None).count() or 1,
        **fields,
    )
    return record_status(by="test", status=made, deprivations=deprivations, causes=causes)


def review_round(ward: Ward, year: int, state: str = RoundState.LOCKED, *, by: User | None = None) -> ReviewRound:
    """The ward's year in this state, led there step by step; `by` submitted it."""
    found, _ = ReviewRound.objects.get_or_create(ward=ward, year=year)
    ways = {
        RoundState.OPEN: (),
        RoundState.SUBMITTED: (RoundState.SUBMITTED,),
        RoundState.RETURNED: (RoundState.SUBMITTED, RoundState.RETURNED),
        RoundState.APPROVED: (RoundState.SUBMITTED, RoundState.APPROVED),
        RoundState.LOCKED: (RoundState.SUBMITTED, RoundState.APPROVED, RoundState.LOCKED),
    }
    for step in ways[RoundState(state)]:
        found.state, found.submitted_by = step, by
        if step == RoundState.SUBMITTED:
            found.submitted_at = timezone.now()
        found.save()
    return found


def round_comment(
    ward: Ward, year: int, *, household: Household | None = None, text: str = "Xem lại", by: User | None = None
) -> RoundComment:
    """What district staff asked before they returned the ward's year."""
    begun = ReviewRound.objects.filter(ward=ward, year=year).first() or review_round(ward, year, RoundState.RETURNED)
    return RoundComment.objects.create(round=begun, household=household, text=text, by=by or staff())


def amendment(published: PovertyStatus, classification: str, **fields) -> StatusAmendment:
    """A correction of a published class that waits for a decision."""
    return StatusAmendment.objects.create(
        household=published.household,
        year=published.year,
        standard=published.standard,
        ward=published.ward,
        status=published,
        classification=classification,
        persons=fields.pop("persons", published.persons),
        reason=fields.pop("reason", "Ghi nhầm loại khi nhập"),
        proposed_by=fields.pop("proposed_by", None) or officer(published.ward),
        **fields,
    )


# --- what help ------------------------------------------------------------------------------


def source(code: str = "NS_QUAN", group: str = SourceGroup.BUDGET) -> FundingSource:
    found = FundingSource.objects.filter(code=code).first()
    return found or FundingSource.objects.create(code=code, name=code, name_en=code, group=group)


def attachment(action: SupportAction, *, name: str = "Biên bản.pdf") -> Attachment:
    """A paper kept with a record of help."""
    paper = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\n%%EOF\n"
    return attach(by=staff(), to={"action": action}, kind="handover", name=name, data=paper)


def photo(action: SupportAction, *, kind: str = "before", note: str = "") -> Attachment:
    """A photo kept with a record of help, each another picture."""
    picture = io.BytesIO()
    Image.new("RGB", (32, 24), (next(_numbers) % 256, 120, 40)).save(picture, "JPEG")
    shown = {"kind": kind, "name": "anh.jpg", "data": picture.getvalue(), "has_consent": True, "note": note}
    return attach(by=staff(), to={"action": action}, **shown)


def entitlement(code: str = "GIFT", **fields) -> EntitlementRule:
    """A rule of entitlement: by default, gifts for poor and near-poor households."""
    usual = {"name": "Quà", "name_en": "Gifts", "legal_basis": "Quy chế Quỹ", "unit": "household", "category": "gifts"}
    given = usual | {"for_poor": True, "for_near_poor": True} | fields
    return EntitlementRule.objects.get_or_create(code=code, defaults=given)[0]


def fund(code: str = "VNN_QUAN", *, since: date = date(2023, 1, 1)) -> FundingSource:
    """A source that keeps a ledger since a day, with nothing in it."""
    found = source(code, SourceGroup.FUND)
    return found if found.ledger_since else open_ledger(by="test", source=found, since=since, opening={})


def receipt(
    of: FundingSource | None = None, *, amount: int = 10_000_000, on: date = date(2023, 2, 1), **fields
) -> Receipt:
    """Money that a fund received from a donor."""
    donor, _new = Donor.objects.get_or_create(
        name_key="nha hao tam", defaults={"name": "Nhà hảo tâm", "kind": "person"}
    )
    made = Receipt(source=of or fund(), donor=donor, day=on, nature=Nature.GRANT, amount=amount, **fields)
    return record_receipt(by=staff(), receipt=made)


def allocation(of: FundingSource, *, year: int = 2023, amount: int = 1_000_000) -> Allocation:
    return Allocation.objects.create(source=of, year=year, nature=Nature.GRANT, amount=amount)


def policy(code: str = "housing") -> SupportPolicy:
    """A policy by its code (NHA_XM), or any policy of a category (housing)."""
    found = SupportPolicy.objects.filter(code=code).first()
    if found:
        return found
    entries = json.loads(POLICY_FILE.read_text(encoding="utf-8"))["policies"]
    entry = next((entry for entry in entries if entry["code"] == code), None)
    category = entry["category"] if entry else Category(code)
    repayable = entry["repayable"] if entry else category == Category.LOANS
    name = entry["name_vi"] if entry else str(Category(category).label)
    return SupportPolicy.objects.create(code=code, category=category, name=name, name_en=name, repayable=repayable)


def rate(policy: str = "housing", *, source: str = "", **fields) -> PolicyRate:
    """What the law grants by a policy: by default, a million once."""
    if not {"amount", "percent", "most_amount"} & fields.keys():
        fields["amount"] = 1_000_000
    payer = globals()["source"](source) if source else None
    made = PolicyRate(policy=globals()["policy"](policy), source=payer, **fields)
    made.full_clean()
    made.save()
    return made


def support(
    given_to: Household | Ward | None,
    *,
    policy: str | SupportPolicy = "housing",
    paid_by: Mapping | None = None,
    on: date | None = date(2024, 5, 10),
    until: date | None = None,
    count: int = 1,
    unit: str = "",
    nature: str = "",
    amount_is: str = "exact",
    **fields,
) -> SupportAction:
    """Help to a household, or collective help in a ward (None: in the whole district).

    `paid_by` maps a source (or its code) to the amount in đồng, None where the sum is not known, or to
    (amount, nature). `count` with a `unit` counts things; without, times of collective help.
    """
    kind = policy if isinstance(policy, SupportPolicy) else globals()["policy"](policy)
    family = given_to if isinstance(given_to, Household) else None
    action = SupportAction(
        policy=kind,
        household=family,
        ward=family.ward if family else given_to,
        times=1 if family else count,
        things=count if unit else None,
        thing_unit=unit,
        period_from=on,
        period_to=until or on,
        **fields,
    )
    action.save()
    for each, amount in (paid_by or {"NS_QUAN": 1_000_000}).items():
        paid, of_nature = amount if isinstance(amount, tuple) else (amount, nature)
        FundingLine(
            action=action,
            source=each if isinstance(each, FundingSource) else source(each),
            nature=of_nature or (Nature.LOAN if kind.repayable else Nature.GRANT),
            amount=paid,
            qualifier=amount_is,
        ).save()
    return action


def batch(
    *given_to: Household,
    policy: str = "housing",
    amount: int | None = 500_000,
    source: str | FundingSource = "NS_QUAN",
    nature: str = Nature.GRANT,
    on: date = date(2022, 8, 1),
    by: User | None = None,
    detail: ActionDetail | None = None,
    **fields,
) -> SupportBatch:
    """Help that was recorded to all of these households with one save."""
    kind = globals()["policy"](policy)
    if kind.category == Category.GIFTS:
        detail = detail or GiftDetail(occasion="tet")
    paid_by = source if isinstance(source, FundingSource) else globals()["source"](source)
    gifts = [
        Gift(
            SupportAction(policy=kind, household=family, period_from=on, period_to=on, **fields),
            [FundingLine(source=paid_by, nature=nature, amount=amount)],
            copy(detail),
        )
        for family in given_to
    ]
    return record_batch(by=by or staff(), gifts=gifts)


def loan(
    given_to: Household,
    principal: int = 20_000_000,
    *,
    on: date = date(2022, 3, 10),
    policy: str = "NHCSXH_HN",
    repaid: Mapping[date, int] | None = None,
    **detail,
) -> SupportAction:
    """A loan to a household, all of it paid out on the day, with its terms and what was paid back on which day."""
    action = support(given_to, policy=policy, on=on, paid_by={source("NHCSXH", SourceGroup.CREDIT): principal})
    LoanDetail(action=action, **detail).save()
    LoanMovement(action=action, kind=MovementKind.DISBURSEMENT, on=on, amount=principal).save()
    for day, amount in (repaid or {}).items():
        LoanMovement(action=action, kind=MovementKind.REPAYMENT, on=day, amount=amount).save()
    return action
