from django.urls import path

from ratings_site.audit import views

app_name = "audit"
urlpatterns = [path("", views.trail, name="trail")]
