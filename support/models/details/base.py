"""What the details of all kinds have in common, and what several of them check."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from support.models.action import FundingLine, SupportAction
from support.models.policy import SupportPolicy

LARGEST_SUM = 10**11  # đồng; a fee, a premium or a house above a hundred billion is a typing slip
Problems = dict[str, list]


def _plausible(name: str) -> Q:
    return Q(**{name: None}) | Q(**{f"{name}__gte": 1, f"{name}__lte": LARGEST_SUM})


def money_rule(model: str, *names: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(
            condition=_plausible(name),
            name=f"{model}_{name}_plausible",
            violation_error_code=name,
            violation_error_message=_("The amount must lie between 1 and 100 billion đồng; leave it empty if unknown."),
        )
        for name in names
    ]


def months_in_order(model: str) -> models.CheckConstraint:
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


def known_sum(funding: Iterable[FundingLine]) -> int | None:
    """The sum of the lines; None where one of them is not known to the đồng."""
    amounts = [line.amount for line in funding]
    return None if None in amounts else sum(amounts)


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
