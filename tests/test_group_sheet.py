"""The workbook that says where groups of split wards go: downloaded, filled in, also wrongly, and sent back."""

import re
import zipfile
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import override

from households.group_sheet import group_workbook, read_groups
from households.reorganisation.moving import carry_out
from households.reorganisation.plan import plan_of
from tests import factories
from tests.test_reorganisation import JULY, client_of, july, place
from wards.models import GroupSuccession, ResidentialGroup
from wards.workbooks import LARGEST_FILE, read_workbook

pytestmark = pytest.mark.django_db

URL = "/wards/reorganisations/2025-07-01/"
HEADING = 6  # the row of the headings; the groups of Hà Cầu stand beneath: Tổ 1 in row 7, Tổ 2 in row 8
ONE, TWO = HEADING + 1, HEADING + 2
__all__ = ["july"]


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def book(july):
    """The workbook as it is downloaded."""
    return openpyxl.load_workbook(group_workbook(plan_of(JULY)))


def saved(book) -> BytesIO:
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def fill(book, **cells) -> BytesIO:
    """The workbook with these cells typed in: fill(book, F7="Hà Đông")."""
    for name, value in cells.items():
        book.active[name] = value
    return saved(book)


def read(file):
    return read_groups(file, plan_of(JULY))


def faults(book, **cells) -> dict[str, str]:
    return {fault.cell.partition("!")[2]: fault.message for fault in read(fill(book, **cells)).faults}


# --- the download ---------------------------------------------------------------------------------


def test_the_download_lists_every_group_of_the_split_wards_with_codes_as_text(july, book):
    factories.household(july.ha_cau, residential_group=july.one)
    book = openpyxl.load_workbook(group_workbook(plan_of(JULY)))
    rows = list(book.active.iter_rows(min_row=HEADING, values_only=True))

    assert rows[0][:3] == ("Old ward, code", "Old ward", "Group number")
    assert [row[:5] for row in rows[1:]] == [
        ("09556", "Hà Cầu", "1", "Tổ dân phố 1", 1),
        ("09556", "Hà Cầu", "2", "Tổ dân phố 2", 0),
    ]
    assert rows[1][8] == "09556 Hà Đông; 09552 Kiến Hưng"


def test_sent_back_as_it_was_it_changes_nothing(july):
    place(july, (july.one, july.ha_dong, 7, "Tổ 7 Hà Trì"))
    before = plan_of(JULY).ending(july.ha_cau.pk).seen

    answers = read(group_workbook(plan_of(JULY)))

    assert (answers.faults, answers.read, answers.unsaid) == ([], 2, 1)
    [said] = answers.lines
    assert (said.group, said.successor, said.number, said.name) == (july.one, july.ha_dong, 7, "Tổ 7 Hà Trì")
    assert plan_of(JULY).ending(july.ha_cau.pk).seen == before


@pytest.mark.parametrize(
    "typed", ["09556", 9556, 9556.0, "9556", "Hà Đông", "ha dong", " HÀ  ĐÔNG ", "Phường Hà Đông", "09556 Hà Đông"]
)
def test_a_ward_is_known_by_code_or_name_however_it_is_typed(july, book, typed):
    [said] = read(fill(book, F7=typed)).lines

    assert said.successor == july.ha_dong


def test_excel_makes_numbers_of_the_first_columns_and_they_are_understood(july, book):
    [said] = read(fill(book, A7=9556, C7=1.0, F7="Kiến Hưng", G7=12.0)).lines

    assert (said.group, said.successor, said.number) == (july.one, july.kien_hung, 12)


def test_it_may_be_filled_in_in_the_other_language_and_with_columns_moved(july):
    with override("vi"):
        book = openpyxl.load_workbook(group_workbook(plan_of(JULY)))
    book.active.move_range("A6:I8", cols=2)

    [said] = read(fill(book, H7="Hà Đông")).lines

    assert (said.group, said.successor) == (july.one, july.ha_dong)


