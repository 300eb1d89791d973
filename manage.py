#!/usr/bin/env python
"""Django's command line. Whatever a command writes is recorded under the command's own name."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hadong_poverty.settings")
    from django.core.management import execute_from_command_line

    from accounts.actor import acting_as

    with acting_as(f"manage.py {sys.argv[1]}" if len(sys.argv) > 1 else "manage.py"):
        execute_from_command_line(sys.argv)
