from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServicersConfig(AppConfig):
    name = "servicers"
    label = "servicers"
    verbose_name = _("Servicers")
