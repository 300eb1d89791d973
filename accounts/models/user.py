"""People who sign in."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import ASCIIUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import PERMISSIONS, Role
from wards.models import Ward


class UserManager(BaseUserManager):
    use_in_migrations = False

    def create_user(self, username: str, password: str | None = None, **fields) -> "User":
        """A person with a password; raises ValidationError where the name or role is not acceptable."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields) -> "User":
        """`createsuperuser` makes an administrator: accounts and reference data, no households."""
        return self.create_user(username, password, role=Role.ADMIN, **fields)


class User(AbstractBaseUser):
    """A person who signs in. The role says what they may do, the wards whose records they may see."""

    audited = True
    audit_ignored = ("last_login",)
    audit_masked = ("password",)

    username = models.CharField(
        _("user name"),
        max_length=60,
        unique=True,
        validators=[ASCIIUsernameValidator()],
        error_messages={"unique": _("This user name is taken.")},
    )
    full_name = models.CharField(_("full name"), max_length=120, blank=True)
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.OFFICER)
    wards = models.ManyToManyField(Ward, through="WardAssignment", blank=True, verbose_name=_("wards"))
    is_active = models.BooleanField(_("may sign in"), default=True)
    date_joined = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["username"]
        permissions = [("review_wards", _("Can review and lock the wards' work"))]

    def __str__(self) -> str:
        return self.full_name or self.username

    def save(self, *args, **kwargs):
        password_is_new = self._password is not None
        super().save(*args, **kwargs)
        if password_is_new:  # sessions end by themselves, an API token would not
            self.auth_token_set.all().delete()

    # Django's admin and allauth ask these of every user model.
    is_superuser = False

    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return self.username

    # --- role ---

    @property
    def is_officer(self) -> bool:
        return self.role == Role.OFFICER

    @property
    def is_staff_role(self) -> bool:
        return self.role == Role.STAFF

    @property
    def is_leader(self) -> bool:
        return self.role == Role.LEADER

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def sees_whole_district(self) -> bool:
        """May add up figures over all wards; whether single rows may be opened is another question."""
        return self.role in {Role.STAFF, Role.LEADER, Role.ADMIN}

    def has_perm(self, perm: str, obj=None) -> bool:
        return self.is_active and perm in PERMISSIONS.get(self.role, ())

    def has_perms(self, perms, obj=None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perms)

    def has_module_perms(self, app_label: str) -> bool:
        return any(perm.startswith(f"{app_label}.") for perm in self.get_all_permissions())

    def get_all_permissions(self, obj=None) -> frozenset[str]:
        return PERMISSIONS.get(self.role, frozenset()) if self.is_active else frozenset()


class WardAssignment(models.Model):
    """A ward whose records an officer keeps. By identity, never by code: codes are reused."""

    audited = True
    audit_subject = "user"

    user = models.ForeignKey(User, models.CASCADE, related_name="assignments", verbose_name=_("user"))
    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))

    class Meta:
        verbose_name = _("ward assignment")
        verbose_name_plural = _("ward assignments")
        ordering = ["user", "ward"]
        constraints = [models.UniqueConstraint(fields=["user", "ward"], name="ward_assignment_unique")]

    def __str__(self) -> str:
        return f"{self.user} · {self.ward}"
