"""What each kind of help records besides whom, when and who paid: one table a kind, one row an action.

Money stands on the funding lines and nowhere twice; what a detail holds in đồng (a fee a month, a
premium, the cost of a house) is what the sum is explained by. Records that are published figures or
older than these tables have no detail, which is no mistake.
"""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.codes import (
    AllowanceGroup,
    Category,
    Entrusted,
    HouseWork,
    InterestUnit,
    LoanProgramme,
    Nature,
    Occasion,
    ReliefForm,
    RepaidEvery,
    Scheme,
    SchoolLevel,
)
from support.models.action import FundingLine, SupportAction
from support.models.measures import (
    AreaField,
    CoefficientField,
    HundredthsField,
    MoneyColumn,
    MonthColumn,
    PercentColumn,
    SchoolYearField,
    months_between,
    rate_per,
)
from support.models.policy import SupportPolicy

LARGEST_SUM = 10**11  # đồng; a fee, a premium or a house above a hundred billion is a typing slip
LONGEST_TERM = 360  # months of a loan
HOUSEHOLDS_OWN = "HO_GIA_DINH"  # the source that stands for what the household paid itself
Problems = dict[str, list]


def _plausible(name: str) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": LARGEST_SUM})


def _money_rule(model: str, *names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=_plausible(name),
            name=f"{model}_{name}_plausible",
            violation_error_code=name,
            violation_error_message=_("The amount must lie between 1 and 100 billion đồng; leave it empty if unknown."),
        )
        for name in names
    ]


def _months_in_order(model: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(month_to=None) | Q(month_from__isnull=False, month_to__gte=F("month_from")),
        name=f"{model}_months_in_order",
        violation_error_code="month_to",
        violation_error_message=_("The last month lies before the first, or the first is missing."),
    )


class ActionDetail(models.Model):
    """What the kinds have in common. A constraint's error code names the field that is to be corrected."""

    audited = True
    audit_subject = "action"

    # Which field follows from the policy, and what each policy allows there; the first is taken where none was said.
    decided_field: ClassVar[str] = ""
    decided_by_policy: ClassVar[dict[str, tuple]] = {}
    # What a new record about a named household cannot do without.
    needed: ClassVar[dict[str, str]] = {}

    action = models.OneToOneField(
        SupportAction, models.CASCADE, related_name="%(class)s", verbose_name=_("action"), editable=False
    )

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self._meta.verbose_name)

    @classmethod
    def own_fields(cls) -> list[models.Field]:
        return [each for each in cls._meta.concrete_fields if not each.primary_key and each.name != "action"]

    @classmethod
    def allowed(cls, policy: SupportPolicy | None) -> tuple:
        """What the policy leaves open in the decided field; empty: everything."""
        return cls.decided_by_policy.get(policy.code, ()) if policy else ()

    def settle(self, policy: SupportPolicy) -> None:
        """Fill in what follows from the policy."""
        allowed = self.allowed(policy)
        if allowed and not getattr(self, self.decided_field):
            setattr(self, self.decided_field, allowed[0])

    def says_more_than(self, policy: SupportPolicy) -> bool:
        """Whether anything was said that the policy does not say already."""
        followed = self.decided_field if self.allowed(policy) else ""
        return any(
            getattr(self, each.name) not in (None, "", each.get_default())
            for each in self.own_fields()
            if each.name != followed
        )

    def problems(self, action: SupportAction, funding: Iterable[FundingLine], *, strict: bool) -> Problems:
        """What does not fit the action and who paid, by field; `strict` asks for what a new record needs."""
        found: Problems = {}
        if strict:
            found |= {name: [text] for name, text in self.needed.items() if getattr(self, name) in (None, "")}
        allowed = self.allowed(action.policy)
        if allowed and getattr(self, self.decided_field) not in ("", None, *allowed):
            labels = dict(self._meta.get_field(self.decided_field).flatchoices)
            named = ", ".join(str(labels[code]) for code in allowed)
            message = ValidationError(_("The policy “%(policy)s” is for: %(allowed)s."))
            message.params = {"policy": action.policy, "allowed": named}
            found[self.decided_field] = [message]
        return found


def _known(funding: Iterable[FundingLine]) -> int | None:
    """The sum of the lines; None where one of them is not known to the đồng."""
    amounts = [line.amount for line in funding]
    return None if None in amounts else sum(amounts)


# --- tuition --------------------------------------------------------------------------------


