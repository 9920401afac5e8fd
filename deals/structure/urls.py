from django.urls import path

from deals.structure.views import editing, people, reading

urlpatterns = [
    path("new/", editing.new, name="new"),
    path("new/file/", editing.new_from_file, name="new-from-file"),
    path("<str:code>/", reading.deal, name="deal"),
    path("<str:code>/edit/", editing.edit, name="edit"),
    path("<str:code>/edit/file/", editing.edit_file, name="edit-file"),
    path("<str:code>/deal-file/", reading.deal_file, name="deal-file"),
    path("<str:code>/versions/", reading.versions, name="versions"),
    path("<str:code>/versions/<int:number>/", reading.version, name="version"),
    path("<str:code>/analysis/", editing.begin_analysis, name="begin-analysis"),
    path("<str:code>/people/", people.assign, name="assign"),
    path("<str:code>/people/<str:username>/release/", people.release, name="release"),
    path("<str:code>/servicer/", people.appoint, name="appoint"),
]
