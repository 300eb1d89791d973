from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class HouseholdsConfig(AppConfig):
    name = "households"
    verbose_name = _("Households")

    def ready(self):
        # Signals of the database layer only: they keep the triggers that close a year in step with the schema.
        from accounts import actor
        from households import locks

        pre_migrate.connect(locks.drop_before_migrations, sender=self, dispatch_uid="drop_locks")
        post_migrate.connect(locks.install_after_migrations, sender=self, dispatch_uid="install_locks")
        checks.register(locks.check_installed, checks.Tags.database)
        actor.in_words[locks.REFUSED] = locks.in_words
