from django.urls import path

from deals.structure import api

urlpatterns = [
    path("deals/", api.DealListView.as_view(), name="deal-list"),
    path("deals/<str:code>/", api.DealView.as_view(), name="deal"),
    path("deals/<str:code>/terms/", api.TermsListView.as_view(), name="deal-terms"),
    path("deals/<str:code>/deal-file/", api.DealFileView.as_view(), name="deal-file"),
]
