"""The certificate of a poor or near-poor household (Mẫu 03): page and Word, from the record."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils.translation import override
from docx import Document

from accounts.actor import acting_as
from accounts.models import AuditEvent
from households.certificate import certificate_of
from households.models import Indicator
from households.reference import load_standards
from tests import factories

pytestmark = pytest.mark.django_db

NUMBER = "001160000123"


@pytest.fixture
def dong_mai():
    with acting_as("test"):
        load_standards()
    return factories.ward("Đồng Mai")


@pytest.fixture
def officer(client, dong_mai):
    user = factories.officer(dong_mai)
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


@pytest.fixture
def family(dong_mai):
    son = {"name": "Trần Văn Đức", "sex": "1", "birth_year": 2012}
    made = factories.household(dong_mai, head="Nguyễn Thị An", members=[son], address="Ngõ 12")
    made.members.filter(relation="head").update(id_number=NUMBER)
    return made


@pytest.fixture
def listed(family):
    ticked = Indicator.objects.filter(standard__code="QG_2022_2025", code__in=["bhyt", "nuoc_sach", "nha_tieu"])
    return factories.status(
        family, 2023, "N", level="national", b1=150, deprivations=list(ticked), decision_number="15/QĐ-UBND",
        decision_date=date(2024, 1, 5), certificate_number="7", certificate_date=date(2024, 2, 9),
    )  # fmt: skip


def page_of(household, year=2023, name="household-certificate"):
    return f"{reverse(name, args=[household.pk, year])}?level=national"


def words(answer) -> str:
    """Everything a Word document says, tables too."""
    document = Document(BytesIO(b"".join(answer.streaming_content)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_it_says_what_the_form_asks(listed):
    told = certificate_of(listed, revealed=False)

    assert (told.number, told.day) == ("07/GCN-HN.HCN", "ngày 09 tháng 02 năm 2024")
    assert (told.body, told.decision, told.decision_day) == ("phường Đồng Mai", "15/QĐ-UBND", "05/01/2024")
    assert (told.head, told.ethnicity, told.address) == ("Nguyễn Thị An", "Kinh", "Ngõ 12, phường Đồng Mai")
    assert [(each.number, each.name, each.relation, each.born_male, each.born_female) for each in told.people] == [
        (1, "Nguyễn Thị An", "chủ hộ", "", "1960"),
        (2, "Trần Văn Đức", "con", "2012", ""),
    ]


def test_each_year_has_its_block_and_only_what_was_recognised_is_ticked(family, listed):
    factories.status(family, 2024, "CN", level="national", b1=150)  # no decision yet

    blocks = {block.year: block for block in certificate_of(listed, revealed=False).blocks}

    assert list(blocks) == [2022, 2023, 2024, 2025, 2026]
    assert (blocks[2023].poor, blocks[2023].near_poor) == (True, False)
    assert [name for name, ticked in blocks[2023].ticks if ticked] == [
        "Bảo hiểm y tế", "Nguồn nước sinh hoạt", "Nhà tiêu hợp vệ sinh",
    ]  # fmt: skip
    assert len(blocks[2023].ticks) == 12
    for year in (2022, 2024):
        assert (blocks[year].classification, blocks[year].confirmed) == ("", "")


@pytest.mark.parametrize(
    ("typed", "written"),
    [("7", "07/GCN-HN.HCN"), ("123", "123/GCN-HN.HCN"), ("8/GCN-HN.HCN", "8/GCN-HN.HCN"), ("", "…………/GCN-HN.HCN")],
)
def test_the_number_is_written_out(listed, typed, written):
    listed.certificate_number = typed

    assert certificate_of(listed, revealed=False).number == written


def test_who_left_before_the_year_ended_is_not_on_it(family, listed):
    family.members.filter(name="Trần Văn Đức").update(left_on=date(2023, 6, 1))

    assert [each.name for each in certificate_of(listed, revealed=False).people] == ["Nguyễn Thị An"]


@pytest.mark.usefixtures("listed")
def test_page_and_word_say_the_same_and_mask_the_number(client, officer, family):
    page = client.get(page_of(family)).content.decode()
    answer = client.get(page_of(family, name="household-certificate-docx"))
    document = words(answer)

    for text in ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "GIẤY CHỨNG NHẬN", "07/GCN-HN.HCN", "Trần Văn Đức", "Năm 2023"):
        assert text in page
        assert text in document
    assert NUMBER not in page + document
    assert "•••••••••123" in document
    event = AuditEvent.objects.get(action="export")
    assert (event.actor, event.subject_id, event.new) == (
        officer.username,
        family.pk,
        {"certificate": 2023, "level": "national"},
    )
    assert not AuditEvent.objects.filter(action="reveal").exists()


@pytest.mark.usefixtures("listed")
def test_the_nations_name_stands_on_one_line_in_word(client, officer, family):
    """A table whose columns fit themselves to the text gives its two columns half the paper each, too little."""
    document = Document(
        BytesIO(b"".join(client.get(page_of(family, name="household-certificate-docx")).streaming_content))
    )

    heading = document.tables[0]
    assert not heading.autofit
    assert [round(column.width.mm) for column in heading.columns] == [65, 100]


@pytest.mark.usefixtures("listed")
def test_the_file_is_named_without_personal_data(client, officer, family):
    answer = client.get(page_of(family, name="household-certificate-docx"))

    assert answer["Content-Disposition"] == 'attachment; filename="giay-chung-nhan-2023.docx"'
    document = Document(BytesIO(b"".join(answer.streaming_content)))
    assert (document.core_properties.author, document.core_properties.title) == (
        "", "Giấy chứng nhận hộ nghèo, hộ cận nghèo",
    )  # fmt: skip


@pytest.mark.usefixtures("listed")
def test_the_personal_number_is_shown_on_request_and_noted(client, officer, family):
    page = client.post(page_of(family)).content.decode()
    document = words(client.post(page_of(family, name="household-certificate-docx")))

    assert NUMBER in page
    assert NUMBER in document
    assert [event.actor for event in AuditEvent.objects.filter(action="reveal")] == [officer.username] * 2


@pytest.mark.usefixtures("officer")
def test_without_a_decision_it_says_what_to_enter_and_leads_there(client, family):
    factories.status(family, 2023, "CN", level="national")

    answer = client.get(page_of(family), follow=True)

    assert answer.redirect_chain == [(f"{reverse('status-edit', args=[family.pk, 2023])}?level=national", 302)]
    with override("en"):
        assert "Enter the number and date of the decision" in str(next(iter(answer.context["messages"])))


@pytest.mark.usefixtures("officer")
def test_a_household_that_is_not_listed_gets_none(client, family):
    factories.status(family, 2023, "KK", level="national", decision_number="1/QĐ", decision_date=date(2024, 1, 5))

    for name in ("household-certificate", "household-certificate-docx"):
        assert client.get(page_of(family, name=name)).url == reverse("household-detail", args=[family.pk])


@pytest.mark.usefixtures("officer")
def test_a_year_or_level_without_a_class_is_not_found(client, family):
    for query in ("?level=national", "?level=galactic", ""):
        assert client.get(reverse("household-certificate", args=[family.pk, 2022]) + query).status_code == 404


def test_the_certificate_of_another_ward_does_not_exist(client, family, listed):
    client.force_login(factories.officer(factories.ward("Biên Giang")))

    assert client.get(page_of(family)).status_code == client.post(page_of(family)).status_code == 404
    assert not AuditEvent.objects.filter(action="reveal").exists()


@pytest.mark.usefixtures("listed", "officer")
def test_the_households_page_offers_it_where_there_is_a_decision(client, family):
    factories.status(family, 2024, "CN", level="national", b1=150)

    page = client.get(reverse("household-detail", args=[family.pk])).content.decode()

    assert page_of(family) in page
    assert page_of(family, 2024) not in page
