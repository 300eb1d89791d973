"""Writing once: the double click, and the officer who opened the form before somebody else saved it."""

from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.actor import StaleVersion
from accounts.models import Submission


class AlreadySubmitted(Exception):
    """The form was sent before; `result` is the page of the record it made."""

    def __init__(self, result: str):
        super().__init__(result)
        self.result = result


def claim_submission(*, by, key: UUID | None) -> Submission | None:
    """Take the form's key inside the caller's transaction, or raise AlreadySubmitted with what it made.

    A parallel second click waits on the unique index until the first one commits.
    """
    if key is None:
        return None
    submission, first = Submission.objects.get_or_create(user=by, key=key)
    if not first:
        raise AlreadySubmitted(submission.result)
    return submission


def take_version(record: models.Model, version: int) -> None:
    """Raise the record's version in the database if it is still the one the officer opened, else StaleVersion.

    The guarded UPDATE also takes the row's lock, so of two savers one waits and then loses.
    """
    raised = type(record)._base_manager.filter(pk=record.pk, version=version).update(version=version + 1)
    if not raised:
        raise StaleVersion(_("Somebody saved this record after you opened it."))
    record.version = version + 1
