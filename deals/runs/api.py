"""Runs over the API: asked for, watched, stopped, read."""

from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from deals.runs import services
from deals.runs.models import RatingRun
from deals.runs.serializers import NewRunSerializer, RunSerializer
from deals.runs.tasks import enqueue_run
from deals.structure.models import Deal
from ratings_site import policy
from ratings_site.jobs.errors import JobError
from ratings_site.people.models import User

RELATED = ("deal", "terms", "criteria", "job", "requested_by")


class Conflict(APIException):
    """The run is not in the state that the request assumes."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


def by(request: Request) -> User:
    return cast("User", request.user)


class RunListView(APIView):
    """Runs of a deal, newest first; a POST asks for the next one."""

    @extend_schema(operation_id="runs_list", responses=RunSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=by(request), may="runs.read", code=code)
        runs = deal.runs.select_related(*RELATED).defer("result").order_by("-number")
        return Response(RunSerializer(runs, many=True).data)

    @extend_schema(
        operation_id="runs_start",
        request=NewRunSerializer,
        responses={HTTPStatus.ACCEPTED: RunSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        """Freeze the inputs and queue the run; its own address tells how far it is."""
        deal = policy.get_or_404(Deal, by=by(request), may="runs.start", code=code)
        given = NewRunSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked: dict[str, Any] = {**given.validated_data, "tape": given.tape_of(deal.tapes)}
        try:
            run = services.request_run(deal, by=by(request), **asked)
        except services.RunError as refusal:
            raise ValidationError(str(refusal)) from refusal
        enqueue_run(run)
        return Response(RunSerializer(run).data, status=HTTPStatus.ACCEPTED)


class RunView(APIView):
    """One run: what it is computed from, how far it is."""

    @extend_schema(operation_id="runs_read", responses=RunSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(RunSerializer(run_or_404(request, pk, "runs.read")).data)


class RunResultView(APIView):
    """The result of a finished run, in the shape of `manage.py rate --json`."""

    @extend_schema(
        operation_id="runs_result",
        responses=OpenApiTypes.OBJECT,
        description="The result; its JSON Schema is published with the documentation. "
        "409 while the run is not done.",
    )
    def get(self, request: Request, pk: UUID) -> Response:
        run = run_or_404(request, pk, "runs.read")
        if run.result is None:
            msg = f"The run is {run.job.status}: it has no result."
            raise Conflict(msg)
        return Response(run.result)


class RunCancelView(APIView):
    """Stop a run that is not finished."""

    @extend_schema(operation_id="runs_cancel", request=None, responses=RunSerializer)
    def post(self, request: Request, pk: UUID) -> Response:
        run = run_or_404(request, pk, "runs.cancel")
        try:
            services.cancel_run(run, by=by(request))
        except JobError as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(RunSerializer(run_or_404(request, pk, "runs.read")).data)


def run_or_404(request: Request, pk: UUID, may: str) -> RatingRun:
    runs = RatingRun.objects.select_related(*RELATED)
    return policy.get_or_404(runs, by=by(request), may=may, pk=pk)
