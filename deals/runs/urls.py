from django.urls import path

from deals.runs.views import pages

urlpatterns = [
    path("runs/<uuid:pk>/", pages.run, name="run"),
    path("runs/<uuid:pk>/compare/", pages.compare, name="run-compare"),
    path("<str:code>/runs/", pages.run_list, name="run-list"),
    path("<str:code>/runs/new/", pages.start, name="run-start"),
]
