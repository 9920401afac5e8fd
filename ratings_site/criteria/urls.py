from django.urls import path

from ratings_site.criteria import views

app_name = "criteria"
urlpatterns = [
    path("", views.version_list, name="list"),
    path("<str:version>/", views.version_detail, name="detail"),
]
