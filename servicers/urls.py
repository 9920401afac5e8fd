from django.urls import URLPattern

app_name = "servicers"
urlpatterns: list[URLPattern] = []
