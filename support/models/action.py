"""Help given, and who paid for it."""

from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.models import Household, Member, Residence
from support.codes import BeneficiaryGroup, Nature, Qualifier, Thing
from support.models.policy import FundingSource, SupportPolicy
from wards.models import Ward
from wards.succession import UNPLACED, MapOfDay
from wards.text import fold

LARGEST_AMOUNT = 10**12  # đồng; a line above a thousand billion is a typing slip
EARLIEST_DAY = date(2015, 1, 1)


class SupportActionQuerySet(WardScopedQuerySet):
    """A voided action stays on record and is counted nowhere: every figure starts from `.standing()`."""

    def _open_to_wards_of(self, user):
        """Help to a household is read where the household lives today; help to a group, where it was given."""
        wards = user.wards.all()
        return self.filter(
            Q(household__in=Household.objects.filter(ward__in=wards)) | Q(household=None, ward__in=wards)
        )

    def standing(self):
        return self.filter(voided_at=None)

    def named(self):
        return self.filter(household__isnull=False)

    def collective(self):
        return self.filter(household=None)

    def in_years(self, first: int, last: int, *, open_ended: bool):
        """Actions whose whole period lies in these years.

        A span that reaches beyond them cannot be split and is left out. `open_ended` lets in actions
        whose beginning or end was never published; only the whole programme's period may ask for that.
        """
        begins = Q(period_from__gte=date(first, 1, 1))
        ends = Q(period_to__lte=date(last, 12, 31))
        if open_ended:
            begins, ends = begins | Q(period_from=None), ends | Q(period_to=None)
        return self.filter(begins, ends)

    def with_year(self, first: int, last: int):
        """Add `year`: the one year the action belongs to, null where it spans several or is undated."""
        return self.annotate(year=year_of(first, last))

    def with_money(self):
        """Add `grant`, `in_kind` and `loan`, in đồng, summed over the action's funding lines.

        Subqueries, because a join would repeat the action once per line and inflate every other sum
        taken in the same query.
        """
        return self.annotate(**{nature.value: _line_sum(nature) for nature in Nature})

    def with_papers(self):
        """Add `papers`: how many files are attached, erased ones not counted."""
        from support.models.attachment import Attachment

        kept = Attachment.objects.standing().filter(action=OuterRef("pk")).order_by().values("action")
        return self.annotate(papers=Coalesce(Subquery(kept.annotate(n=Count("pk")).values("n")), 0))

    def search(self, text: str):
        """By household member, group, decision number or implementing body."""
        key = fold(text)
        if not key:
            return self
        members = Member.objects.filter(household=OuterRef("household"), name_key__contains=key)
        return self.filter(Exists(members) | Q(search_key__contains=key) | Q(household__code__iexact=text.strip()))

    def money_totals(self) -> dict[str, int | None]:
        """Sum of each nature, in đồng, over the funding lines of these actions; None where none is known."""
        lines = FundingLine.objects.filter(action__in=self.order_by())
        return lines.aggregate(**{nature.value: Sum("amount", filter=Q(nature=nature)) for nature in Nature})


def year_of(first: int, last: int, prefix: str = "") -> Case:
    """The one year, of these, that contains an action's whole period; null where none does."""
    years = [
        When(
            **{f"{prefix}period_from__gte": date(year, 1, 1), f"{prefix}period_to__lte": date(year, 12, 31)},
            then=Value(year),
        )
        for year in range(first, last + 1)
    ]
    return Case(*years, default=Value(None), output_field=models.IntegerField(null=True))


