"""What this database holds: the programme's published records, an invented sample, or real work."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DatasetConflict(Exception):
    """The programme and the sample never share a database."""


class Dataset(models.Model):
    """The single row that says whether the people in here exist."""

    class Kind(models.TextChoices):
        PROGRAMME = "programme", _("the programme and its published records")
        SAMPLE = "sample", _("invented sample")

    audited = True

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    working_year = models.PositiveSmallIntegerField(_("year that pages open on"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("dataset")
        verbose_name_plural = _("datasets")

    def __str__(self) -> str:
        return self.get_kind_display()

    @classmethod
    def claim(cls, kind: str, *, working_year: int, note: str = "") -> "Dataset":
        """Mark the database as holding this kind of data; raise DatasetConflict where it holds the other."""
        held = cls.objects.first()
        if held and held.kind != kind:
            raise DatasetConflict(
                _("This database holds: %(held)s. It cannot also hold: %(wanted)s. Use another database.")
                % {"held": held.get_kind_display(), "wanted": cls.Kind(kind).label}
            )
        return held or cls.objects.create(kind=kind, working_year=working_year, note=note)
