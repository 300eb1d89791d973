"""`summary`: the five-year summary on the command line, as JSON or Excel."""

import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.roles import Role
from reports.models import Programme
from reports.render import xlsx
from reports.scope import DEFAULT_YEARS, Scope, UnknownWard, find_ward
from reports.summary import as_json, five_year_summary
from wards.succession import MapChoice


class Command(BaseCommand):
    help = "Print the five-year summary of the programme."

    def add_arguments(self, parser):
        parser.add_argument(
            "--from", dest="first", type=int, metavar="YEAR", help="first year (default: the programme's)"
        )
        parser.add_argument("--to", dest="last", type=int, metavar="YEAR", help="last year (default: the programme's)")
        parser.add_argument("--ward", metavar="CODE[@YYYY-MM-DD]", help="one ward, by the code it bore on the day")
        parser.add_argument(
            "--level", choices=["city", "national"], default="city", help="poverty standard (default: city)"
        )
        parser.add_argument(
            "--map",
            choices=MapChoice.values,
            default=MapChoice.AS_WAS.value,
            help="rows by the ward of their day, or by the ward in which the place lies today (default: as-was)",
        )
        parser.add_argument("--format", choices=["json", "xlsx"], default="json")
        parser.add_argument("-o", dest="output", type=Path, metavar="FILE", help="write to this file")

    def handle(self, *args, **options):
        programme = Programme.objects.first()
        first, last = (programme.first_year, programme.last_year) if programme else DEFAULT_YEARS
        first, last = options["first"] or first, options["last"] or last
        if first > last:
            raise CommandError(f"--from {first} lies after --to {last}.")
        # The command line belongs to the machine's owner, who counts like district staff.
        reader = User(username="summary", role=Role.STAFF)
        today = timezone.localdate() if options["map"] == MapChoice.TODAY else None
        try:
            ward = find_ward(options["ward"], reader, on=today or date(last, 12, 31)) if options["ward"] else None
            if today and ward and not ward.existed_on(today):
                raise UnknownWard(_("%(ward)s is not on today's map.") % {"ward": ward})
        except UnknownWard as error:
            raise CommandError(str(error)) from error
        report = five_year_summary(Scope(reader, ward, first, last, options["level"], options["map"]))
        if options["format"] == "xlsx":
            self._write(xlsx.render(report), options["output"])
        else:
            text = json.dumps(as_json(report), ensure_ascii=False, indent=1)
            self._write(text.encode(), options["output"])

    def _write(self, content: bytes, output: Path | None) -> None:
        if output:
            output.write_bytes(content)
        elif hasattr(self.stdout, "buffer"):
            self.stdout.buffer.write(content)
        else:
            try:
                self.stdout.write(content.decode())
            except UnicodeDecodeError:
                raise CommandError("Give -o FILE for an Excel workbook.") from None
