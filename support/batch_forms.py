"""The form of help for many: what holds for all of them once, and a row for each with a tick and an amount.

    BatchSheet.begun(recipients, user=…)          picked just now, all ticked
    BatchSheet.drawn_anew(request.POST, user=…)   as typed so far: another policy, other people, the sums reckoned anew
    BatchSheet.sent(request.POST, user=…)         to be saved: sheet.is_valid(), sheet.save(by=…)

The browser sends two fields a row, and in one field which rows the page showed: a box that is not ticked sends
nothing, and a thousand Django forms would be slow.
"""

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.services import claim_submission
from support import words
from support.batch import BadGifts, Gift, record_batch
from support.batch_pick import HOUSEHOLDS, MEMBERS, Key, Recipient, read_keys, recipients
from support.codes import Category, Nature
from support.forms.funding import funding_formset
from support.forms.help import HelpForm
from support.forms.kind_sheet import KindSheet
from support.models import FundingLine, PolicyRate, SupportAction, SupportBatch, SupportPolicy
from support.overlap import Overlap, overlaps
from support.paste import Pasted, read_amounts
from support.rates import Proposal, day_of_rate, proposal_of, rates_of, usual_lines
from support.sheet import NotToldYet, drafted_lines, typed_lines
from wards.fields import CleanCharField, clean_typed

LONGEST_NOTE, LONGEST_AMOUNTS = 500, 200
MOST_PROBLEMS = 20  # lines of the summary above the form; every row says its own

# What every record of the batch has alike.
_COMMON = (
    "policy", "things", "thing_unit", "period_from", "period_to", "implementing_body", "decision_number",
    "decision_date", "income_gain_from", "income_gain_to", "differs_because",
)  # fmt: skip


