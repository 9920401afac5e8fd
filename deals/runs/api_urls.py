from django.urls import path

from deals.runs import api

urlpatterns = [
    path("deals/<str:code>/runs/", api.RunListView.as_view(), name="run-list"),
    path("runs/<uuid:pk>/", api.RunView.as_view(), name="run"),
    path("runs/<uuid:pk>/result/", api.RunResultView.as_view(), name="run-result"),
    path("runs/<uuid:pk>/cancel/", api.RunCancelView.as_view(), name="run-cancel"),
]
