"""Families."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import WardScopedQuerySet
from households.codes import Classification, Closing, Happening, Relation
from wards.models import ResidentialGroup, Ward
from wards.succession import place_before
from wards.text import fold


def place_in_words(group: ResidentialGroup | None, address: str) -> str:
    """Address and group, the group once: many write it into the address."""
    name = group.name if group else ""
    if name.lower() in address.lower():
        return address
    return ", ".join(part for part in (address, name) if part)


class HouseholdQuerySet(WardScopedQuerySet):
    def present(self):
        """Households that still exist in the district."""
        return self.filter(closed_on=None)

    def with_head(self):
        """Add `head_name` and `head_sort_key`; the one-head rule keeps the join from repeating a household."""
        is_head = Q(members__relation=Relation.HEAD, members__left_on=None)
        return self.annotate(head=FilteredRelation("members", condition=is_head)).annotate(
            head_name=F("head__name"), head_sort_key=F("head__sort_key")
        )

    def with_size(self):
        """Add `size`: persons who belong to the household today."""
        from households.models.member import Member

        present = Member.objects.filter(household=OuterRef("pk"), left_on=None).order_by()
        counted = present.values("household").annotate(size=models.Count("pk")).values("size")
        return self.annotate(size=models.functions.Coalesce(Subquery(counted), 0))

    def search(self, text: str):
        """Households with a member, a code or an address like this; diacritics and tone placement do not matter.

        A code that a reorganisation of wards took from a household still finds it.
        """
        from households.models.life import LifeEvent
        from households.models.member import Member

        key = fold(text)
        if not key:
            return self
        by_member = Member.objects.filter(household=OuterRef("pk")).filter(Q(name_key__contains=key) | Q(id_number=key))
        by_old_code = LifeEvent.objects.filter(
            household=OuterRef("pk"), kind=Happening.REORGANISED, undoing__code__iexact=text.strip()
        )
        return self.filter(
            Exists(by_member) | Q(code__iexact=text.strip()) | Exists(by_old_code) | Q(address_key__contains=key)
        )

    def classified(self, year: int, level: str, classifications):
        """Households of these classes in the year by the standard in force at this level."""
        from households.models.status import PovertyStatus

        statuses = PovertyStatus.objects.official().filter(
            household=OuterRef("pk"), year=year, standard__level=level, classification__in=classifications
        )
        return self.filter(Exists(statuses))

    def living_in(self, wards, year: int):
        """Households that live in these wards at the end of the year, as far as is on record."""
        from households.models.life import Residence

        homes = Residence.objects.on(date(year, 12, 31)).filter(household=OuterRef("pk"), ward__in=wards)
        return self.filter(Exists(homes))

    def to_review(self, ward: Ward, year: int, level: str = "city"):
        """Households that the ward judges in the year: poor, near-poor or in hardship a year before, or judged already.

        By the standards in force at the level. The class of the year before counts wherever it was given; who
        moved away after the year's end is still judged for the ward that they lived in.
        """
        from households.models.status import PovertyStatus

        of_household = PovertyStatus.objects.at_level(level).filter(household=OuterRef("pk"))
        followed = of_household.filter(year=year - 1).exclude(classification=Classification.NOT_POOR)
        judged = of_household.filter(year=year)
        return self.present().living_in([ward], year).filter(Exists(followed) | Exists(judged))


class Household(models.Model):
    """A family that the programme follows, in the ward where it lives today."""

    audited = True
    audit_ignored = ("address_key",)

    code = models.CharField(
        _("household code"), max_length=20, help_text=_("Leave empty and the next number of the ward is given.")
    )
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="households", verbose_name=_("ward"))
    residential_group = models.ForeignKey(
        ResidentialGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="households",
        verbose_name=_("residential group"),
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    address_key = models.CharField(max_length=200, blank=True, editable=False)
    phone = models.CharField(_("telephone"), max_length=20, blank=True)
    has_merit = models.BooleanField(_("family of people with merit (người có công)"), default=False)
    lacks_labour = models.BooleanField(_("no member able to work"), default=False)
    on_social_protection = models.BooleanField(_("social protection (bảo trợ xã hội)"), default=False)
    note = models.TextField(_("note"), blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    closed_as = models.CharField(_("closed because"), max_length=12, choices=Closing, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged_from",
        verbose_name=_("merged into"),
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["ward", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["ward", "code"],
                name="household_code_unique_in_ward",
                violation_error_message=_("Another household of this ward has this code."),
            ),
            models.CheckConstraint(
                condition=Q(closed_on=None, closed_as="") | (Q(closed_on__isnull=False) & ~Q(closed_as="")),
                name="household_closed_with_a_reason",
                violation_error_message=_("Say when and why the household was closed."),
            ),
        ]
        permissions = [("reveal_member", _("Can show personal numbers in full"))]

    def __str__(self) -> str:
        return self.code

    def save(self, *args, **kwargs):
        self.prepare()
        super().save(*args, **kwargs)

    def prepare(self) -> "Household":
        """Fill the search key; bulk loaders call it themselves."""
        self.address_key = fold(self.address)
        return self

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None

    def closed_in(self, year: int) -> date | None:
        """The day on which it was closed, where that lies in the year."""
        return self.closed_on if self.closed_on and self.closed_on.year == year else None

    @property
    def closed_in_words(self) -> str:
        """“closed on 05/03/2025: left the district”; nothing for a household that still is."""
        if not self.is_closed:
            return ""
        return gettext("closed on %(day)s: %(why)s") % {
            "day": f"{self.closed_on:%d/%m/%Y}",
            "why": self.get_closed_as_display(),
        }

    @property
    def closed_notice(self) -> str:
        """What an officer is told who wants to record more about a closed household."""
        text = gettext("Household %(code)s: %(closed)s. Nothing that comes after is recorded for it.")
        text %= {"code": self.code, "closed": self.closed_in_words}
        if self.closed_as == Closing.LEFT:
            text += " " + gettext(
                "Where it came back, enter it anew and record that it moved in from outside the district."
            )
        return text

    def refuse_after_closing(self, day: date | None = None) -> None:
        """Raise ValidationError where the household was closed before the day; without a day, where it is closed."""
        if self.is_closed and (day is None or day > self.closed_on):
            raise ValidationError(self.closed_notice, code="closed_household")

    def ward_on(self, day: date | None) -> Ward | None:
        """The ward it lived in on a day: today's without a day, None where it was not yet one of the district's.

        Entered late into a ward that began after the day, it lived where that place lay then; None where nobody
        has said where that was. Uses residences that were prefetched with their wards.
        """
        place = self.place_on(day)
        return place and place[0]

    def place_on(self, day: date | None) -> tuple[Ward, int | None] | None:
        """The same with the key of its residential group."""
        home = self if day is None else self._home_on(day)
        if home is None or day is None or home.ward.valid_from <= day:
            return home and (home.ward, home.residential_group_id)
        place = place_before(home.ward, home.residential_group, day)
        return place and (place[0], place[1] and place[1].pk)

    def _home_on(self, day: date):
        """Its residence on the day; the household itself where none is on record."""
        prefetched = "residences" in getattr(self, "_prefetched_objects_cache", {})
        homes = self.residences.all() if prefetched else self.residences.select_related("ward")
        lived = [home for home in homes if home.since is None or home.since <= day]
        return lived[-1] if lived else None if homes else self

    def ward_in(self, year: int) -> Ward:
        """The ward in which its class of a year counts: where it lived at the year's end, today's for a year under way."""
        return self.ward_on(date(year, 12, 31)) or self.ward

    def require_ward_on(self, day: date) -> Ward:
        """`ward_on`; raises ValidationError where it was not yet formed or in the district, or nobody knows where."""
        if ward := self.ward_on(day):
            return ward
        told = {"code": self.code, "day": f"{day:%d/%m/%Y}"}
        if home := self._home_on(day):
            told |= {"ward": home.ward, "began": f"{home.ward.valid_from:%d/%m/%Y}"}
            message = gettext(
                "Nobody has said where household %(code)s lived on %(day)s: %(ward)s began on %(began)s. "
                "Give the household a residential group that came from an earlier ward."
            )
        else:
            message = gettext("Household %(code)s was not yet living in the district, or not yet formed, on %(day)s.")
        raise ValidationError(message % told, code="not_yet")

    @property
    def place(self) -> str:
        return place_in_words(self.residential_group, self.address)

    @property
    def present_members(self) -> list:
        """Members who have not left, head first, then by age; from the prefetched set when there is one."""
        present = [member for member in self.members.all() if member.left_on is None]
        return sorted(present, key=lambda member: (member.relation != Relation.HEAD, member.birth_year or 9999))

    def class_in(self, year: int) -> str:
        """Class in a year by the city standard, “not poor” where none is recorded (uses prefetched statuses)."""
        for status in self.statuses.all():
            if status.year == year and status.standard.level == "city":
                return status.classification
        return Classification.NOT_POOR
