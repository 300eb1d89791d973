"""What we took over from others: whole, as published, and everything the templates ask of it is there."""

import hashlib
import re

import pytest
from django.conf import settings

VENDOR = settings.BASE_DIR / "static" / "vendor"


@pytest.mark.parametrize("folder", ["static/vendor", "tests/browser/vendor"])
def test_vendored_files_are_as_published(folder):
    root = settings.BASE_DIR / folder
    listed = dict(reversed(line.split("  ")) for line in (root / "SHA256SUMS").read_text().splitlines())
    present = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
    del present["SHA256SUMS"]

    assert {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in present.items()} == listed


def test_every_icon_the_templates_name_is_in_the_sprite():
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "bootstrap-icons" / "icons.svg").read_text()))
    templates = "".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    named = set(re.findall(r'_icon\.html" with name="([^"]+)"', templates))

    assert named
    assert named <= drawn  # add the missing ones to ICONS in bin/vendor


def test_the_font_prefers_its_small_vietnamese_file():
    """Where two faces cover a letter the later one is fetched: 10 kB for ă đ ơ ư instead of 85."""
    order = re.findall(r"url\(inter-([a-z-]+)-wght", (VENDOR / "inter" / "inter.css").read_text())

    assert order == ["latin-ext", "vietnamese", "latin"]
