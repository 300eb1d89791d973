"""Who paid: a line for each source."""

from collections.abc import Iterable, Sequence

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from support.codes import Nature, Qualifier, SourceGroup
from support.forms.help import BLANK
from support.models import FundingLine, FundingSource, SupportPolicy
from wards.fields import MoneyField

MOST_LINES = 20


class FundingLineForm(forms.Form):
    """One line of funding. A line of which nothing is filled in does not exist."""

    source = forms.ChoiceField(label=_("Source"), required=False)
    nature = forms.ChoiceField(label=_("Nature"), required=False, choices=[BLANK, *Nature.choices])
    qualifier = forms.ChoiceField(label=_("Amount is"), required=False, choices=Qualifier.choices)
    amount = MoneyField(label=_("Amount (đồng)"), required=False)

    def __init__(self, *args, sources: dict[str, FundingSource], **kwargs):
        super().__init__(*args, **kwargs)
        self.sources = sources
        grouped: dict[str, list] = {}
        for key, source in sources.items():
            grouped.setdefault(capfirst(str(SourceGroup(source.group).label)), []).append((key, str(source)))
        self.fields["source"].choices = [BLANK, *grouped.items()]
        self.fields["amount"].validators += FundingLine._meta.get_field("amount").validators

    @property
    def is_blank(self) -> bool:
        values = [self[name].value() for name in ("source", "nature", "amount")]
        return not any(str(value or "").strip() for value in values)

    def clean(self):
        cleaned = super().clean()
        if self.is_blank:
            return cleaned
        if not cleaned.get("source") and "source" not in self.errors:
            self.add_error("source", _("Choose who paid, or empty the line."))
        return cleaned

    def line(self) -> FundingLine:
        cleaned = self.cleaned_data
        return FundingLine(
            source=self.sources[cleaned["source"]],
            nature=cleaned["nature"],
            amount=cleaned["amount"],
            # An unknown amount is not “nearly” anything.
            qualifier=(cleaned["qualifier"] or Qualifier.EXACT) if cleaned["amount"] is not None else Qualifier.EXACT,
        )


class BaseFundingFormSet(forms.BaseFormSet):
    """All lines of one action. Lines carry no key: a line is known by its source and nature."""

    policy: SupportPolicy | None = None

    def get_form_kwargs(self, index):
        if not hasattr(self, "_sources"):
            self._sources = {str(source.pk): source for source in FundingSource.objects.all()}
        return super().get_form_kwargs(index) | {"sources": self._sources}

    def add_fields(self, form, index):
        super().add_fields(form, index)
        form.fields["DELETE"].label = _("Remove")

    def _kept(self) -> list[FundingLineForm]:
        return [form for form in self.forms if not form.is_blank and not self._should_delete_form(form)]

    def clean(self):
        kept = self._kept()
        if not kept:
            raise ValidationError(
                _("Name at least one source; its amount may stay empty when it is not known."), code="none"
            )
        seen = set()
        for form in kept:
            self._check_nature(form)
            key = form.cleaned_data.get("source"), form.cleaned_data.get("nature")
            if all(key) and key in seen:
                form.add_error("source", FundingLine._meta.constraints[0].violation_error_message)
            seen.add(key)

    def _check_nature(self, form: FundingLineForm) -> None:
        """A policy that lends has loans only, one that gives has none; left open, lending decides it."""
        nature = form.cleaned_data.get("nature")
        lends = self.policy.repayable if self.policy else None
        if "nature" in form.errors:
            return
        if not nature and lends:
            form.cleaned_data["nature"] = Nature.LOAN
        elif not nature:
            form.add_error("nature", _("Choose cash, in kind or loan."))
        elif lends and nature != Nature.LOAN:
            form.add_error("nature", _("This policy lends: every line must be a loan."))
        elif lends is False and nature == Nature.LOAN:
            form.add_error("nature", _("This policy gives: a loan belongs under a loan policy."))

    def lines(self, existing: Sequence[FundingLine] = ()) -> list[FundingLine]:
        """The lines as typed; one that was there before keeps its row, so that its history goes on."""
        known = {(line.source_id, line.nature): line for line in existing}
        result = []
        for form in self._kept():
            line = form.line()
            if before := known.get((line.source_id, line.nature)):
                before.amount, before.qualifier = line.amount, line.qualifier
                line = before
            result.append(line)
        return result

    @staticmethod
    def initial_of(lines: Iterable[FundingLine]) -> list[dict]:
        return [
            {"source": line.source_id, "nature": line.nature, "amount": line.amount, "qualifier": line.qualifier}
            for line in lines
        ]


def funding_formset(data=None, *, lines: Iterable[FundingLine] = (), typed: list[dict] | None = None):
    """The lines of funding: as stored, as typed, or three blank ones."""
    initial = typed if typed is not None else BaseFundingFormSet.initial_of(lines)
    factory = forms.formset_factory(
        FundingLineForm,
        formset=BaseFundingFormSet,
        extra=max(1, 3 - len(initial)),
        can_delete=True,
        max_num=MOST_LINES,
        absolute_max=MOST_LINES + 10,
        validate_max=True,
    )
    too_many = {"too_many_forms": _("At most %(num)d sources stand on one record; add smaller ones together.")}
    return factory(data, prefix="funding", initial=initial, error_messages=too_many)