# --- filled in wrongly ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "where", "told"),
    [
        ({"F7": "Chương Mỹ"}, "F7", "none of the wards this one went to. Type one of: 09556 Hà Đông; 09552 Kiến Hưng"),
        ({"F7": "=1+1"}, "F7", "A formula stands here"),
        ({"F7": "Hà Đông", "G7": "mười hai"}, "G7", "“mười hai” is not the number of a group"),
        ({"F7": "Hà Đông", "G7": -3}, "G7", "is not the number of a group"),
        ({"F7": "Hà Đông", "G7": 12.5}, "G7", "is not the number of a group"),
        ({"F7": "Hà Đông", "G7": 99999}, "G7", "is not the number of a group"),
        ({"F7": "Hà Đông", "G7": 12, "H7": "x" * 101}, "H7", "101 characters; shorten it to 100"),
        ({"F7": "Hà Đông", "H7": "Tổ Hà Trì"}, "G7", "Give the group's new number too"),
        ({"G7": 12}, "F7", "Say first which ward the group goes to"),
        ({"C7": 99, "F7": "Hà Đông"}, "C7", "has a group 99. Leave the first columns"),
        ({"A7": "10123", "F7": "Hà Đông"}, "C7", "No ward of code 10123"),
        ({"A7": None, "F7": "Hà Đông"}, "A7", "Copy both from the download"),
        ({"C8": 1, "F8": "Hà Đông"}, "C8", "stands in Residential groups!C7 already"),
        (
            {"F7": "Hà Đông", "G7": 7, "H7": "Tổ 7", "F8": "Hà Đông", "G8": 7, "H8": "Tổ Bảy"},
            "H8",
            "is already called “Tổ 7”",
        ),
    ],
)
def test_a_fault_is_named_with_its_cell_and_what_to_do_and_nothing_is_read(book, cells, where, told):
    found = faults(book, **cells)

    assert told in found[where]
    assert len(found) == 1


def test_all_faults_are_named_at_once(book):
    assert set(faults(book, F7="Thanh Xuân", G8="hai")) == {"F7", "G8"}


def test_a_group_on_two_sheets_is_one_too_many(july, book):
    book.active["F7"] = "Hà Đông"
    copy = book.copy_worksheet(book.active)
    copy["F7"] = "Kiến Hưng"

    told = [fault.message for fault in read(saved(book)).faults]

    assert len(told) == 2
    assert all("already; delete one of the two" in message for message in told)


def test_a_sheet_without_its_headings_says_which_are_missing(book):
    book.active["A6"] = "Mã"

    [fault] = read(saved(book)).faults

    assert "“Old ward, code”, “Group number”, “New ward (code or name)”" in fault.message


def test_a_sheet_without_rows_says_so(book):
    book.active.delete_rows(ONE, 2)

    [fault] = read(saved(book)).faults

    assert "no row under its headings" in fault.message


def test_where_a_group_went_is_fixed_once_everybody_has_moved(july, book):
    place(july, (july.one, july.ha_dong), (july.two, july.ha_dong))
    carry_out(by=july.staff, on=JULY)

    assert "stays as it is" in faults(book, F7="Kiến Hưng")["F7"]


# --- what is no workbook --------------------------------------------------------------------------


def packed(book, **parts) -> BytesIO:
    """The workbook with parts put in or replaced; a name is a path with / and . written __ and _."""
    content, old = BytesIO(), zipfile.ZipFile(saved(book))
    names = {name.replace("__", "/").replace("_dot_", "."): text for name, text in parts.items()}
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename not in names:
                new.writestr(item, old.read(item))
        for name, text in names.items():
            new.writestr(name, text)
    content.seek(0)
    return content


