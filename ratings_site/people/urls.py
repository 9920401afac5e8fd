from django.urls import path

from ratings_site.people import views

app_name = "people"
urlpatterns = [
    path("", views.people, name="list"),
    path("new/", views.new_person, name="new"),
    path("changes/<int:pk>/", views.decide_change, name="change-decide"),
    path("<str:username>/", views.person, name="person"),
    path("<str:username>/link/", views.make_link, name="person-link"),
    path("<str:username>/roles/", views.ask_change, name="change-ask"),
    path("<str:username>/active/", views.set_active, name="person-active"),
]
