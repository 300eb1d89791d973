"""Not yet reached: who is entitled to help by a rule, and has had none in its period.

The class by which help is given in a year is that of the list decided at the end of the year before, wherever it was
given; the ward is the one in which the household lives at the end of the year itself, because its officer must reach
it. Help to the whole household reaches its members; help to one member reaches that member alone.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.context import FIRST_YEAR
from accounts.models import User
from households.codes import LISTED, Classification, DisabilityDegree
from households.models import Household, Member, PovertyStandard, PovertyStatus, Residence
from support.models import EntitlementRule, SupportAction
from wards.models import Ward
from wards.succession import MapOfDay

CITY = PovertyStandard.Level.CITY
SEVERE = (DisabilityDegree.SEVERE, DisabilityDegree.MOST_SEVERE)


@dataclass(frozen=True)
class Gap:
    """How many are entitled by a rule in a year, and how many of them no help has reached: persons or households.

    None where nobody was judged the year before, so that nobody knows who is entitled.
    """

    rule: EntitlementRule
    entitled: int | None = None
    missing: int | None = None


def rules_in(year: int) -> list[EntitlementRule]:
    return [rule for rule in EntitlementRule.objects.prefetch_related("policies") if rule.holds_in(year)]


def at_home(user: User, year: int, ward: Ward | None = None, today: MapOfDay | None = None) -> QuerySet[Household]:
    """Households that lived in the ward at the end of the year, or live there still; None: in all that the user counts.

    On today's map, whose home of that day lies in the ward today; what an officer may not open is nowhere then. All
    may be counted; rows are shown through `visible_to`, for who moved since is open to the officer of another ward.
    """
    may_open = today and not user.sees_whole_district
    households = Household.objects.visible_to(user) if may_open else Household.objects.all()
    homes = Residence.objects.filter(household=OuterRef("pk")).on(date(year, 12, 31)).order_by()
    if ward or not user.sees_whole_district:
        wards = [ward.pk] if ward else user.wards.values("pk")
        homes = homes.annotate(place=today.places() if today else F("ward")).filter(place__in=wards)
    return households.filter(Exists(homes))


def has_list(households: QuerySet[Household], year: int) -> bool:
    """Whether any of these households was judged at the end of the year before: else nobody knows who is entitled."""
    judged = PovertyStatus.objects.at_level(CITY).filter(
        year=year - 1, household__in=households.order_by().values("pk")
    )
    return judged.exists()


def gaps(households: QuerySet[Household], year: int) -> list[Gap]:
    """Every rule of the year over these households (already cut to the reader's own), one query each."""
    rules = rules_in(year)
    if not has_list(households, year):
        return [Gap(rule) for rule in rules]
    found = []
    for rule in rules:
        people = entitled(rule, households, year)
        missing = Count("pk", filter=~_is_reached(rule, year))
        found.append(Gap(rule, **people.order_by().aggregate(entitled=Count("pk"), missing=missing)))
    return found


def entitled(rule: EntitlementRule, households: QuerySet[Household], year: int) -> QuerySet:
    """Households, or members, to whom the rule applies in the year."""
    families = households.filter(Q(closed_on=None) | Q(closed_on__gt=date(year, 12, 31)), _class_condition(rule, year))
    return families if rule.unit == EntitlementRule.Unit.HOUSEHOLD else members_meant(rule, families, year)


def members_meant(rule: EntitlementRule, families: QuerySet[Household], year: int) -> QuerySet[Member]:
    """Members of these households, at the end of the year, who are of the age and state that the rule asks for."""
    last = date(year, 12, 31)
    members = Member.objects.filter(household__in=families.order_by().values("pk"))
    members = members.filter(Q(left_on=None) | Q(left_on__gt=last), Q(birth_year=None) | Q(birth_year__lte=year))
    if rule.age_from is not None:
        members = members.filter(birth_year__lte=year - rule.age_from)
    if rule.age_to is not None:
        members = members.filter(birth_year__gte=year - rule.age_to)
    if rule.is_pupil:
        members = members.filter(is_pupil=True)
    if rule.is_uninsured:
        members = members.filter(has_health_insurance=False)
    if rule.is_disabled:
        members = members.exclude(disability_kind="")
    if rule.is_severely_disabled:
        members = members.filter(disability_degree__in=SEVERE)
    return members


def not_reached(rule: EntitlementRule, households: QuerySet[Household], year: int) -> QuerySet:
    """Of those entitled, the ones whom no standing help of the rule's kind reached in its period."""
    return entitled(rule, households, year).exclude(_is_reached(rule, year))


def _is_reached(rule: EntitlementRule, year: int) -> Exists:
    """Of a household, or a member: whether help of the rule's kind reached it in the rule's period."""
    help_given = SupportAction.objects.standing().filter(_help_condition(rule))
    first = year if rule.period == EntitlementRule.Period.YEAR else FIRST_YEAR
    # Help that touches the period reaches in it, also when it began before or goes on after.
    help_given = help_given.filter(
        Q(period_from__lte=date(year, 12, 31)),
        Q(period_to__gte=date(first, 1, 1)) | Q(period_to=None),
    ).order_by()
    if rule.unit == EntitlementRule.Unit.HOUSEHOLD:
        return Exists(help_given.filter(household=OuterRef("pk")))
    return Exists(help_given.filter(Q(member=OuterRef("pk")) | Q(member=None), household=OuterRef("household")))


def _class_condition(rule: EntitlementRule, year: int) -> Q:
    """Listed at the end of the year before, or off the list not longer ago than the rule says."""
    statuses = PovertyStatus.objects.at_level(CITY).filter(household=OuterRef("pk")).order_by()
    before = statuses.filter(year=year - 1)
    classes = [
        each
        for each, wanted in ((Classification.POOR, rule.for_poor), (Classification.NEAR_POOR, rule.for_near_poor))
        if wanted
    ]
    conditions = Q(pk__in=[])
    if classes:
        listed = before.filter(classification__in=classes)
        if rule.lacking:
            listed = listed.filter(deprivations__code__in=rule.lacking.split())
        conditions |= Q(Exists(listed))
    if rule.escaped_within:
        # Off the list by the decision of the end of the year before, on it some time within the months before that.
        years = range(year - 1 - (rule.escaped_within + 11) // 12, year - 1)
        was_listed = statuses.filter(year__in=years, classification__in=LISTED)
        conditions |= Q(Exists(before.exclude(classification__in=LISTED))) & Q(Exists(was_listed))
    return conditions


def _help_condition(rule: EntitlementRule) -> Q:
    policies = [policy.pk for policy in rule.policies.all()]
    return Q(policy__in=policies) if policies else Q(policy__category=rule.category)