def refused(file) -> str:
    with pytest.raises(ValidationError) as error:
        read_workbook(file)
    [told] = error.value.messages
    return told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not an Excel workbook"),
        (b"STT;Phuong\n1;Ha Dong", "not an Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "has a password or is an old .xls"),
        (b"PK\x03\x04" + bytes(200), "damaged"),
        (bytes(LARGEST_FILE + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused_in_words(content, told):
    assert told in refused(BytesIO(content))


def test_a_workbook_that_would_fill_the_memory_is_not_opened(book):
    bomb = b"<worksheet>" + b" " * (31 * 1024 * 1024) + b"</worksheet>"

    assert "far larger" in refused(packed(book, xl__worksheets__sheet1_dot_xml=bomb))


@pytest.mark.parametrize("part", ["xl__vbaProject_dot_bin", "xl__externalLinks__externalLink1_dot_xml"])
def test_macros_and_links_to_other_files_are_refused(book, part):
    assert "macros or links" in refused(packed(book, **{part: b"<x/>"}))


def test_a_declaration_that_could_read_other_files_is_refused(book):
    text = zipfile.ZipFile(saved(book)).read("xl/workbook.xml").decode()
    text = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + re.sub(r"<\?xml.*?\?>", "", text)

    assert "no Excel writes" in refused(packed(book, xl__workbook_dot_xml=text))


def test_a_cell_far_outside_the_table_is_named(book):
    assert "XFD9000" in refused(fill(book, XFD9000="x"))


def test_a_part_that_climbs_out_of_the_workbook_is_refused(book):
    assert "damaged" in refused(packed(book, **{"..__evil_dot_xml": b"<x/>"}))


# --- the pages ------------------------------------------------------------------------------------


def send(client, file, name="to-dan-pho.xlsx"):
    return client.post(f"{URL}import/", {"file": SimpleUploadedFile(name, file.read())})


@pytest.fixture
def client(july):
    client = client_of(july.staff)
    client.cookies["django_language"] = "en"
    return client


def test_it_is_downloaded_filled_in_looked_over_and_then_saved(client, july):
    download = client.get(f"{URL}groups.xlsx")
    book = openpyxl.load_workbook(BytesIO(b"".join(download.streaming_content)))

    seen = send(client, fill(book, F7="Hà Đông", G7=12, H7="Tổ 12 Hà Trì", F8="Kiến Hưng"))
    assert "2 change something" in seen.content.decode()
    assert not GroupSuccession.objects.exists()
    confirmed = client.post(f"{URL}import/", {"answers": seen.context["carried"]})

    assert confirmed.status_code == 302
    went = {each.group: each for each in GroupSuccession.objects.all()}
    assert (went[july.one].successor, str(went[july.one].successor_group)) == (july.ha_dong, "Tổ 12 Hà Trì")
    assert went[july.two].successor == july.kien_hung


def test_a_workbook_with_a_fault_saves_nothing_and_offers_to_send_again(client, book):
    page = send(client, fill(book, F7="Hà Đông", F8="Thanh Xuân"))

    assert page.status_code == 422
    assert "Residential groups!F8" in page.content.decode()
    assert 'type="file"' in page.content.decode()
    assert not GroupSuccession.objects.exists()


@pytest.mark.parametrize(
    ("sent", "told"), [({}, "Choose the workbook first."), ({"file": SimpleUploadedFile("a.xlsx", b"")}, "empty")]
)
def test_nothing_sent_is_told(client, sent, told):
    page = client.post(f"{URL}import/", sent)

    assert page.status_code == 422
    assert told in page.content.decode()


def test_answers_are_only_taken_as_they_were_shown(client, book):
    carried = send(client, fill(book, F7="Hà Đông")).context["carried"]

    for answers in (carried[:-2], "", carried.replace(":", ";")):
        page = client.post(f"{URL}import/", {"answers": answers})
        assert page.status_code == 422
        assert "Send the workbook again" in page.content.decode()
    assert not GroupSuccession.objects.exists()


def test_who_confirms_after_somebody_else_saved_is_told(client, july, book):
    carried = send(client, fill(book, F7="Hà Đông")).context["carried"]
    place(july, (july.one, july.kien_hung))

    page = client.post(f"{URL}import/", {"answers": carried})

    assert "Somebody saved where these groups go" in page.content.decode()
    assert GroupSuccession.objects.get().successor == july.kien_hung


def test_confirmed_twice_it_is_saved_once(client, july, book):
    carried = send(client, fill(book, F7="Hà Đông", G7=12)).context["carried"]

    client.post(f"{URL}import/", {"answers": carried})
    again = client.post(f"{URL}import/", {"answers": carried})

    assert again.status_code == 422
    assert ResidentialGroup.objects.filter(ward=july.ha_dong).count() == 1


def test_an_officer_neither_downloads_nor_sends_it(july, book):
    officer = client_of(factories.officer(july.ha_cau))

    assert officer.get(f"{URL}groups.xlsx").status_code == 403
    assert send(officer, saved(book)).status_code == 403
