"""Deals over the API: the same services, the same permissions as the pages."""

from http import HTTPStatus
from typing import Any, cast

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.errors import StructureError
from deals.structure import selectors, services
from deals.structure.models import Deal, DealTerms
from deals.structure.serializers import (
    DealDetailSerializer,
    DealSerializer,
    NewDealSerializer,
    RevisionSerializer,
    TermsSerializer,
    VersionSerializer,
)
from ratings_site import policy
from ratings_site.people.models import User

VERSION = OpenApiParameter("version", int, description="An earlier version of the terms.")


class Conflict(APIException):
    """The deal is not in the state, or not at the version, that the request assumes."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


def by(request: Request) -> User:
    return cast("User", request.user)


def refused(refusal: StructureError) -> ValidationError:
    """Name the JSON path of the deal file as the attribute that is at fault."""
    return ValidationError(
        {f"document.{refusal.path}" if refusal.path else "document": [str(refusal)]}
    )


class DealListView(ListAPIView[Deal]):
    """Deals on whose case the caller is."""

    serializer_class = DealSerializer
    queryset = Deal.objects.none()

    def get_queryset(self) -> Any:
        policy.require(by(self.request), "deals.list")
        known = Deal.objects.visible_to(by(self.request)).values("pk")
        return Deal.objects.filter(pk__in=known).prefetch_related("notes").order_by("code")

    @extend_schema(operation_id="deals_list")
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(
        operation_id="deals_create",
        request=NewDealSerializer,
        responses={HTTPStatus.CREATED: DealDetailSerializer},
    )
    def post(self, request: Request) -> Response:
        """Enter a deal from its deal file."""
        policy.require(by(request), "deals.create")
        given = NewDealSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            deal = services.create_deal(**given.validated_data, by=by(request))
        except StructureError as refusal:
            raise refused(refusal) from refusal
        return Response(DealDetailSerializer(deal).data, status=HTTPStatus.CREATED)


class DealView(APIView):
    """One deal with its terms in force."""

    @extend_schema(operation_id="deals_read", responses=DealDetailSerializer)
    def get(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=by(request), may="deals.read", code=code)
        return Response(DealDetailSerializer(deal).data)


class TermsListView(APIView):
    """Versions of a deal's terms; a POST saves the next one."""

    @extend_schema(operation_id="deals_terms_list", responses=VersionSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=by(request), may="deals.read", code=code)
        return Response(VersionSerializer(selectors.versions(deal), many=True).data)

    @extend_schema(
        operation_id="deals_revise",
        request=RevisionSerializer,
        responses={HTTPStatus.CREATED: TermsSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        """Save the next version of the terms; 409 when somebody else was faster."""
        deal = policy.get_or_404(Deal, by=by(request), may="deals.edit", code=code)
        given = RevisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            terms = services.revise_deal(deal, **given.validated_data, by=by(request))
        except StructureError as refusal:
            raise refused(refusal) from refusal
        except services.DealError as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(TermsSerializer(terms).data, status=HTTPStatus.CREATED)


class DealFileView(APIView):
    """The deal file as it was given: what import takes, export gives."""

    @extend_schema(operation_id="deals_export", parameters=[VERSION], responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=by(request), may="deals.read", code=code)
        return Response(asked_version(request, deal).document)


def asked_version(request: Request, deal: Deal) -> DealTerms:
    asked = request.query_params.get("version", "")
    if asked and not (asked.isascii() and asked.isdecimal() and len(asked) < 6):
        raise ValidationError({"version": ["A whole number is expected."]})
    terms = selectors.version(deal, int(asked) if asked else None)
    if terms is None:
        raise Http404
    return terms