class TuitionDetail(ActionDetail):
    """The pupil is the action's member; how many devices were handed over stands in the action's things."""

    decided_field = "exemption_percent"
    decided_by_policy: ClassVar = {"HP_MIEN": (100,), "HP_GIAM50": (50,)}
    needed: ClassVar = {"school_year": _("Write the school year, for example 2021-2022.")}

    school = models.CharField(_("school"), max_length=200, blank=True)
    school_level = models.CharField(_("school level"), max_length=12, choices=SchoolLevel, blank=True)
    school_year = SchoolYearField(_("school year"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("months of the school year"), null=True, blank=True)
    exemption_percent = PercentColumn(
        _("tuition relieved by"), choices=[(100, "100 %"), (70, "70 %"), (50, "50 %")], null=True, blank=True
    )
    tuition_month = MoneyColumn(_("tuition of a month (đồng)"), null=True, blank=True)
    learning_costs_month = MoneyColumn(_("learning costs of a month (đồng)"), null=True, blank=True)
    device = models.CharField(_("kind of device"), max_length=100, blank=True)
    donor = models.CharField(_("donor"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("tuition detail")
        verbose_name_plural = _("tuition details")
        constraints = [
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__gte=1, months__lte=12),
                name="tuition_months_of_a_year",
                violation_error_code="months",
                violation_error_message=_("A school year has 1 to 12 months."),
            ),
            models.CheckConstraint(
                condition=Q(learning_costs_month=None) | Q(months=None) | Q(months__lte=9),
                name="tuition_learning_costs_nine_months",
                violation_error_code="months",
                violation_error_message=_("Learning costs are paid for at most 9 months of a school year."),
            ),
            models.CheckConstraint(
                condition=Q(school_year=None) | Q(school_year__gte=2015, school_year__lte=2100),
                name="tuition_school_year_plausible",
                violation_error_code="school_year",
                violation_error_message=_("Check the school year."),
            ),
            models.CheckConstraint(
                condition=Q(exemption_percent=None) | Q(exemption_percent__in=(100, 70, 50)),
                name="tuition_relief_by_law",
                violation_error_code="exemption_percent",
                violation_error_message=_("Tuition is relieved by 100, 70 or 50 per cent."),
            ),
            *_money_rule("tuition", "tuition_month", "learning_costs_month"),
        ]

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.school_year and action.period_from and not -1 <= action.period_from.year - self.school_year <= 2:
            message = ValidationError(_("The help of %(day)s does not belong to the school year %(year)s."))
            message.params = {"day": f"{action.period_from:%d/%m/%Y}", "year": self.school_year_in_words}
            found.setdefault("school_year", [message])
        return found

    @property
    def school_year_in_words(self) -> str:
        return self._meta.get_field("school_year").in_words(self.school_year) if self.school_year else ""


# --- loans ----------------------------------------------------------------------------------


class LoanDetail(ActionDetail):
    """The terms. Lender and principal are the action's funding line; what moved since, its `LoanMovement` rows."""

    decided_field = "programme"
    decided_by_policy: ClassVar = {
        "NHCSXH_HN": (LoanProgramme.POOR,),
        "NHCSXH_HCN": (LoanProgramme.NEAR_POOR,),
        "NHCSXH_MTN": (LoanProgramme.ESCAPED,),
        "NHCSXH_GQVL": (LoanProgramme.JOBS,),
        "TYM": (LoanProgramme.TYM,),
        "QTV_CNVCLD": (LoanProgramme.AID_FUND,),
    }

    programme = models.CharField(_("loan programme"), max_length=8, choices=LoanProgramme, blank=True)
    interest_rate = HundredthsField(
        _("interest rate (%)"), null=True, blank=True, help_text=_("In hundredths of a per cent: 660 is 6.60 %.")
    )
    interest_unit = models.CharField(
        _("interest is counted"), max_length=5, choices=InterestUnit, default=InterestUnit.YEAR
    )
    term_months = models.PositiveSmallIntegerField(
        _("term (months)"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(LONGEST_TERM, _("The term lies between 1 and 360 months."))],
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    repaid_every = models.CharField(_("paid back"), max_length=7, choices=RepaidEvery, blank=True)
    purpose = models.CharField(_("purpose of the loan"), max_length=200, blank=True)
    savings_group = models.CharField(_("savings and credit group"), max_length=100, blank=True)
    entrusted_to = models.CharField(_("entrusted to"), max_length=10, choices=Entrusted, blank=True)

    class Meta:
        verbose_name = _("loan detail")
        verbose_name_plural = _("loan details")
        constraints = [
            models.CheckConstraint(
                condition=Q(interest_rate=None) | Q(interest_rate__lte=3000),
                name="loan_interest_plausible",
                violation_error_code="interest_rate",
                violation_error_message=_("More than 30 per cent is no such loan's rate; check the decimal comma."),
            ),
            models.CheckConstraint(
                condition=Q(term_months=None) | Q(term_months__gte=1, term_months__lte=LONGEST_TERM),
                name="loan_term_plausible",
                violation_error_code="term_months",
                violation_error_message=_("The term lies between 1 and 360 months."),
            ),
        ]

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.due_on and action.period_from and self.due_on < action.period_from:
            found["due_on"] = [_("A loan cannot be due before it was paid out.")]
        return found

    @property
    def rate_in_words(self) -> str:
        """“6,60 %/năm”."""
        if self.interest_rate is None:
            return ""
        return rate_per(
            self._meta.get_field("interest_rate").in_words(self.interest_rate), self.get_interest_unit_display()
        )


# --- housing --------------------------------------------------------------------------------


class HousingDetail(ActionDetail):
    """The house. Its cost by source stands on the funding lines, the household's own share among them."""

    decided_field = "work"
    decided_by_policy: ClassVar = {
        "NHA_XM": (HouseWork.NEW, HouseWork.TURNKEY),
        "NHA_SC": (HouseWork.REPAIR,),
    }
    work = models.CharField(_("new or repaired"), max_length=8, choices=HouseWork, blank=True)
    started_on = models.DateField(_("work began on"), null=True, blank=True)
    handed_over_on = models.DateField(_("handed over on"), null=True, blank=True)
    area_before = AreaField(_("area before (m²)"), null=True, blank=True, help_text=_("In tenths of m²: 425 is 42.5."))
    area_after = AreaField(_("area after (m²)"), null=True, blank=True, help_text=_("In tenths of m²: 425 is 42.5."))
    total_cost = MoneyColumn(_("total cost (đồng)"), null=True, blank=True)
    labour_days = models.PositiveIntegerField(_("days of labour given"), null=True, blank=True)
    labour_value = MoneyColumn(
        _("value of the labour (đồng)"),
        null=True,
        blank=True,
        help_text=_("Kept for itself: it counts as money only where a line in kind says so."),
    )

    class Meta:
        verbose_name = _("housing detail")
        verbose_name_plural = _("housing details")
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(handed_over_on=None) | Q(handed_over_on__gte=F("started_on")),
                name="housing_begun_before_handed_over",
                violation_error_code="handed_over_on",
                violation_error_message=_("The house cannot be handed over before the work began."),
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": 10_000}),
                    name=f"housing_{name}_plausible",
                    violation_error_code=name,
                    violation_error_message=_("The area lies between 0.1 and 1,000 m²."),
                )
                for name in ("area_before", "area_after")
            ),
            models.CheckConstraint(
                condition=Q(labour_days=None) | Q(labour_days__gte=1, labour_days__lte=100_000),
                name="housing_labour_plausible",
                violation_error_code="labour_days",
                violation_error_message=_("Give at least one day of labour, or leave the field empty."),
            ),
            models.CheckConstraint(
                condition=Q(labour_value=None) | Q(labour_days__isnull=False),
                name="housing_labour_value_has_days",
                violation_error_code="labour_days",
                violation_error_message=_("Give the days of labour that this value stands for."),
            ),
            *_money_rule("housing", "total_cost", "labour_value"),
        ]

    def clean(self):
        no_future(self, "started_on", "handed_over_on")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        paid = sum(line.amount or 0 for line in funding)
        if self.total_cost is not None and self.total_cost < paid:
            found["total_cost"] = [_("The sources add up to more than the house cost; check both.")]
        return found

    def not_accounted_for(self, funding: Iterable[FundingLine]) -> int | None:
        """What of the cost no line names; None where the cost or a line's amount is unknown."""
        known = _known(funding)
        return None if self.total_cost is None or known is None else self.total_cost - known


