"""Papers and photos of a record: checked, cleaned, fetched only with the right to the record."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse
from PIL import Image

from support.attachments import LONGEST_SIDE, attach, checked
from support.models import Attachment, AttachmentContent
from tests import factories

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WHERE = b"105 Quang Trung, 20.9714N"


def photo(width: int = 300, height: int = 200, form: str = "JPEG", **more) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (width, height), (200, 120, 40)).save(kept, form, **more)
    return kept.getvalue()


def photo_with_a_place() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = WHERE.decode()
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (20.0, 58.0, 17.0), "E", (105.0, 46.0, 1.0)
    return photo(exif=exif, comment=WHERE)


@pytest.fixture
def ward():
    return factories.ward("Đồng Mai")


@pytest.fixture
def action(ward):
    return factories.support(factories.household(ward), policy="housing")


@pytest.fixture
def officer(client, ward):
    user = factories.officer(ward)
    client.force_login(user)
    return user


def send(client, action, data: bytes, name: str = "Biên bản bàn giao.pdf", **typed):
    typed = {"kind": "handover", "file": SimpleUploadedFile(name, data)} | typed
    return client.post(reverse("action-attach", args=[action.pk]), typed)


def fetch(client, attachment):
    return client.get(reverse("attachment-file", args=[attachment.pk]))


def test_a_paper_comes_back_as_it_was_attached(client, officer, action):
    assert send(client, action, PDF).status_code == 302

    response = fetch(client, Attachment.objects.get())

    assert response.content == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_photo_loses_the_place_where_it_was_taken(client, officer, action):
    sent = photo_with_a_place()
    assert WHERE in sent  # the control: the place was in the file that was sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)

    send(client, action, sent, "IMG_0001.jpg", kind="after", has_consent="on")

    kept = fetch(client, Attachment.objects.get()).content
    assert WHERE not in kept
    assert not Image.open(io.BytesIO(kept)).getexif()
    assert Image.open(io.BytesIO(kept)).size == (300, 200)


def test_a_photo_taken_sideways_stands_upright(client, officer, action):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter

    send(client, action, photo(300, 200, exif=exif), "a.jpg", kind="before", has_consent="on")

    assert Image.open(io.BytesIO(fetch(client, Attachment.objects.get()).content)).size == (200, 300)


def test_a_large_photo_is_made_smaller():
    _name, _type, kept = checked("a.png", photo(4000, 3000, "PNG"), "before")

    assert max(Image.open(io.BytesIO(kept)).size) == LONGEST_SIDE


def test_a_photo_needs_consent(client, officer, action):
    response = send(client, action, photo(), "a.jpg", kind="after", note="nhà mới")

    assert response.status_code == 422
    assert "has_consent" in response.context["form"].errors
    assert "nhà mới" in response.content.decode()
    assert not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.exe", b"MZ\x90\x00" * 50, "other"),
        ("a.pdf", b"<html><script>alert(1)</script></html>", "other"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "other"),
        ("a.jpg", photo()[:200], "other"),
        ("a.gif", photo(form="GIF"), "other"),
        ("a.pdf", PDF[:-8], "other"),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction 2 0 R"), "other"),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/Names<</J#61vaScript 3 0 R>>"), "other"),
        ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/EmbeddedFiles 2 0 R"), "other"),
        ("a.pdf", PDF, "after"),
        ("a.pdf", b"%PDF-" + b"0" * (8 * 1024 * 1024) + b"%%EOF", "other"),
        ("", b"", "other"),
    ],
    ids=["program", "page", "drawing", "half a photo", "other picture", "half a PDF", "starts by itself",
         "hidden script", "file within", "PDF for a photo", "too large", "empty"],
)  # fmt: skip
def test_what_is_neither_a_paper_nor_a_photo_is_refused_in_words(name, data, kind):
    with pytest.raises(ValidationError) as refused:
        checked(name, data, kind)

    assert refused.value.messages[0]


def test_the_refusal_stands_at_the_file_on_the_page(client, officer, action):
    response = send(client, action, b"MZ\x90\x00" * 50, "a.exe")

    assert response.status_code == 422
    assert response.context["form"].errors["file"]


def test_the_same_file_is_kept_once(client, officer, action):
    send(client, action, PDF)
    response = send(client, action, PDF)

    assert response.status_code == 422
    assert Attachment.objects.count() == 1
    with pytest.raises(IntegrityError):
        Attachment.objects.create(
            action=action, kind="other", name="x.pdf", size=1, sha256=Attachment.objects.get().sha256
        )


def test_another_wards_officer_finds_neither_record_nor_paper(client, officer, action):
    send(client, action, PDF)
    stranger = Client()
    stranger.force_login(factories.officer(factories.ward("Biên Giang")))

    assert fetch(stranger, Attachment.objects.get()).status_code == 404
    assert send(stranger, action, PDF, "b.pdf").status_code == 404


def test_a_leader_fetches_no_paper(client, officer, action):
    send(client, action, PDF)
    leader = Client()
    leader.force_login(factories.leader())

    assert fetch(leader, Attachment.objects.get()).status_code == 403


def test_an_erased_photo_is_gone_and_the_reason_stays(client, officer, action):
    send(client, action, photo(), "a.jpg", kind="after", has_consent="on")
    attachment = Attachment.objects.get()

    client.post(reverse("attachment-remove", args=[attachment.pk]), {"reason": "gia đình rút lại đồng ý"})

    assert fetch(client, attachment).status_code == 404
    assert not AttachmentContent.objects.exists()
    assert "gia đình rút lại đồng ý" in client.get(reverse("action-detail", args=[action.pk])).content.decode()


def test_nothing_is_attached_to_a_void_record(client, officer, action):
    action.voided_at, action.void_reason = "2024-10-01T00:00:00Z", "nhầm"
    action.save()

    send(client, action, PDF)

    assert not Attachment.objects.exists()


def test_a_decision_on_a_year_keeps_its_paper(client, officer, ward):
    family = factories.household(ward, statuses={2023: "N"})
    status = family.statuses.get()

    sent = {"kind": "decision", "file": SimpleUploadedFile("QD.pdf", PDF)}
    client.post(reverse("status-attach", args=[status.pk]), sent)

    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()
    assert reverse("attachment-file", args=[Attachment.objects.get(status=status).pk]) in page


def test_the_file_name_that_is_sent_back_says_nothing_of_the_family(client, officer, action):
    send(client, action, PDF, "Nha ba Hoang Thi Kin.pdf")

    assert "Kin" not in fetch(client, Attachment.objects.get())["Content-Disposition"]


def test_a_record_keeps_no_more_than_twelve_files(officer, action):
    for number in range(12):
        attach(by=officer, to={"action": action}, kind="other", name="a.pdf", data=PDF + b"%d" % number + b"%%EOF")

    with pytest.raises(ValidationError):
        attach(by=officer, to={"action": action}, kind="other", name="a.pdf", data=PDF)


# --- on the pages ---------------------------------------------------------------------------


def test_photos_before_and_after_stand_side_by_side(client, officer, action):
    before = factories.photo(action, kind="before", note="mái dột")
    factories.photo(action, kind="after")

    page = client.get(reverse("action-detail", args=[action.pk])).content.decode()

    assert page.index("<h3>Trước</h3>") < page.index("<h3>Sau</h3>")
    assert f'src="{reverse("attachment-file", args=[before.pk])}?show" alt="Trước: mái dột"' in page
    shown = client.get(reverse("attachment-file", args=[before.pk]), {"show": ""})
    assert shown["Content-Disposition"].startswith("inline")


def test_an_erased_photo_leaves_its_place_empty(client, officer, action):
    photo = factories.photo(action, kind="before")
    client.post(reverse("attachment-remove", args=[photo.pk]), {"reason": "rút lại đồng ý"})

    page = client.get(reverse("action-detail", args=[action.pk])).content.decode()

    assert "<img" not in page.partition('id="main"')[2]
    assert "rút lại đồng ý" in page


def test_the_households_page_says_how_many_papers_each_help_has(client, officer, action):
    factories.attachment(action)
    erased = factories.photo(action)
    client.post(reverse("attachment-remove", args=[erased.pk]), {"reason": "nhầm"})

    page = client.get(reverse("household-detail", args=[action.household_id])).content.decode()

    assert "</svg>1<span" in page.replace("\n", "")


def test_the_households_page_offers_to_attach_only_decisions_that_there_are(client, officer, action):
    undecided = factories.status(action.household, 2022)
    address = reverse("household-detail", args=[action.household_id])
    assert reverse("status-attach", args=[undecided.pk]) not in client.get(address).content.decode()

    decided = factories.status(action.household, 2023, decision_number="12/QĐ-UBND")
    assert reverse("status-attach", args=[decided.pk]) in client.get(address).content.decode()


def test_help_to_a_group_without_any_evidence_says_so_gently(client, officer, ward):
    group = factories.support(ward, policy="health", count=40, group_name="hội viên người cao tuổi")
    asked = "Chưa có gì cho thấy nhóm này đã được hỗ trợ"
    address = reverse("action-detail", args=[group.pk])
    assert asked in client.get(address).content.decode()

    send(client, group, PDF, kind="list")

    assert asked not in client.get(address).content.decode()


@pytest.mark.parametrize(
    "evidence", [{"note": "theo báo cáo của Hội"}, {"decision_number": "5/QĐ"}, {"published_as": "F07"}]
)
def test_a_note_a_decision_or_a_publication_is_evidence(client, officer, ward, evidence):
    group = factories.support(ward, policy="health", count=40, **evidence)

    assert "Chưa có gì cho thấy" not in client.get(reverse("action-detail", args=[group.pk])).content.decode()
