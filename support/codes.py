"""Code lists of support. Units never mix: each is a measure of its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Category(models.TextChoices):
    """Six kinds of support of the programme, then emergency and Covid relief, then three that it names in words."""

    TUITION = "education", _("tuition")
    LOANS = "loans", _("loans")
    HOUSING = "housing", _("housing")
    INSURANCE = "insurance", _("insurance")
    HEALTH = "health", _("health")
    GIFTS = "gifts", _("gifts")
    EMERGENCY = "emergency", _("emergency relief")
    COVID = "covid_relief", _("Covid relief")
    ASSISTANCE = "social_assistance", _("social assistance")
    LIVELIHOOD = "livelihood", _("livelihood")
    EMPLOYMENT = "employment", _("employment")


class Nature(models.TextChoices):
    """Money is of three natures, never summed together."""

    GRANT = "grant", _("grant")
    IN_KIND = "in_kind", _("in kind")
    LOAN = "loan", _("loan")


class Qualifier(models.TextChoices):
    """How sure a number is. “Gần” says the value is an upper bound, “trên” a lower one."""

    EXACT = "exact", _("exact")
    NEAR = "near", _("nearly")
    OVER = "over", _("over")
    ABOUT = "about", _("about")


class Thing(models.TextChoices):
    """What is handed over and counted by itself."""

    HOUSE = "house", _("houses")
    COMPUTER = "computer", _("computer sets")
    DEVICE = "device", _("electronic devices")
    CARD = "card", _("cards")
    GIFT = "gift", _("gifts")
    OTHER = "other", _("other things")


class BeneficiaryGroup(models.TextChoices):
    """Whom the help was meant for, as the decision names them."""

    POOR = "poor", _("poor households")
    NEAR_POOR = "near_poor", _("near-poor households")
    HARDSHIP = "hardship", _("households in hardship")
    ESCAPED = "escaped", _("households that left poverty")
    DISABLED = "disabled", _("people with disabilities")
    MEMBERS = "members", _("members of unions and associations")
    ALL_PUPILS = "all_pupils", _("all pupils")
    OTHER = "other", _("other")


class SourceGroup(models.TextChoices):
    BUDGET = "ngan_sach", _("budget")
    FUND = "quy_vi_nguoi_ngheo", _("Fund “For the poor”")
    DONORS = "xa_hoi_hoa", _("mobilised from society")
    CREDIT = "tin_dung", _("credit")
    OTHER = "khac", _("other")


class DonorKind(models.TextChoices):
    STATE = "state", _("state body")
    BUSINESS = "business", _("business")
    ORGANISATION = "organisation", _("organisation or association")
    PERSON = "person", _("person")
    COMMUNITY = "community", _("collection among the people")


def combined_qualifier(qualifiers) -> str | None:
    """How sure a sum is whose parts are this sure; None when all are exact.

    Upper bounds add up to an upper bound and lower to a lower; a mixture bounds nothing and is “about”.
    """
    inexact = set(qualifiers) - {Qualifier.EXACT, "", None}
    if not inexact:
        return None
    return inexact.pop() if len(inexact) == 1 else Qualifier.ABOUT
