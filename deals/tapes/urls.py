from django.urls import path, re_path

from deals.tapes.views import changes, loans, mapping, pages

urlpatterns = [
    path("tapes/<uuid:pk>/", pages.tape, name="tape"),
    path("tapes/<uuid:pk>/problems.csv", pages.problems, name="tape-problems"),
    path("tapes/<uuid:pk>/loans/", loans.tape_loans, name="tape-loans"),
    re_path(
        r"^tapes/(?P<pk>[0-9a-f-]{36})/loans\.(?P<kind>csv|xlsx)$", loans.export, name="tape-export"
    ),
    path("tapes/<uuid:pk>/loans/<path:loan_id>/", loans.loan, name="tape-loan"),
    path("tapes/<uuid:pk>/changes/", changes.changed, name="tape-changes"),
    path("tapes/<uuid:pk>/overrides/<path:loan_id>/", changes.propose, name="override-propose"),
    path("tapes/override/<uuid:pk>/", changes.decide, name="override-decide"),
    path("tapes/<uuid:pk>/marked.xlsx", pages.marked, name="tape-marked"),
    path("<str:code>/tapes/mapping/", mapping.mapping, name="tape-mapping"),
    path("<str:code>/tapes/", pages.tape_list, name="tape-list"),
    path("<str:code>/tapes/new/", pages.upload, name="tape-upload"),
]
