from accounts.models.audit import AuditEvent, note_event
from accounts.models.dataset import Dataset
from accounts.models.scope import WardScopedQuerySet
from accounts.models.submission import Submission
from accounts.models.user import User, WardAssignment

__all__ = ["AuditEvent", "Dataset", "Submission", "User", "WardAssignment", "WardScopedQuerySet", "note_event"]
