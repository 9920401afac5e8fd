from django.urls import path

from ratings_site.components import views

app_name = "components"
urlpatterns = [
    path("", views.style, name="style"),
    path("theme/", views.theme, name="theme"),
]