def place_of_action(the_map: MapOfDay, prefix: str = "") -> Case:
    """The ward of the map in which help was given; null for the whole district, UNPLACED where nobody knows.

    Of a ward that was split: help to a household lies where the household lived that day. Collective help
    of such a ward cannot be placed.
    """
    lived = Residence.objects.filter(household=OuterRef(f"{prefix}household"), ward=OuterRef(f"{prefix}ward"))
    day = Coalesce(OuterRef(f"{prefix}period_from"), OuterRef(f"{prefix}period_to"))
    places = lived.order_by("-pk").values(on_map=the_map.places())
    # Where no home is on record for the day, the latest that the household had in that ward; entered late into a
    # ward that began afterwards, it had none there, and its home of the day stands on a later map already.
    homes_anywhere = Residence.objects.filter(household=OuterRef(f"{prefix}household")).order_by("-pk")
    later = homes_anywhere.values(on_map=the_map.places()).on(day)
    homes = Subquery(places.on(day)[:1]), Subquery(places[:1]), Subquery(later[:1])
    return Case(
        When(**{f"{prefix}ward": None}, then=Value(None)),
        *the_map.by_ward(f"{prefix}ward"),
        When(**{f"{prefix}household": None}, then=Value(UNPLACED)),
        default=Coalesce(*homes, Value(UNPLACED)),
        output_field=models.IntegerField(null=True),
    )


def _line_sum(nature: Nature):
    lines = FundingLine.objects.filter(action=OuterRef("pk"), nature=nature).order_by()
    return Subquery(lines.values("action").annotate(total=Sum("amount")).values("total"))


