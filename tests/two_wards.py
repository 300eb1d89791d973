"""Two wards full of people whose names would betray a leak, and everybody who might read them.

@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), two_wards() as made:
        yield made

response = PEOPLE["officer"].client().get("/households/")
assert not list(leaks(world, "officer", response, "the list"))
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from types import SimpleNamespace
from urllib.parse import unquote

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.client import ClientHandler
from knox.models import AuthToken

from accounts.actor import acting_as
from households.models import DuplicateCase, LifeEvent
from tests import factories
from wards.models import WardSuccession
from wards.text import fold


@dataclass
class OneWard:
    """A ward with a household, its help, its officer; and the words that only its own people may read."""

    ward: object
    marks: tuple[str, ...]  # every canary contains one of these, as it is written or as it is searched
    canaries: list[str]
    secrets: list[str]
    household: object = None
    member: object = None
    pair: object = None
    status: object = None
    action: object = None
    loan: object = None
    batch: object = None
    event: object = None
    group: object = None
    population: object = None
    succession: object = None
    split: object = None  # a ward that ended in parts
    indicator: object = None
    source: object = None
    rule: object = None
    rate: object = None
    attachment: object = None
    receipt: object = None
    allocation: object = None
    officer: object = None
    comment: object = None
    amendment: object = None


def one_ward(name: str, mark: str, number: str) -> OneWard:
    """A ward whose every personal field contains words found nowhere else."""
    ward = factories.ward(name)
    made = OneWard(
        ward=ward,
        marks=(mark.lower(), fold(mark), number),
        canaries=[
            f"{mark} Thị Chim",
            f"{mark} Văn Yến",
            f"ngách {mark}",
            f"ghi chú {mark}",
            f"trường {mark}",
            f"hội {mark}",
            f"QĐ-{number}",
            f"lý do {mark}",
            f"MA-{number}",
            f"09{number}",
        ],
        secrets=[f"00108{number}1", f"00108{number}2", f"HN40{number}1"],
    )
    made.group = factories.residential_group(ward)
    made.population = factories.population(ward, 2021, households=3_000, persons=11_000)
    made.succession = WardSuccession.objects.create(
        predecessor=ward, successor=factories.ward(f"{name} mới"), on=date(2025, 7, 1), whole=True
    )
    made.split = factories.ward(f"{name} chia", until=date(2025, 6, 30))
    for part in (ward, made.succession.successor):
        WardSuccession.objects.create(predecessor=made.split, successor=part, on=date(2025, 7, 1), whole=False)
    made.household = factories.household(
        ward,
        head=f"{mark} Thị Chim",
        members=[{"name": f"{mark} Văn Yến", "school": f"trường {mark}", "id_number": f"00108{number}2"}],
        address=f"Số 1, ngách {mark}",
        note=f"ghi chú {mark}",
        code=f"MA-{number}",
        phone=f"09{number}",
        residential_group=made.group,
    )
    made.member = made.household.members.order_by("pk").first()
    made.member.id_number, made.member.health_card_number = f"00108{number}1", f"HN40{number}1"
    made.member.save()
    made.indicator = factories.indicator(factories.standard(2021))
    made.status = factories.status(made.household, 2021, "N", note=f"ghi chú {mark}", deprivations=[made.indicator])
    factories.status(made.household, 2022, "CN")
    made.source = factories.source()
    made.action = factories.support(
        made.household, policy="housing", on=date(2022, 5, 5), decision_number=f"QĐ-{number}", note=f"ghi chú {mark}"
    )
    made.batch = factories.batch(made.household, made.household, note=f"ghi chú {mark}")
    made.loan = factories.loan(made.household, purpose=f"ghi chú {mark}", repaid={date(2023, 1, 5): 1_000_000})
    made.attachment = factories.attachment(made.action, name=f"ngách {mark}.pdf")
    made.rule = factories.entitlement()
    made.rate = factories.rate()
    made.receipt = factories.receipt()
    made.allocation = factories.allocation(made.receipt.source)
    factories.support(ward, policy="health", count=40, on=date(2022, 6, 1), group_name=f"hội {mark}")
    void = factories.support(made.household, policy="gifts", on=date(2022, 7, 1))
    void.void_reason, void.voided_at = f"lý do {mark}", "2022-08-01T00:00:00Z"
    void.save()
    made.event = LifeEvent.objects.create(
        household=made.household,
        kind="joined",
        day=date(2021, 3, 3),
        ward=ward,
        member=made.member,
        note=f"lý do {mark}",
    )
    again = factories.household(ward, head=f"{mark} Thị Chim", address=f"Số 9, ngách {mark}")
    made.pair = DuplicateCase.objects.create(first=made.household, second=again, reasons=["person"])
    made.officer = factories.officer(ward)
    made.comment = factories.round_comment(ward, 2023, household=made.household, text=f"ghi chú {mark}")
    made.amendment = factories.amendment(made.status, "CN", reason=f"lý do {mark}: ghi nhầm loại")
    return made


class Visitor(RequestFactory):
    """A test client that keeps nothing: no cookies it is given, no templates, no middleware of its own. Ten times faster."""

    handler = ClientHandler(enforce_csrf_checks=False)
    strict = ClientHandler(enforce_csrf_checks=True)

    def __init__(self, *, checked: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.checked = checked

    def request(self, **request) -> HttpResponse:
        return (self.strict if self.checked else self.handler)(self._base_environ(**request))


@dataclass
class Person:
    """Somebody with a live session (or a token): which column of the matrix they read, and whose ward is theirs."""

    column: str
    home: str = ""
    cookies: dict = field(default_factory=dict)
    headers: dict = field(default_factory=dict)

    def client(self, *, checked: bool = False) -> Visitor:
        client = Visitor(headers=self.headers, checked=checked)
        for name, value in self.cookies.items():
            client.cookies[name] = value
        return client


# Whose ward is "dong_mai" finds Biên Giang's records foreign, and the other way round.
PEOPLE = {
    "anonymous": Person("outside"),
    "officer": Person("own", "dong_mai"),
    "officer of the other ward": Person("own", "bien_giang"),
    "officer without a ward": Person("wardless"),
    "officer moved to the other ward": Person("own", "bien_giang"),
    "closed account": Person("outside"),
    "staff": Person("staff"),
    "leader": Person("leader"),
    "administrator": Person("admin"),
    "officer's program": Person("own", "dong_mai"),
    "leader's program": Person("leader"),
    "closed account's program": Person("outside"),
}
BY_TOKEN = {name for name in PEOPLE if name.endswith("program")}


@contextmanager
def two_wards():
    """Two wards and everybody, once for a whole file; what a test does to them is taken back."""
    with acting_as("test"), transaction.atomic():
        made = SimpleNamespace(
            dong_mai=one_ward("Đồng Mai", "Quýtđỏ", "713042"),
            bien_giang=one_ward("Biên Giang", "Mậnxanh", "592180"),
        )
        moved, closed = factories.officer(made.dong_mai.ward), factories.officer(made.dong_mai.ward)
        accounts = {
            "officer": made.dong_mai.officer,
            "officer of the other ward": made.bien_giang.officer,
            "officer without a ward": factories.officer(),
            "officer moved to the other ward": moved,
            "closed account": closed,
            "staff": factories.staff(),
            "leader": factories.leader(),
            "administrator": factories.admin(),
        }
        for name, user in accounts.items():
            client = Client()
            client.force_login(user)
            PEOPLE[name].cookies = {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}
        for name in BY_TOKEN:
            _, token = AuthToken.objects.create(accounts[name.removesuffix("'s program")])
            PEOPLE[name].headers = {"authorization": f"Token {token}"}
        # Both after they had signed in.
        moved.assignments.all().delete()
        moved.assignments.create(ward=made.bien_giang.ward)
        closed.is_active = False
        closed.save()
        made.accounts = accounts
        yield made
        transaction.set_rollback(True)


def body_of(response: HttpResponse) -> str:
    """All that can be read in an answer: body, headers, and the parts of a workbook."""
    if not hasattr(response, "all_text"):
        body = b"".join(response.streaming_content) if response.streaming else response.content
        if body.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(body)) as book:
                body = b"\n".join(book.read(part) for part in book.namelist())
        headers = "\n".join(f"{name}: {unquote(value)}" for name, value in response.items())
        text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), body.decode(errors="replace"))
        response.all_text = unescape(text).lower() + headers.lower()
    return response.all_text


def forbidden_words(world, who: str) -> Iterator[str]:
    """What this person may never read: other wards' people; leaders and administrators, nobody's."""
    person = PEOPLE[who]
    if person.column != "staff":
        for ward in ("dong_mai", "bien_giang"):
            if ward != person.home:
                yield from getattr(world, ward).marks


def leaks(world, who: str, response: HttpResponse, where: str, *, revealing: bool = False) -> Iterator[str]:
    text = body_of(response)
    for word in forbidden_words(world, who):
        if word in text:
            place = text.index(word)
            yield f"{where} tells {who} “{text[max(0, place - 60) : place + 60]}”"
    for ward in ("dong_mai", "bien_giang"):
        for number in getattr(world, ward).secrets:
            may_see = revealing and PEOPLE[who].column in ("own", "staff") and response.status_code == 200
            if number in text and not may_see:
                yield f"{where} shows {who} the number {number}"
