from django.urls import path

from servicers.views import reading, writing

app_name = "servicers"
urlpatterns = [
    path("", reading.servicer_list, name="list"),
    path("new/", writing.new, name="new"),
    path("<slug:code>/", reading.servicer, name="servicer"),
    path("<slug:code>/edit/", writing.edit, name="edit"),
    path("<slug:code>/assess/", writing.assess, name="assess"),
    path("<slug:code>/assessments/<int:number>/", reading.assessment, name="assessment"),
    path("<slug:code>/assessments/<int:number>/approve/", writing.approve, name="approve"),
    path("<slug:code>/assessments/<int:number>/withdraw/", writing.withdraw, name="withdraw"),
    path("<slug:code>/static-pools/new/", writing.new_static_pool, name="static-pool-new"),
    path("<slug:code>/static-pools/<uuid:pk>/", reading.static_pool, name="static-pool"),
    path(
        "<slug:code>/static-pools/<uuid:pk>/file/",
        reading.static_pool_file,
        name="static-pool-file",
    ),
]
