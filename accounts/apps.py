from django.apps import AppConfig
from django.core import checks
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self):
        # Signals of the database layer only: they keep the audit triggers in step with the schema.
        from accounts import actor, triggers

        connection_created.connect(actor.introduce_actor, dispatch_uid="introduce_actor")
        pre_migrate.connect(triggers.drop_before_migrations, sender=self, dispatch_uid="drop_triggers")
        post_migrate.connect(triggers.install_after_migrations, sender=self, dispatch_uid="install_triggers")
        checks.register(triggers.check_installed, checks.Tags.database)
