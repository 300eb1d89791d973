"""`load_reference`: wards, poverty standards, policies and funding sources. Running it again changes nothing."""

from django.core.management.base import BaseCommand
from django.db import transaction

from households.reference import load_standards
from support.reference import load_policies
from wards.reference import load_wards


class Command(BaseCommand):
    help = "Load wards, poverty standards, support policies and funding sources (idempotent)."

    @transaction.atomic
    def handle(self, *args, **options):
        wards, standards, policies = load_wards(), load_standards(), load_policies()
        self.stdout.write(f"{wards} wards, {standards} poverty standards, {policies} support policies.")
