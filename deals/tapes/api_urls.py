from django.urls import path

from deals.tapes import api

urlpatterns = [
    path("deals/<str:code>/tapes/", api.TapeListView.as_view(), name="tape-list"),
    path("tapes/<uuid:pk>/", api.TapeView.as_view(), name="tape"),
    path("tapes/<uuid:pk>/loans/", api.TapeLoansView.as_view(), name="tape-loans"),
]
