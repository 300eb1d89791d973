"""`first_account`: an administrator for a database without users; the password is shown this once."""

import secrets

from django.core.management.base import BaseCommand
from django.db import transaction

from accounts.actor import acting_as, current_actor
from accounts.models import User
from accounts.roles import Role

USERNAME = "admin"


class Command(BaseCommand):
    help = "Create the first administrator with a random password, only where nobody can sign in yet."

    @transaction.atomic
    def handle(self, *args, **options):
        if User.objects.exists():
            return
        password = secrets.token_urlsafe(12)
        with acting_as(current_actor() or "first_account"):
            User.objects.create_user(USERNAME, password, role=Role.ADMIN)
        self.stdout.write(f"First sign-in: {USERNAME} / {password}")
        self.stdout.write("Change the password after signing in; it is not kept anywhere and not shown again.")
