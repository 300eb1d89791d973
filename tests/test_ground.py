"""The ground the other tests stand on: each safety net is shown to catch something."""

import pytest
from django.db import connection, transaction
from django.template import engines

from accounts.actor import acting_as
from accounts.models import AuditEvent, User
from hadong_poverty import serve
from tests.conftest import UndefinedTemplateVariable


@pytest.fixture
def our_template(settings):
    """Render a text as if it lay in templates/."""
    from django.template import Origin, Template

    def render(text, **context):
        origin = Origin(str(settings.BASE_DIR / "templates" / "test.html"), "test.html")
        template = Template(text, origin, engine=engines["django"].engine)
        return engines["django"].from_string("").__class__(template, engines["django"]).render(context)

    return render


def test_an_undefined_variable_in_our_template_fails(our_template):
    assert our_template("{{ ward }}", ward="Đồng Mai") == "Đồng Mai"
    assert our_template("{% if wrad %}{% endif %}") == ""

    with pytest.raises(UndefinedTemplateVariable, match=r"wrad is not defined: test\.html, line 2"):
        our_template("\n{{ wrad }}", ward="Đồng Mai")


def test_an_undefined_variable_in_a_package_template_stays_silent():
    assert engines["django"].from_string("{{ wrad }}").render({}) == ""


@pytest.mark.django_db
def test_what_a_test_writes_is_recorded_under_test():
    user = User.objects.create(username="lan")

    assert AuditEvent.objects.get(model="accounts.user", row_id=user.pk).actor == "test"


@pytest.mark.django_db
def test_a_write_without_an_actor_is_refused():
    from django.db import IntegrityError

    with acting_as(""), pytest.raises(IntegrityError, match="a write needs an actor"), transaction.atomic():
        User.objects.create(username="nobody")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_transactional_test_starts_with_an_empty_trail(turn):
    assert AuditEvent.objects.count() == 0
    User.objects.create(username="lan")
    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_sqlite_is_tested_in_a_file_as_it_is_run():
    if connection.vendor == "sqlite":
        assert str(connection.settings_dict["NAME"]).endswith("test.sqlite3")


def test_the_server_refuses_bodies_the_settings_refuse(settings, monkeypatch):
    monkeypatch.delenv("TRUSTED_PROXY", raising=False)

    assert serve.options()["max_request_body_size"] == settings.MAX_BODY_BYTES
    assert "trusted_proxy" not in serve.options()