class SupportAction(models.Model):
    """One act of help: to a named household (maybe one member), or to a group that is only counted.

    Named: one time, in the household's ward. Collective: no household; times, households and
    persons as they were reported. Collective help adds to money and times, never to distinct households.
    """

    audited = True
    audit_ignored = ("search_key",)

    policy = models.ForeignKey(SupportPolicy, models.PROTECT, related_name="actions", verbose_name=_("policy"))
    ward = models.ForeignKey(
        Ward,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("ward"),
        help_text=_("Empty: the whole district."),
    )
    household = models.ForeignKey(
        Household, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("household")
    )
    member = models.ForeignKey(
        Member, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("member")
    )
    beneficiary_group = models.CharField(_("beneficiary group"), max_length=12, choices=BeneficiaryGroup, blank=True)
    group_name = models.CharField(_("group in words"), max_length=200, blank=True)
    times = models.PositiveIntegerField(_("times"), default=1, validators=[MinValueValidator(1)])
    households_reported = models.PositiveIntegerField(_("households, not named"), null=True, blank=True)
    persons_reported = models.PositiveIntegerField(_("persons, not named"), null=True, blank=True)
    things = models.PositiveIntegerField(_("number of things"), null=True, blank=True)
    thing_unit = models.CharField(_("kind of thing"), max_length=10, choices=Thing, blank=True)
    qualifier = models.CharField(_("counts are"), max_length=5, choices=Qualifier, default=Qualifier.EXACT)
    period_from = models.DateField(_("from"), null=True, blank=True)
    period_to = models.DateField(_("to"), null=True, blank=True)
    implementing_body = models.CharField(_("implementing body"), max_length=200, blank=True)
    decision_number = models.CharField(_("decision number"), max_length=60, blank=True)
    decision_date = models.DateField(_("decision date"), null=True, blank=True)
    income_gain_from = models.BigIntegerField(_("income gained, from (đồng/worker/month)"), null=True, blank=True)
    income_gain_to = models.BigIntegerField(_("income gained, to (đồng/worker/month)"), null=True, blank=True)
    differs_because = models.CharField(_("why it differs from the legal rate"), max_length=300, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    search_key = models.CharField(max_length=600, blank=True, editable=False)
    published_as = models.CharField(
        _("published as"),
        max_length=60,
        blank=True,
        editable=False,
        help_text=_("Ids of the published figures this collective record was taken from."),
    )
    batch = models.ForeignKey(
        "SupportBatch",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="actions",
        verbose_name=_("batch"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("entered by"),
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    void_reason = models.CharField(_("reason"), max_length=300, blank=True, editable=False)

    objects = SupportActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("support action")
        verbose_name_plural = _("support actions")
        ordering = ["-period_from", "-pk"]
        permissions = [("void_supportaction", _("Can void a support action"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(member=None) | Q(household__isnull=False),
                name="action_member_needs_household",
                violation_error_message=_("A member without a household was chosen."),
            ),
            models.CheckConstraint(
                condition=Q(household=None)
                | Q(ward__isnull=False, times=1, households_reported=None, persons_reported=None),
                name="action_named_counts_once",
                violation_error_message=_("Help to a named household counts one time, in its ward."),
            ),
            models.CheckConstraint(
                condition=Q(times__gte=1),
                name="action_at_least_once",
                violation_error_message=_("The number of times must be at least 1."),
            ),
            models.CheckConstraint(
                condition=Q(things=None, thing_unit="") | (Q(things__isnull=False, things__gte=1) & ~Q(thing_unit="")),
                name="action_things_have_a_unit",
                violation_error_message=_("Give both the number and the kind of things, or neither."),
            ),
            models.CheckConstraint(
                condition=Q(period_from=None) | Q(period_to=None) | Q(period_to__gte=F("period_from")),
                name="action_ends_after_it_begins",
                violation_error_message=_("The period cannot end before it begins."),
            ),
            models.CheckConstraint(
                condition=Q(income_gain_to=None)
                | Q(income_gain_from__isnull=False, income_gain_to__gte=F("income_gain_from")),
                name="action_income_gain_in_order",
                violation_error_message=_("The upper income gain is below the lower one."),
            ),
        ]
        indexes = [
            models.Index(fields=["policy", "ward", "period_from", "period_to"], name="action_policy_ward_period"),
            models.Index(fields=["household", "period_from"], name="action_household_period"),
            models.Index(fields=["-period_from", "-id"], name="action_newest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.pk or ''}".strip()

    def save(self, *args, **kwargs):
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self) -> "SupportAction":
        """Fill the search key; bulk loaders call it themselves."""
        self.search_key = fold(f"{self.group_name} {self.decision_number} {self.implementing_body}")
        return self

    def clean(self):
        today = timezone.localdate()
        for name in ("period_from", "period_to", "decision_date"):
            day = getattr(self, name)
            if day and day > today:
                raise ValidationError({name: _("The date lies in the future.")})
            if day and day < EARLIEST_DAY:
                raise ValidationError({name: _("The date lies before 2015; check the year.")})
        if self.ward and self.period_from and not self.ward.existed_on(self.period_from):
            message = _("%(ward)s did not exist on this day; it existed from %(from)s to %(to)s.")
            until = f"{self.ward.valid_to:%d/%m/%Y}" if self.ward.valid_to else "…"
            params = {"ward": self.ward, "from": f"{self.ward.valid_from:%d/%m/%Y}", "to": until}
            raise ValidationError({"period_from": ValidationError(message, params=params)})

    @property
    def is_named(self) -> bool:
        return self.household_id is not None

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None


class FundingLine(models.Model):
    """What one source gave to one action. The amount may be unknown: shown as “—”, never as 0."""

    audited = True
    audit_subject = "action"

    action = models.ForeignKey(SupportAction, models.CASCADE, related_name="funding", verbose_name=_("action"))
    source = models.ForeignKey(FundingSource, models.PROTECT, related_name="lines", verbose_name=_("source"))
    nature = models.CharField(_("nature"), max_length=8, choices=Nature)
    amount = models.BigIntegerField(
        _("amount (đồng)"),
        null=True,
        blank=True,
        validators=[
            MinValueValidator(1, _("The amount must be more than 0; leave it empty when it is not known.")),
            MaxValueValidator(LARGEST_AMOUNT, _("The amount is above 1,000 billion đồng; check the zeros.")),
        ],
    )
    qualifier = models.CharField(_("amount is"), max_length=5, choices=Qualifier, default=Qualifier.EXACT)

    class Meta:
        verbose_name = _("funding line")
        verbose_name_plural = _("funding lines")
        ordering = ["action", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["action", "source", "nature"],
                name="funding_line_unique",
                violation_error_message=_("This source already stands on another line; add the amounts together."),
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=1, amount__lte=LARGEST_AMOUNT),
                name="funding_amount_plausible",
                violation_error_message=_("The amount must lie between 1 and 1,000 billion đồng."),
            ),
        ]
        indexes = [models.Index(fields=["action", "nature", "source", "amount"], name="funding_action_money")]

    def __str__(self) -> str:
        return f"{self.source}: {self.amount or '—'}"

    @property
    def history_name(self) -> str:
        """Before a change of this line in the record's history: the amount itself may be what changed."""
        return str(self.source)
