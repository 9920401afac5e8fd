from django.urls import path

from deals.committee.views import cases, decisions, packages

urlpatterns = [
    path("runs/<uuid:pk>/propose/", cases.propose, name="propose"),
    path("cases/<uuid:pk>/", cases.case, name="case"),
    path("cases/<uuid:pk>/convene/", cases.convene, name="case-convene"),
    path("cases/<uuid:pk>/return/", cases.send_back, name="case-return"),
    path("cases/<uuid:pk>/declaration/", cases.declare, name="case-declare"),
    path("cases/<uuid:pk>/rounds/", decisions.open_round, name="round-open"),
    path("rounds/<uuid:pk>/close/", decisions.close_round, name="round-close"),
    path("cases/<uuid:pk>/sign/", decisions.sign, name="case-sign"),
    path("cases/<uuid:pk>/action/", decisions.decision, name="decision"),
    path("packages/<uuid:pk>/", packages.package, name="package"),
    path("packages/<uuid:pk>/vote/", packages.vote, name="vote"),
    path("packages/<uuid:pk>/questions/", packages.ask, name="question-ask"),
    path("questions/<int:pk>/answer/", packages.answer, name="question-answer"),
    path("packages/<uuid:pk>/papers/<str:kind>/", packages.order, name="paper-order"),
    path("papers/<uuid:pk>/", packages.document, name="paper"),
    path("<str:code>/committee/", cases.committee, name="committee"),
]
