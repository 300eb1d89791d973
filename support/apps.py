from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    name = "support"
    verbose_name = _("Support")

    def ready(self):
        from households import life, timeline
        from support.life import help_by_year, help_held

        life.HELD_ABOVE.append(help_held)
        timeline.ADDED_ABOVE.append(help_by_year)
