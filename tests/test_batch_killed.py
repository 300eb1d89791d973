"""The machine dies while a list of 300 is being saved: nothing of it is on record, and it can be saved again.

A real process sends the officer's form and is killed (SIGKILL) in the midst of the save, on the database that is
running. The control is the same process left alone.
"""

import json
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from accounts.models import AuditEvent, Submission
from support.models import Draw, FundingLine, GiftDetail, SupportAction, SupportBatch
from tests import factories
from tests.action_sheets import line
from tests.batch_sheets import batch_sheet
from tests.test_carry_over import ward_of
from tests.test_headers_and_settings import database_url, environment

pytestmark = pytest.mark.django_db(transaction=True)

HOUSEHOLDS = 300

# Sends the form under the user's name; with a place to stop at, says there how far it is and waits to be killed.
SENDER = """
import json, sys, time
import django
django.setup()
from django.test import Client
from accounts.models import User
from support import batch
from support.models import FundingLine, SupportAction

username, stop, typed = json.loads(sys.stdin.readline())

def wait_to_be_killed(*args, **kwargs):
    print(SupportAction.objects.count(), FundingLine.objects.count(), flush=True)
    time.sleep(600)

if stop == "lines":
    FundingLine.objects.bulk_create = wait_to_be_killed
elif stop == "fund":
    batch.cover = wait_to_be_killed
client = Client(headers={"host": "localhost"})
client.force_login(User.objects.get(username=username))
print(client.post("/support/batches/new/", typed).status_code, flush=True)
"""


@pytest.fixture
def typed(dong_mai):
    fund = factories.fund()
    factories.receipt(fund, amount=200_000_000)
    families = ward_of(dong_mai, HOUSEHOLDS)
    return batch_sheet(line(fund, "500000"), rows=families, policy=factories.policy("gifts").pk)


@pytest.fixture
def send(officer, typed):
    """Start a process that sends the form; `stop` is where it waits."""
    started = []

    def start(stop: str = "") -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-c", SENDER],
            cwd=settings.BASE_DIR,
            env=environment(DATABASE_URL=database_url()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        process.stdin.write(json.dumps([officer.username, stop, typed]) + "\n")
        process.stdin.flush()
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def on_record() -> dict[str, int]:
    tables = (SupportBatch, SupportAction, FundingLine, GiftDetail, Draw, Submission)
    rows = {model.__name__: model.objects.count() for model in tables}
    return rows | {"trail": AuditEvent.objects.filter(model__startswith="support.supporta").count()}


NOTHING = {
    "SupportBatch": 0, "SupportAction": 0, "FundingLine": 0, "GiftDetail": 0, "Draw": 0, "Submission": 0, "trail": 0
}  # fmt: skip
EVERYTHING = NOTHING | dict.fromkeys(NOTHING, HOUSEHOLDS) | {"SupportBatch": 1, "Submission": 1}


@pytest.mark.parametrize(("stop", "written"), [("lines", "300 0"), ("fund", "300 300")])
def test_a_save_killed_half_way_writes_nothing_and_can_be_sent_again(send, stop, written):
    process = send(stop)
    assert process.stdout.readline().strip() == written, "it was in the midst of writing"
    process.send_signal(signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL

    assert on_record() == NOTHING

    again = send()
    assert again.stdout.readline().strip() == "302"
    assert on_record() == EVERYTHING


def test_control_the_same_save_left_alone_writes_everything(send):
    process = send()

    assert process.stdout.readline().strip() == "302"
    assert process.wait(60) == 0
    assert on_record() == EVERYTHING