# --- insurance ------------------------------------------------------------------------------


class InsuranceDetail(ActionDetail):
    """A card or book for some months. Which source pays which share follows from the funding lines."""

    audit_abridged = ("number",)
    decided_field = "scheme"
    decided_by_policy: ClassVar = {
        "BHYT_HN": (Scheme.HEALTH,),
        "BHYT_CN": (Scheme.HEALTH,),
        "BHXH_TN": (Scheme.SOCIAL,),
    }
    needed: ClassVar = {"scheme": _("Say whether it is BHYT or BHXH.")}

    scheme = models.CharField(_("kind of insurance"), max_length=4, choices=Scheme, blank=True)
    number = models.CharField(_("card or book number"), max_length=15, blank=True)
    month_from = MonthColumn(_("from month"), null=True, blank=True)
    month_to = MonthColumn(_("to month"), null=True, blank=True)
    premium_month = MoneyColumn(_("premium of a month (đồng)"), null=True, blank=True)
    income_chosen = MoneyColumn(
        _("income the premium is reckoned from (đồng)"),
        null=True,
        blank=True,
        help_text=_("BHXH only: the monthly income that was chosen."),
    )

    class Meta:
        verbose_name = _("insurance detail")
        verbose_name_plural = _("insurance details")
        constraints = [
            _months_in_order("insurance"),
            *_money_rule("insurance", "premium_month", "income_chosen"),
        ]

    def clean(self):
        whole_months(self)
        self.number = check_insurance_number(self.number, self.scheme)

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        paid, due = sum(line.amount or 0 for line in funding), self.premium
        if due is not None and paid > due:
            found["premium_month"] = [_("The sources pay more than the premium of these months; check both.")]
        if self.income_chosen is not None and self.scheme == Scheme.HEALTH:
            found["income_chosen"] = [_("An income is chosen for BHXH only; leave it empty for BHYT.")]
        return found

    @property
    def months(self) -> int | None:
        return months_between(self.month_from, self.month_to) if self.month_from and self.month_to else None

    @property
    def premium(self) -> int | None:
        """Of all the months."""
        return self.months * self.premium_month if self.months and self.premium_month else None

    @property
    def masked_number(self) -> str:
        return mask(self.number)


