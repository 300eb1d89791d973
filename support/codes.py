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


class AttachmentKind(models.TextChoices):
    DECISION = "decision", _("decision")
    LIST = "list", _("signed list")
    HANDOVER = "handover", _("minutes of hand-over")
    VOUCHER = "voucher", _("voucher or receipt")
    BEFORE = "before", _("photo before")
    AFTER = "after", _("photo after")
    OTHER = "other", _("other paper")


class DonorKind(models.TextChoices):
    STATE = "state", _("state body")
    BUSINESS = "business", _("business")
    ORGANISATION = "organisation", _("organisation or association")
    PERSON = "person", _("person")
    COMMUNITY = "community", _("collection among the people")


# --- What each kind of help records ---------------------------------------------------------


class SchoolLevel(models.TextChoices):
    NURSERY = "nursery", _("nursery school")
    PRIMARY = "primary", _("primary school")
    LOWER = "lower", _("lower secondary school")
    UPPER = "upper", _("upper secondary school")
    CONTINUING = "continuing", _("continuing education")
    VOCATIONAL = "vocational", _("vocational school")


class LoanProgramme(models.TextChoices):
    """The two-digit codes are the Bank for Social Policies' own."""

    POOR = "01", _("01 poor households")
    NEAR_POOR = "19", _("19 near-poor households")
    ESCAPED = "09", _("09 households that left poverty")
    JOBS = "03", _("03 job creation")
    PUPILS = "02", _("02 pupils and students")
    WATER = "06", _("06 clean water and sanitation")
    HOUSING = "12", _("12 housing")
    TYM = "TYM", _("TYM microfinance")
    AID_FUND = "QTV", _("Capital Aid Fund for poor workers")
    OTHER = "other", _("another programme")


class InterestUnit(models.TextChoices):
    YEAR = "year", _("a year")
    MONTH = "month", _("a month")
    WEEK = "week", _("a week")


class RepaidEvery(models.TextChoices):
    """How often principal or interest is paid back by the contract."""

    WEEK = "week", _("every week")
    MONTH = "month", _("every month")
    QUARTER = "quarter", _("every quarter")
    YEAR = "year", _("every year")
    END = "end", _("at the end of the term")


class Entrusted(models.TextChoices):
    """The association that the lender entrusts with a savings and credit group."""

    WOMEN = "women", _("Women's Union")
    FARMERS = "farmers", _("Farmers' Union")
    VETERANS = "veterans", _("Veterans' Association")
    YOUTH = "youth", _("Youth Union")
    WORKERS = "workers", _("Federation of Labour")
    OTHER = "other", _("another body")


class MovementKind(models.TextChoices):
    """What moves on a loan. Interest is money too, but changes no balance."""

    DISBURSEMENT = "disbursement", _("disbursement")
    REPAYMENT = "repayment", _("repayment of principal")
    INTEREST = "interest", _("interest paid")
    WRITE_OFF = "write_off", _("principal written off")


class HouseWork(models.TextChoices):
    NEW = "new", _("new house")
    REPAIR = "repair", _("repair")
    TURNKEY = "turnkey", _("turnkey house")


class Scheme(models.TextChoices):
    HEALTH = "bhyt", _("health insurance (BHYT)")
    SOCIAL = "bhxh", _("social insurance (BHXH)")


class Occasion(models.TextChoices):
    TET = "tet", _("Tết")
    POOR_DAY = "17_10", _("17/10, Day for the poor")
    INVALIDS_DAY = "27_7", _("27/7, War Invalids and Martyrs Day")
    CHILDREN_DAY = "1_6", _("1/6, Children's Day")
    MID_AUTUMN = "mid_autumn", _("Mid-Autumn")
    OTHER = "other", _("another occasion")


class ReliefForm(models.TextChoices):
    """The six forms of emergency relief of NĐ 20/2021/NĐ-CP, chapter III."""

    FOOD = "food", _("food and necessities")
    INJURY = "injury", _("help to the badly injured")
    FUNERAL = "funeral", _("funeral costs")
    HOUSE = "house", _("building or repairing a house")
    CHILD = "child", _("emergency help to children")
    WORK = "work", _("jobs and production")


class AllowanceGroup(models.TextChoices):
    """Who is paid a monthly social allowance: NĐ 20/2021/NĐ-CP, article 5, in its order."""

    NO_PARENTS = "1", _("children under 16 without anybody to raise them")
    STUDYING = "2", _("such persons from 16 to 22 who still study")
    CHILD_HIV = "3", _("children with HIV of poor households")
    LONE_PARENT = "4", _("poor lone parents raising children")
    ELDERLY = "5", _("elderly people")
    DISABLED = "6", _("severely and most severely disabled people")
    SMALL_CHILD = "7", _("children under 3 of poor and near-poor households in the hardest areas")
    HIV = "8", _("people with HIV of poor households without a steady income")


class RatePer(models.TextChoices):
    """What a legal rate is counted by."""

    ONCE = "once", _("once")
    MONTH = "month", _("a month")
    YEAR = "year", _("a year")
    WEEK = "week", _("a week")


def combined_qualifier(qualifiers) -> str | None:
    """How sure a sum is whose parts are this sure; None when all are exact.

    Upper bounds add up to an upper bound and lower to a lower; a mixture bounds nothing and is “about”.
    """
    inexact = set(qualifiers) - {Qualifier.EXACT, "", None}
    if not inexact:
        return None
    return inexact.pop() if len(inexact) == 1 else Qualifier.ABOUT
