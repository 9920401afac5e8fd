from django.urls import path

from deals.desk.views import waiting

app_name = "desk"
urlpatterns = [
    path("", waiting.waiting, name="waiting"),
    path("find/", waiting.find, name="find"),
]