def mask(number: str) -> str:
    """Only the last three characters, as of personal numbers."""
    return f"{'•' * (len(number) - 3)}{number[-3:]}" if number else ""


def check_insurance_number(text: str, scheme: str) -> str:
    """The number without spaces and dots; raises ValidationError where it cannot be one.

    BHXH: 10 digits. A BHYT card: two letters, a digit and 12 digits more, or the 10 digits alone of newer cards.
    """
    number = "".join(text.split()).replace(".", "").replace("-", "").upper()
    if not number:
        return ""
    digits = number.isascii() and number.isdigit()
    long_card = len(number) == 15 and number.isascii() and number[:2].isalpha() and number[2:].isdigit()
    if (digits and len(number) == 10) or (long_card and scheme != Scheme.SOCIAL):
        return number
    if scheme == Scheme.SOCIAL:
        raise ValidationError({"number": _("A BHXH number has 10 digits.")})
    raise ValidationError({"number": _("A BHYT card number has 15 characters (HN2…), or 10 digits on newer cards.")})


# --- health, gifts, relief ------------------------------------------------------------------


class HealthDetail(ActionDetail):
    """An examination. What the medicines are worth is told here; that somebody paid for them, on a funding line."""

    campaign = models.CharField(_("round of examinations"), max_length=200, blank=True)
    visits = models.PositiveIntegerField(_("visits"), null=True, blank=True)
    medicines_value = MoneyColumn(_("value of medicines (đồng)"), null=True, blank=True)
    device = models.CharField(_("medical device"), max_length=100, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("health detail")
        verbose_name_plural = _("health details")
        constraints = [
            models.CheckConstraint(
                condition=Q(visits=None) | Q(visits__gte=1, visits__lte=10_000_000),
                name="health_visits_plausible",
                violation_error_code="visits",
                violation_error_message=_("Give at least one visit, or leave the field empty."),
            ),
            *_money_rule("health", "medicines_value"),
        ]


class GiftDetail(ActionDetail):
    """Whether cash or goods were given follows from the nature of the funding lines."""

    needed: ClassVar = {"occasion": _("Choose the occasion of the gift.")}

    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion, blank=True)
    goods = models.CharField(_("what goods"), max_length=200, blank=True)
    donor = models.CharField(_("donor"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("gift detail")
        verbose_name_plural = _("gift details")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if self.goods and not any(line.nature == Nature.IN_KIND for line in funding):
            found["goods"] = [_("Goods are named, but no line is in kind; correct who paid.")]
        return found


class ReliefDetail(ActionDetail):
    """Emergency and Covid relief: what happened, and in which of the decree's forms help was given."""

    event = models.CharField(
        _("event"), max_length=200, blank=True, help_text=_("For example: house fire, accident, Covid quarantine.")
    )
    event_on = models.DateField(_("day of the event"), null=True, blank=True)
    form_of_help = models.CharField(_("form of help"), max_length=8, choices=ReliefForm, blank=True)

    class Meta:
        verbose_name = _("relief detail")
        verbose_name_plural = _("relief details")

    def clean(self):
        no_future(self, "event_on")

    def problems(self, action, funding, *, strict):
        found = super().problems(action, funding, strict=strict)
        if strict and action.policy.category == Category.EMERGENCY and not self.event:
            found["event"] = [_("Say what happened.")]
        return found


# --- allowances, livelihoods, employment ----------------------------------------------------


class AssistanceDetail(ActionDetail):
    """A monthly social allowance: the standard amount times a coefficient, for some months, or until further notice."""

    needed: ClassVar = {"group": _("Choose the group by article 5 of NĐ 20/2021/NĐ-CP.")}

    group = models.CharField(_("group that is paid"), max_length=1, choices=AllowanceGroup, blank=True)
    coefficient = CoefficientField(_("coefficient"), null=True, blank=True, help_text=_("In tenths: 15 is 1.5."))
    month_from = MonthColumn(_("from month"), null=True, blank=True)
    month_to = MonthColumn(_("to month"), null=True, blank=True)

    class Meta:
        verbose_name = _("allowance detail")
        verbose_name_plural = _("allowance details")
        constraints = [
            models.CheckConstraint(
                condition=Q(coefficient=None) | Q(coefficient__gte=10, coefficient__lte=50),
                name="assistance_coefficient_plausible",
                violation_error_code="coefficient",
                violation_error_message=_("The coefficient lies between 1 and 5; check the decimal comma."),
            ),
            _months_in_order("assistance"),
        ]

    def clean(self):
        whole_months(self)

    @property
    def months(self) -> int | None:
        return months_between(self.month_from, self.month_to) if self.month_from and self.month_to else None


class LivelihoodDetail(ActionDetail):
    """A model that is to feed the household. What it brought stands in the action's income gained."""

    model = models.CharField(_("livelihood model"), max_length=200, blank=True)
    materials = models.CharField(_("what was given for it"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("livelihood detail")
        verbose_name_plural = _("livelihood details")


class EmploymentDetail(ActionDetail):
    """Training for a trade, and whether work came of it."""

    trade = models.CharField(_("trade"), max_length=200, blank=True)
    trained_by = models.CharField(_("trained by"), max_length=200, blank=True)
    work_after = models.CharField(_("work after the training"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("employment detail")
        verbose_name_plural = _("employment details")


# --- what several kinds check ---------------------------------------------------------------


def whole_months(detail: models.Model) -> None:
    """Take every day as the first of its month; raises ValidationError where the year is none of ours."""
    for name in ("month_from", "month_to"):
        month = getattr(detail, name)
        if month and not date(2015, 1, 1) <= month <= date(2100, 1, 1):
            raise ValidationError({name: _("Check the year.")})
        if month:
            setattr(detail, name, month.replace(day=1))


def no_future(detail: models.Model, *names: str) -> None:
    """Check days as those of the action are checked; all wrong ones at once."""
    found = {}
    for name in names:
        try:
            SupportAction(period_from=getattr(detail, name)).clean()
        except ValidationError as error:
            found[name] = error.error_dict["period_from"]
    if found:
        raise ValidationError(found)


# --- which kind has which -------------------------------------------------------------------

DETAILS: dict[str, type[ActionDetail]] = {
    Category.TUITION: TuitionDetail,
    Category.LOANS: LoanDetail,
    Category.HOUSING: HousingDetail,
    Category.INSURANCE: InsuranceDetail,
    Category.HEALTH: HealthDetail,
    Category.GIFTS: GiftDetail,
    Category.EMERGENCY: ReliefDetail,
    Category.COVID: ReliefDetail,
    Category.ASSISTANCE: AssistanceDetail,
    Category.LIVELIHOOD: LivelihoodDetail,
    Category.EMPLOYMENT: EmploymentDetail,
}
RELATED_NAMES = tuple(dict.fromkeys(model._meta.model_name for model in DETAILS.values()))


def detail_of(action: SupportAction) -> ActionDetail | None:
    """The action's detail, of the kind its policy is of; one query where it was not loaded with the action."""
    model = DETAILS.get(action.policy.category)
    return getattr(action, model._meta.model_name, None) if model and action.pk else None
