"""Addresses of the desk inside the wing `deals`: its list reads all rooms."""

from django.urls import path

from deals.desk.views import deals

urlpatterns = [
    path("", deals.deal_list, name="list"),
    path("deals.xlsx", deals.export, name="list-export"),
]
