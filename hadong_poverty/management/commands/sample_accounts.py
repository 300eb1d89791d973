"""`sample_accounts`: one person for each role, with a known password, in a database of invented people only."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.actor import acting_as, current_actor
from accounts.models import Dataset, User
from accounts.roles import Role
from hadong_poverty.sample.rounds import add_conversation
from wards.models import SINCE_EVER, Ward

# Known to everybody who can read this file: it opens nothing but invented records.
PASSWORD = "mau-ha-dong-2024"
# user name, full name, role, ward codes
ACCOUNTS = (
    ("phuong.dongmai", "Cán bộ phường Đồng Mai (mẫu)", Role.OFFICER, ("10117",)),
    ("phuong.haiphuong", "Cán bộ hai phường Mộ Lao, Văn Quán (mẫu)", Role.OFFICER, ("09541", "09542")),
    ("quan", "Cán bộ quận (mẫu)", Role.STAFF, ()),
    ("lanhdao", "Lãnh đạo quận (mẫu)", Role.LEADER, ()),
    ("admin", "Quản trị (mẫu)", Role.ADMIN, ()),
)


class Command(BaseCommand):
    help = "Make the sample sign-ins where they are missing, and print them."

    def handle(self, *args, **options):
        if settings.PRODUCTION:
            raise CommandError("Accounts with a known password are not made with HADONG_MODE=production.")
        if not Dataset.objects.filter(kind=Dataset.Kind.SAMPLE).exists():
            raise CommandError("Accounts with a known password are only made where a sample is loaded.")
        with acting_as(current_actor() or "sample_accounts"), transaction.atomic():
            for username, full_name, role, codes in ACCOUNTS:
                if not User.objects.filter(username=username).exists():
                    user = User.objects.create_user(username, PASSWORD, full_name=full_name, role=role)
                    for ward in Ward.objects.filter(code__in=codes, valid_from=SINCE_EVER):
                        user.assignments.create(ward=ward)
            people = {user.username: user for user in User.objects.filter(username__in=("phuong.dongmai", "quan"))}
            add_conversation(people["phuong.dongmai"], people["quan"])
        self.stdout.write(f"Sample sign-ins, password {PASSWORD}:")
        for username, full_name, _role, _codes in ACCOUNTS:
            self.stdout.write(f"  {username:<18}{full_name}")
