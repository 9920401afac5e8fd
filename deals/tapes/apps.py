from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TapesConfig(AppConfig):
    name = "deals.tapes"
    label = "tapes"
    verbose_name = _("Tapes")
