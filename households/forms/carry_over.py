"""The sheet of a whole ward: one row a household with last year's class, and what the officer answers.

The browser sends few fields a row (a class, a number of persons, seldom a reason or whose answer stands), and in
one field what the page showed: `opened`. So untouched rows are told from answers, and an answer given on top
of somebody else's is told from one that is not. A thousand Django forms would be slow; the rows are read by hand.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.context import FIRST_YEAR
from accounts.models import AuditEvent, User
from accounts.services import claim_submission
from households.carry_over import Answer, BadAnswers, carry_over, inherited, last_years
from households.codes import Classification
from households.judging import differs
from households.models import Household, PovertyStandard, PovertyStatus
from households.strip import movement_of, square, tag, title_without_status, years_on_record
from wards.fields import CleanCharField, CountField, DayField
from wards.models import Ward

FOLLOWED, NEW, EVERYBODY = "followed", "new", "all"
THEIRS, MINE = "theirs", "mine"
STRIP = 4  # years shown before last year
_INCOMPLETE = gettext_lazy("Part of this sheet was lost on its way. Open the page again; copy what you typed first.")
_OPENED = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})\.(N|CN|KK|K|-)\.([0-9]{1,3})(!?)")
_persons = CountField(min_value=1, max_value=50)


class CarryOverForm(forms.Form):
    """The head of the sheet: what holds for all rows answered."""

    submission_key = forms.UUIDField(widget=forms.HiddenInput)
    opened = forms.CharField(widget=forms.HiddenInput, required=False, strip=False)
    reviewed_on = DayField(label=gettext_lazy("Reviewed on"), required=False)
    decision_number = CleanCharField(label=gettext_lazy("Decision number"), required=False, max_length=60)
    decision_date = DayField(label=gettext_lazy("Decision date"), required=False)
    for_judged = forms.BooleanField(
        label=gettext_lazy("Write the decision also for households judged already that have none"), required=False
    )
    copied = forms.BooleanField(
        label=gettext_lazy("Copy scores and deprivations from last year's sheet where the class stays the same"),
        required=False,
    )


@dataclass
class Row:
    """A household on the sheet: what is on record, and what was answered."""

    household: Household
    last: PovertyStatus | None
    now: PovertyStatus | None
    strip: SafeString
    proposed: str  # what this year's standard makes of the inputs on record
    version: int = 0
    shown: str = ""  # the class and the persons that the page showed
    shown_persons: int = 0
    answer: str = ""
    persons: str = ""
    reason: str = ""
    take: str = ""
    conflict: bool = False
    by: str = ""
    errors: list[str] = field(default_factory=list)
    bad: str = ""  # the field that the errors are about

    def __post_init__(self):
        self.version = self.household.version
        self.shown = self.on_record
        self.shown_persons = self.persons_on_record
        self.answer, self.persons = self.shown, str(self.shown_persons)
        self.reason = self.now.differs_because if self.now else ""

    @property
    def pk(self) -> int:
        return self.household.pk

    @property
    def on_record(self) -> str:
        return self.now.classification if self.now else ""

    @property
    def persons_on_record(self) -> int:
        return self.now.persons if self.now else max(self.household.size, 1)

    @property
    def as_last_year(self) -> str:
        return self.last.classification if self.last else ""

    @property
    def last_tag(self) -> dict:
        return tag(self.last)

    @property
    def now_tag(self) -> dict:
        return tag(self.now)

    @property
    def elsewhere(self) -> bool:
        """Judged this year while it lived in another ward: only its full sheet changes that."""
        return self.now is not None and self.now.ward_id != self.household.ward_id

    @property
    def opened(self) -> str:
        return f"{self.pk}.{self.version}.{self.shown or '-'}.{self.shown_persons}{'!' if self.conflict else ''}"

    @property
    def is_answered(self) -> bool:
        """The officer gave an answer, or changed one."""
        return self.answer != self.shown or self.persons.strip() != str(self.shown_persons)

    @property
    def may_need_reason(self) -> bool:
        return bool(self.proposed) and (self.now is not None or differs(self.as_last_year, self.proposed))

    @property
    def proposed_label(self) -> str:
        return str(Classification(self.proposed).label)

    def refuse(self, name: str, message: str) -> None:
        self.errors.append(message)
        self.bad = self.bad or name


class CarryOver:
    """The sheet, empty or as it was sent. `households` are those of the ward that this person may see."""

    def __init__(
        self,
        *,
        households: QuerySet[Household],
        ward: Ward,
        year: int,
        standard: PovertyStandard,
        which: str = FOLLOWED,
        group: int | None = None,
        data: QueryDict | None = None,
        initial: dict | None = None,
    ):
        self.ward, self.year, self.standard = ward, year, standard
        self.data = data
        initial = {"submission_key": uuid4, **(initial or {})}
        self.form = CarryOverForm(data, initial=initial, use_required_attribute=False)
        self.gone: list[int] = []
        sent = self._sent() if data is not None else {}
        self.rows = self._read(households, which, group, sent)
        if data is not None:
            self._fill(sent)

    # --- what is on record ---

    def _read(self, households: QuerySet[Household], which: str, group: int | None, sent: dict) -> list[Row]:
        listed = _wanted(households, self.ward, self.year, self.standard.level, which)
        if group:
            listed = listed.filter(residential_group=group)
        if sent:
            here = households.present().living_in([self.ward], self.year)
            listed = here.filter(Q(pk__in=listed.values("pk")) | Q(pk__in=sent))
        found = list(listed.with_head().with_size().select_related("residential_group"))
        found.sort(key=_by_group_and_head)
        keys = [household.pk for household in found]
        level = self.standard.level
        last = last_years(keys, self.year, level)
        of_year = PovertyStatus.objects.filter(household__in=keys, year=self.year, standard=self.standard)
        now = {status.household_id: status for status in of_year}
        self.inherited = inherited(last, self.standard, self.year, self.ward)
        strips = _strips(keys, self.year, level)
        for status in (*last.values(), *now.values()):
            status.standard = self.standard  # the same level; only that is drawn
        return [
            Row(
                household,
                last.get(household.pk),
                now.get(household.pk),
                strips(household.pk),
                self._proposed(household.pk, now.get(household.pk)),
            )
            for household in found
        ]

    def _proposed(self, pk: int, now: PovertyStatus | None) -> str:
        if now:
            return now.proposed
        return self.inherited[pk].judgement.proposed if pk in self.inherited else ""

    # --- what was sent ---

    def _sent(self) -> dict[int, re.Match]:
        opened = self.data.get("opened", "")
        sent = [_OPENED.fullmatch(part) for part in opened.split(",") if opened]
        self.is_whole = all(sent)
        return {int(match[1]): match for match in sent} if self.is_whole else {}

    def _fill(self, sent: dict[int, re.Match]) -> None:
        here = {row.pk: row for row in self.rows}
        for number, (pk, match) in enumerate(sent.items(), 1):
            if pk in here:
                self._fill_row(here[pk], match)
            elif self.data.get(f"c{pk}", "") != _shown(match):
                self.gone.append(number)

    def _fill_row(self, row: Row, match: re.Match) -> None:
        """The answer as typed; where somebody judged the household meanwhile, both stand side by side."""
        shown, shown_persons = _shown(match), int(match[4])
        if row.elsewhere:
            return
        typed = self.data.get(f"c{row.pk}", "")
        persons = self.data.get(f"p{row.pk}", str(shown_persons))[:9]
        answered = typed != shown or persons.strip() != str(shown_persons)
        conflict = bool(match[5])
        if not answered and not conflict:
            return  # untouched: as it is on record today
        if persons.strip() == str(shown_persons) and not conflict:
            persons = str(row.persons_on_record)  # counted, not typed
        row.answer = typed if typed in Classification.values else ""
        row.persons, row.reason = persons, self.data.get(f"r{row.pk}", "")
        row.take = self.data.get(f"t{row.pk}", "") if conflict else ""
        moved_on = int(match[2]) != row.version and (row.on_record, row.persons_on_record) != (shown, shown_persons)
        same_now = (row.answer, row.persons) == (row.on_record, str(row.persons_on_record))
        if row.now and moved_on and not same_now:
            row.conflict, row.take = True, ""
        elif conflict:
            row.conflict = True

    def fill_as_last_year(self) -> int:
        """Answer all rows that have none with last year's class; nothing is saved."""
        filled = [row for row in self.rows if not row.answer and row.as_last_year and not row.elsewhere]
        for row in filled:
            row.answer = row.as_last_year
        return len(filled)

    # --- checking and saving ---

    def is_valid(self) -> bool:
        if (not self.form.is_valid() and {"submission_key", "opened"} & set(self.form.errors)) or not self.is_whole:
            self.form.add_error(None, _INCOMPLETE)
        for number in self.gone:
            message = _("Row %(number)d: this household no longer lives in the ward; it is off the list. Save again.")
            self.form.add_error(None, message % {"number": number})
        for row in self.rows:
            self._check(row)
        return self.form.is_valid() and not self.bad_rows

    def _check(self, row: Row) -> None:
        if row.conflict and row.take not in {THEIRS, MINE}:
            row.refuse("t", _("Somebody else judged this household. Choose whose answer stands."))
            return
        if row.take == THEIRS or not row.is_answered:
            return
        if not row.answer:
            row.refuse("c", _("The number of persons was changed. Choose the class too."))
        try:
            _persons.clean(row.persons)
        except ValidationError as error:
            row.refuse("p", _("Persons: %(message)s") % {"message": " ".join(error.messages)})
        if len(row.reason) > 300:
            row.refuse("r", _("Reason: at most 300 characters."))

    def save(self, *, by: User, result: str) -> int:
        """Save in the caller's transaction; the number of households written.

        Raises AlreadySubmitted, StaleAnswers where somebody saved at this very moment, BadAnswers with the rows marked.
        """
        head = self.form.cleaned_data
        submission = claim_submission(by=by, key=head["submission_key"])
        try:
            written = carry_over(
                by=by,
                ward=self.ward,
                year=self.year,
                standard=self.standard,
                answers=list(self.answers()),
                reviewed_on=head["reviewed_on"],
                decision_number=head["decision_number"],
                decision_date=head["decision_date"],
            )
        except BadAnswers as bad:
            for row in self.rows:
                if row.pk in bad.rows:
                    self._refuse(row, bad.rows[row.pk])
            raise
        submission.result = result
        submission.save()
        return len(written)

    def answers(self) -> Iterable[Answer]:
        head = self.form.cleaned_data
        for row in self.rows:
            if row.elsewhere:
                continue
            answered = row.is_answered and row.take != THEIRS
            decided = head["for_judged"] and head["decision_number"] and row.now and not row.now.decision_number
            if answered:
                persons, reason = _persons.clean(row.persons), row.reason.strip()
                yield Answer(row.pk, row.version, row.answer, persons, reason, copied=head["copied"])
            elif decided:
                yield Answer(row.pk, row.version, row.now.classification, row.now.persons, row.now.differs_because)

    def _refuse(self, row: Row, error: ValidationError) -> None:
        name = "r" if "differs_because" in getattr(error, "error_dict", {}) else "c"
        for message in error.messages:
            row.refuse(name, message)

    # --- for the page ---

    @property
    def head_fields(self) -> list[forms.BoundField]:
        return [self.form[name] for name in ("reviewed_on", "decision_number", "decision_date")]

    @property
    def head_ticks(self) -> list[forms.BoundField]:
        return [self.form[name] for name in ("copied", "for_judged")]

    @property
    def opened(self) -> str:
        return ",".join(row.opened for row in self.rows)

    @property
    def bad_rows(self) -> list[Row]:
        return [row for row in self.rows if row.errors]

    @property
    def conflicts(self) -> list[Row]:
        return [row for row in self.rows if row.conflict and not row.take]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong, each with the field to go to, in the order of the sheet."""
        found = [("", message) for message in self.form.non_field_errors()]
        for name in self.form.errors:
            if name in self.form.fields and not self.form[name].is_hidden:
                about = self.form[name]
                found += [(about.id_for_label, f"{about.label}: {message}") for message in about.errors]
        for number, row in enumerate(self.rows, 1):
            who = f"{number}. {row.household.head_name or row.household.code} ({row.household.code})"
            found += [(f"{row.bad}{row.pk}", f"{who}: {message}") for message in row.errors]
        return found

    @property
    def answered(self) -> int:
        return sum(1 for row in self.rows if row.answer)

    @property
    def left(self) -> int:
        return len(self.rows) - self.answered


def name_savers(rows: list[Row]) -> None:
    """Say for each of these rows who saved it last; one query."""
    label = Household._meta.label_lower
    events = AuditEvent.objects.filter(subject=label, subject_id__in=[row.pk for row in rows], model=label)
    actors = dict(events.order_by("id").values_list("subject_id", "actor"))
    names = {user.username: str(user) for user in User.objects.filter(username__in=set(actors.values()))}
    for row in rows:
        actor = actors.get(row.pk, "")
        row.by = names.get(actor, actor)


def _wanted(households: QuerySet[Household], ward: Ward, year: int, level: str, which: str) -> QuerySet[Household]:
    """Those followed or judged; and on demand those never judged before this year, or everybody of the ward."""
    if which == EVERYBODY:
        return households.present().living_in([ward], year)
    followed = households.to_review(ward, year, level)
    if which != NEW:
        return followed
    before = PovertyStatus.objects.at_level(level).filter(household=OuterRef("pk"), year__lt=year)
    return households.present().living_in([ward], year).filter(Q(pk__in=followed.values("pk")) | ~Exists(before))


def _by_group_and_head(household: Household) -> tuple:
    group = household.residential_group
    return (group is None, group.number if group else 0, household.head_sort_key or "", household.code)


def _shown(match: re.Match) -> str:
    return "" if match[3] == "-" else match[3]


@dataclass
class _Year:
    """As much of a status as a square of the year strip needs."""

    year: int
    classification: str
    arrived: bool
    standard: PovertyStandard
    decision_number: str = ""
    b1 = b2 = income = None  # many households share a square: it tells the class alone


def _strips(households: list[int], year: int, level: str):
    """The years before last year, each a small square: a function from a household to its strip.

    Drawn once for each kind of square, not once for each household and year.
    """
    years = range(max(FIRST_YEAR, year - 1 - STRIP), year - 1)
    standards = PovertyStandard.objects.filter(level=level).in_bulk()
    past: dict[int, list[_Year]] = {pk: [] for pk in households}
    statuses = PovertyStatus.objects.at_level(level).filter(household__in=households, year__lt=year).with_arrival()
    read = statuses.order_by("year", "standard__from_year").values_list(
        "household", "year", "classification", "arrived", "standard"
    )
    for pk, *values, standard in read:
        past[pk].append(_Year(*values, standards[standard]))
    known = years_on_record(level, range(FIRST_YEAR - 1, year)) if years else set()
    drawn: dict[tuple, SafeString] = {}

    def draw(each: int, status: _Year | None, movement: str | None) -> SafeString:
        key = (each, status and status.classification, movement)
        if key not in drawn:
            shape = square(status, movement) if status else {"code": "unknown", "letter": "·", "title": title_without_status(each)}  # fmt: skip
            drawn[key] = format_html(
                '<li><span class="sq sq-{}" title="{}"><span aria-hidden="true">{}</span>'
                '<span class="visually-hidden">{}</span></span></li>',
                shape["code"], shape["title"], shape["letter"], shape["title"],
            )  # fmt: skip
        return drawn[key]

    def strip(pk: int) -> SafeString:
        history = past[pk]
        by_year = {status.year: status for status in history}
        squares = (
            draw(each, by_year.get(each), movement_of(by_year[each], history, known) if each in by_year else None)
            for each in years
        )
        return mark_safe("".join(squares))

    return strip