class BatchForm(HelpForm):
    """What holds for every row."""

    rows_year = forms.IntegerField(required=False, widget=forms.HiddenInput)
    rows_words = CleanCharField(required=False, widget=forms.HiddenInput)
    overlaps_seen = CleanCharField(required=False, widget=forms.HiddenInput)

    class Meta(HelpForm.Meta):
        help_texts = HelpForm.Meta.help_texts | {
            "beneficiary_group": gettext_lazy("Empty: each household's class by the list."),
            "things": gettext_lazy("For each row."),
            "note": gettext_lazy("It stands on each record."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # Arrows pass through other policies; the whole list is sent along, so wait for the one that is meant.
        self.fields["policy"].widget.attrs["hx-trigger"] = "change delay:250ms"

    def _policies(self) -> dict[str, SupportPolicy]:
        """A loan has a contract of its own and is recorded singly."""
        return {key: policy for key, policy in super()._policies().items() if not policy.repayable}


class PasteForm(forms.Form):
    """Rows copied from Excel, as they are."""

    pasted = forms.CharField(
        label=gettext_lazy("Rows copied from Excel"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocomplete": "off"}),
        help_text=gettext_lazy(
            "With or without the heading row. One column says who: household code, CCCD or full name. "
            "Amount and note are read too; other columns are left out."
        ),
        error_messages={"required": gettext_lazy("Nothing was pasted. Copy the rows in Excel and paste them here.")},
    )
    paste_for = forms.ChoiceField(
        label=gettext_lazy("Given to"),
        choices=[(HOUSEHOLDS, gettext_lazy("the household")), (MEMBERS, gettext_lazy("the person named in the row"))],
    )
    paste_year = forms.IntegerField(widget=forms.HiddenInput, min_value=1000, max_value=9999)


@dataclass
class Row:
    """One line of the list: whom it is for, and what was typed."""

    recipient: Recipient
    number: int
    ticked: bool = True
    amount: str = ""  # as typed; empty: what holds for all; of several sources “500.000 + 300.000”
    note: str = ""
    errors: list[str] = field(default_factory=list)
    overlaps: list[Overlap] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.recipient.key

    @property
    def own_amounts(self) -> list[int | None]:
        """For each line of who paid its own amount, or None where that of the line holds; as far as they can be read."""
        try:
            return read_amounts(self.amount)
        except ValidationError:
            return []


class BatchSheet:
    def __init__(self, form: BatchForm, funding, kind: KindSheet, rows: Sequence[Row], *, gone: Sequence[int] = ()):
        self.form, self.funding, self.kind, self.rows, self.gone = form, funding, kind, list(rows), list(gone)
        self.of_members = any(row.recipient.member for row in self.rows)
        self.of_wards = len({row.recipient.household.ward_id for row in self.rows}) > 1
        self.has_notes = any(row.note for row in self.rows)
        self.asks_why = False
        if self.kind.form:
            self.kind.form.fields.pop("number", None)  # a card is one person's

    # --- how it comes about ---

    @classmethod
    def begun(
        cls, found: Mapping[Key, Recipient], *, user, list_year: int, told: str, policy: SupportPolicy | None = None
    ) -> "BatchSheet":
        form = BatchForm(user=user, initial={"policy": policy.pk if policy else ""})
        form.initial |= {"rows_year": list_year, "rows_words": told}
        return cls(form, funding_formset(), _kind(form), _rows(found.values()))

    @classmethod
    def drawn_anew(
        cls, data: QueryDict, *, user, found: Mapping[Key, Recipient] | None = None, list_year: int = 0, told: str = ""
    ) -> "BatchSheet":
        """As typed so far; with other people where `found` says so."""
        typed = dict(data.items())
        if found is not None:
            typed |= {"rows_year": str(list_year), "rows_words": told}
        form = BatchForm(user=user, initial=typed)
        rows = _sent_rows(data, user)[0] if found is None else _rows(found.values())
        return cls(form, funding_formset(typed=typed_lines(typed)), _kind(form, typed=typed), rows)

    @classmethod
    def sent(cls, data: QueryDict, *, user) -> "BatchSheet":
        form = BatchForm(data, user=user)
        rows, gone = _sent_rows(data, user)
        return cls(form, funding_formset(data), _kind(form, data=data), rows, gone=gone)

    def fill_from(self, pasted: Pasted) -> None:
        """Amounts and notes as they were pasted; where one source pays all rows the same, it is the amount above."""
        by_key = {row.key: row for row in pasted.rows}
        amounts = {row.amount for row in pasted.rows}
        one_for_all = amounts.pop() if len(amounts) == 1 and len(self._drafted) < 2 else ""
        one_for_all = "" if "+" in one_for_all else one_for_all
        for row in self.rows:
            recipient = row.recipient
            of_row = by_key[recipient.household.pk, recipient.member.pk if recipient.member else None]
            row.amount, row.note = "" if one_for_all else of_row.amount, of_row.note
        if one_for_all:
            lines = [{name: row[name].value() or "" for name in row.fields} for row in self.funding]
            lines[0]["amount"] = one_for_all
            self.funding = funding_formset(typed=lines)
        self.has_notes = any(row.note for row in self.rows)

    # --- the legal rate ---

    @cached_property
    def rates(self) -> list[tuple[str, str]]:
        """What the law grants by the policy on the day, for each class among the rows: (class, rate in words)."""
        found: dict[str, list[str]] = {}
        for draft, proposal in self._proposals():
            found.setdefault(proposal.in_words, []).append(draft.get_beneficiary_group_display())
        return [(", ".join(filter(None, groups)), in_words) for in_words, groups in found.items() if in_words]

    @property
    def no_rate_on(self) -> date | None:
        """The day for which no rate is on record, of a policy that has rates of other days."""
        policy, day = self.form.chosen_policy, self.form.first_day
        if not (policy and day and self._rates) or self.rates:
            return None
        return day_of_rate(SupportAction(period_from=day), self.kind.form.draft() if self.kind.form else None)

    @cached_property
    def _rates(self) -> list[PolicyRate]:
        return rates_of(self.form.chosen_policy)

    def take_rates(self) -> None:
        """Put the proposed amounts on the lines; a class that is granted another amount gets it in its rows."""
        lines_of = {
            draft.beneficiary_group: usual_lines(draft, proposal)
            for draft, proposal in self._proposals()
            if proposal.shares
        }
        if not lines_of:
            return
        common = next(iter(lines_of.values()))
        typed = [
            {
                "source": str(line.source.pk) if line.source else "",
                "nature": line.nature,
                "amount": line.amount,
                "qualifier": "exact",
            }
            for line in common
        ]
        self.funding = funding_formset(typed=typed)
        for row in self.rows:
            own = lines_of.get(self._group(row), common)
            differs = [line.amount for line in own] != [line.amount for line in common]
            row.amount = _in_a_cell(own) if differs else ""

    def _group(self, row: Row) -> str:
        return str(self.form["beneficiary_group"].value() or "") or row.recipient.group

    def _proposals(self) -> list[tuple[SupportAction, Proposal]]:
        """What the law would grant, by a record as typed so far, for each class among the ticked rows."""
        policy, day = self.form.chosen_policy, self.form.first_day
        if not (policy and day):
            return []
        detail = self.kind.form.draft() if self.kind.form else None
        first_of = {self._group(row): row for row in reversed(self.ticked)}
        drafts = [
            SupportAction(policy=policy, household=row.recipient.household, period_from=day, beneficiary_group=group)
            for group, row in sorted(first_of.items(), key=lambda item: item[1].number)
        ]
        return [(draft, proposal) for draft in drafts if (proposal := proposal_of(draft, detail, self._rates))]

    # --- what is on record already ---

    def tell_overlaps(self, *, by) -> None:
        """Say at each row what it repeats of the help on record."""
        policy, day = self.form.chosen_policy, self.form.first_day
        if not (policy and day) or day > timezone.localdate():
            return
        detail = self.kind.form.draft() if self.kind.form else None
        drafts = [
            SupportAction(
                policy=policy,
                household=row.recipient.household,
                member=row.recipient.member,
                period_from=day,
                period_to=self.form.day_typed("period_to") or day,
            )
            for row in self.rows
        ]
        for row, found in zip(self.rows, overlaps([(draft, detail) for draft in drafts], by=by), strict=True):
            row.overlaps = found

    @property
    def repeated(self) -> list[Row]:
        return [row for row in self.ticked if row.overlaps]

    @property
    def overlaps_shown(self) -> str:
        """Travels with the form: which records its reader saw beside the rows."""
        return " ".join(str(each.action.pk) for row in self.rows for each in row.overlaps)

    def refuse_untold_overlaps(self, *, by) -> None:
        """Raises NotToldYet where the form was sent before what a ticked row repeats stood beside it."""
        self.tell_overlaps(by=by)
        seen = set(self.form.cleaned_data["overlaps_seen"].split())
        if any(str(each.action.pk) not in seen for row in self.repeated for each in row.overlaps):
            raise NotToldYet

    # --- checking and saving ---

    def is_valid(self) -> bool:
        """Check every part, so that all mistakes are shown at once."""
        valid = self.form.is_valid()
        self.funding.policy = self.form.cleaned_data.get("policy")
        valid = self.funding.is_valid() and valid
        valid = self.kind.is_valid() and valid
        self._check_rows()
        if not valid or self.form.errors or self.bad_rows:
            return False
        return self.kind.check(self.form.instance, self.funding.lines())

    def _check_rows(self) -> None:
        for number in self.gone:
            message = _(
                "Row %(number)d is no longer in your wards and is off the list. Look at the list and save again."
            )
            self.form.add_error(None, message % {"number": number})
        if not self.ticked:
            self.form.add_error(None, _("No row is ticked; tick those who received it."))
        sources = len(self._drafted)
        for row in self.ticked:
            row.errors += _wrong_amounts(row.amount, sources)
            if len(self._note_of(row)) > LONGEST_NOTE:
                message = _("The note, with the one for all rows, is longer than %(most)d characters.")
                row.errors.append(message % {"most": LONGEST_NOTE})
        policy = self.form.cleaned_data.get("policy")
        if policy and policy.category == Category.TUITION and not all(row.recipient.member for row in self.ticked):
            message = _("Tuition is each pupil's own: choose “each pupil” under II, or paste the pupils' names.")
            self.form.add_error("policy", message)

    def save(self, *, by) -> tuple[SupportBatch, int]:
        """Record what is ticked, in the caller's transaction; the batch and its number of records.

        Raises AlreadySubmitted; NotToldYet; ValidationError with what is wrong marked at its row or field.
        """
        submission = claim_submission(by=by, key=self.form.cleaned_data["submission_key"])
        self.refuse_untold_overlaps(by=by)
        gifts = self.gifts()
        try:
            batch = record_batch(by=by, gifts=gifts, overspending=self.form.cleaned_data["overspending"])
        except BadGifts as bad:
            for place, error in bad.rows.items():
                self._refuse(self.ticked[place], error)
            raise
        except ValidationError as error:
            self.form.refuse(error)
            raise
        if submission:
            submission.result = batch.get_absolute_url()
            submission.save()
        return batch, len(gifts)

    def gifts(self) -> list[Gift]:
        """A record for each ticked row."""
        lines, detail = self.funding.lines(), self.kind.detail()
        return [
            Gift(self._action(row), self._lines_of(row, lines), copy.copy(detail) if detail else None)
            for row in self.ticked
        ]

    def _action(self, row: Row) -> SupportAction:
        common, recipient = self.form.instance, row.recipient
        return SupportAction(
            household=recipient.household,
            member=recipient.member,
            beneficiary_group=common.beneficiary_group or recipient.group,
            note=self._note_of(row),
            **{name: getattr(common, name) for name in _COMMON},
        )

    def _note_of(self, row: Row) -> str:
        return "; ".join(part for part in (self.form.cleaned_data.get("note"), row.note) if part)

    @staticmethod
    def _lines_of(row: Row, common: Iterable[FundingLine]) -> list[FundingLine]:
        """The lines that hold for all, with the row's own amounts in their order."""
        lines = [
            FundingLine(source=line.source, nature=line.nature, amount=line.amount, qualifier=line.qualifier)
            for line in common
        ]
        for line, amount in zip(lines, row.own_amounts, strict=False):
            line.amount = line.amount if amount is None else amount
        return lines

    def _refuse(self, row: Row, error: ValidationError) -> None:
        row.errors += error.messages
        if "differs_because" in getattr(error, "error_dict", {}):
            self.asks_why = True

    # --- for the page ---

    @property
    def shown(self) -> str:
        """Which rows the page shows, sent back with it: so a box that was not ticked is told from one not shown."""
        return ",".join(row.key for row in self.rows)

    @property
    def ticked(self) -> list[Row]:
        return [row for row in self.rows if row.ticked]

    @property
    def bad_rows(self) -> list[Row]:
        return [row for row in self.rows if row.errors]

    @property
    def _drafted(self) -> list[FundingLine]:
        return drafted_lines(self.funding)

    @property
    def sources(self) -> str:
        """Whose amounts a row's own replace: “Ngân sách quận + Quỹ Vì người nghèo”."""
        return " + ".join(str(line.source) for line in self._drafted)

    @cached_property
    def common_amounts(self) -> str:
        """The amounts of those lines, as they hold where a row has none of its own."""
        return _in_a_cell(self._drafted)

    @property
    def totals(self) -> list[tuple[str, words.Money]]:
        """What the ticked rows come to, each nature by itself; natures that no line is of are left out."""
        lines = self._drafted
        used = {line.nature for line in lines if line.nature}
        paid = [line for row in self.ticked for line in self._lines_of(row, lines)]
        sums = words.money_by_nature(line for line in paid if line.nature)
        return [(str(Nature(nature).label), money) for nature, money in sums.items() if nature in used]

    @property
    def digest(self) -> str:
        """The same for the same list: what the browser keeps of it is given back to this list only."""
        return hashlib.sha256(self.shown.encode()).hexdigest()[:16]

    @property
    def any_errors(self) -> bool:
        bound = self.form.is_bound
        return bound and bool(
            self.form.errors or self.funding.total_error_count() or self.kind.error_count or self.bad_rows
        )

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What is wrong with rows, the same words once, with the first field to go to."""
        rows_of: dict[str, list[Row]] = {}
        for row in self.bad_rows:
            for message in row.errors:
                rows_of.setdefault(message, []).append(row)
        told = [(f"a{rows[0].key}", f"{_numbered(rows)}: {message}") for message, rows in rows_of.items()]
        if len(told) > MOST_PROBLEMS:
            more = ngettext("and %(count)d more", "and %(count)d more", len(told) - MOST_PROBLEMS)
            told = [*told[:MOST_PROBLEMS], (told[MOST_PROBLEMS][0], more % {"count": len(told) - MOST_PROBLEMS})]
        return told


def _wrong_amounts(typed: str, sources: int) -> list[str]:
    """One amount could be that of any of several sources, so it is asked whose; nothing is guessed."""
    try:
        own = read_amounts(typed)
    except ValidationError as error:
        return error.messages
    if not own or len(own) == max(1, sources):
        return []
    if sources < 2:
        return [_("One source pays, so write one amount.")]
    message = _("%(count)d sources pay: write each one’s amount, for example %(example)s; empty as under III.")
    example = " + ".join(number_format(amount, force_grouping=True) for amount in (500_000, 300_000, 200_000)[:sources])
    return [message % {"count": sources, "example": example}]


def _in_a_cell(lines: Sequence[FundingLine]) -> str:
    """Amounts as a row has them: “500.000 + 300.000”; one that is not known leaves its place empty."""
    amounts = [line.amount for line in lines]
    return " + ".join("" if each is None else number_format(each, force_grouping=True) for each in amounts).strip()


def _numbered(rows: list[Row]) -> str:
    """“Row 3 Nguyễn Văn An”, “Rows 3, 4, 5, … (300 rows)”."""
    if len(rows) == 1:
        recipient = rows[0].recipient
        who = recipient.member.name if recipient.member else recipient.name
        return _("Row %(number)d, %(who)s") % {"number": rows[0].number, "who": who}
    first = ", ".join(str(row.number) for row in rows[:5])
    return _("Rows %(first)s (%(count)d rows)") % {
        "first": first + (", …" if len(rows) > 5 else ""),
        "count": len(rows),
    }


def _rows(found: Iterable[Recipient]) -> list[Row]:
    """Everybody ticked but households that are closed: of them the officer decides."""
    return [
        Row(recipient, number, ticked=not recipient.household.is_closed)
        for number, recipient in enumerate(found, start=1)
    ]


def _sent_rows(data: QueryDict, user) -> tuple[list[Row], list[int]]:
    """The rows of the page that was sent, and the numbers of those that this person may no longer see."""
    keys = read_keys(data.get("rows", ""))
    found = recipients(user, keys, list_year=_year(data), as_given=True)
    rows = []
    for number, key in enumerate(keys, start=1):
        if key not in found:
            continue
        name = found[key].key
        rows.append(
            Row(
                found[key],
                number,
                ticked=f"k{name}" in data,
                amount=clean_typed(data.get(f"a{name}", ""))[:LONGEST_AMOUNTS],
                note=clean_typed(data.get(f"n{name}", ""))[: LONGEST_NOTE + 1],
            )
        )
    return rows, [number for number, key in enumerate(keys, start=1) if key not in found]


def _year(data: QueryDict) -> int:
    text = data.get("rows_year", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0


def _kind(form: BatchForm, **sent) -> KindSheet:
    return KindSheet(form.chosen_policy, first_day=form.first_day, strict=True, **sent)
