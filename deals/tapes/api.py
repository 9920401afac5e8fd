"""Tapes over the API: the same services as the pages."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from deals.structure.models import Deal
from deals.tapes import selectors, services
from deals.tapes.engine import loans
from deals.tapes.engine.rule_texts import door_refusal
from deals.tapes.models import Tape, TapeIssue
from deals.tapes.tasks import enqueue_check
from ratings_site import policy
from ratings_site.people.models import User


class NotAccepted(APIException):
    """A file refused at the door."""

    def __init__(self, refusal: services.RefusedAtTheDoor) -> None:
        self.status_code = refusal.http
        super().__init__(door_refusal(refusal.rule, refusal.params, "en"), code=refusal.rule)


class TapeSerializer(serializers.ModelSerializer[Tape]):
    deal = serializers.CharField(source="deal.code")
    job = serializers.SerializerMethodField()

    class Meta:
        model = Tape
        fields = [
            "id", "deal", "number", "status", "original_name", "original_sha256", "parquet_sha256", "cutoff_date",
            "n_loans", "n_borrowers", "unpaid_principal", "total_claim", "problem_count", "data_label",
            "uploaded_at", "checked_at", "job",
        ]  # fmt: skip

    def get_job(self, tape: Tape) -> str | None:
        return reverse("jobs:job", args=[tape.job_id]) if tape.job_id else None


class IssueSerializer(serializers.ModelSerializer[TapeIssue]):
    class Meta:
        model = TapeIssue
        fields = [
            "code", "rule", "severity", "sheet", "row", "letter", "column", "header", "value", "right",
            "message_en", "message_zh", "remedy_en", "remedy_zh",
        ]  # fmt: skip


class TapeDetailSerializer(TapeSerializer):
    issues = IssueSerializer(many=True)
    summary = serializers.JSONField()

    class Meta(TapeSerializer.Meta):
        fields = [*TapeSerializer.Meta.fields, "summary", "issues"]


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True, max_length=1000)
    sheet = serializers.CharField(required=False, allow_blank=True, max_length=120)
    data_label = serializers.CharField(required=False, allow_blank=True, max_length=300)


class LoanSerializer(serializers.Serializer[Any]):
    loan_id = serializers.CharField()
    borrower_id = serializers.CharField()
    borrower_name = serializers.CharField(allow_null=True)
    province = serializers.CharField()
    asset_type = serializers.CharField()
    product = serializers.CharField()
    risk_class = serializers.CharField(allow_null=True)
    legal_stage = serializers.CharField()
    default_date = serializers.DateField()
    unpaid_principal = serializers.DecimalField(max_digits=38, decimal_places=2)
    total_claim = serializers.DecimalField(max_digits=38, decimal_places=2)
    value = serializers.FloatField(allow_null=True)
    ltv = serializers.FloatField(allow_null=True)


class LoanPageSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    claim = serializers.FloatField()
    loans = LoanSerializer(many=True)


class TapeListView(APIView):
    """The versions of a deal's tape; a POST sends the next one."""

    parser_classes = [MultiPartParser]

    @extend_schema(operation_id="tapes_list", responses=TapeSerializer(many=True))
    def get(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=_by(request), may="tapes.read", code=code)
        return Response(TapeSerializer(selectors.tapes_of(deal), many=True).data)

    @extend_schema(
        operation_id="tapes_upload",
        request={"multipart/form-data": UploadSerializer},
        responses={202: TapeSerializer},
    )
    def post(self, request: Request, code: str) -> Response:
        deal = policy.get_or_404(Deal, by=_by(request), may="tapes.upload", code=code)
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        sending = services.Sending(
            sheet=form.validated_data.get("sheet", ""),
            data_label=form.validated_data.get("data_label", ""),
        )
        try:
            tape = services.receive_tape(
                deal, file, name=file.name, by=_by(request), sending=sending
            )
        except services.RefusedAtTheDoor as refusal:
            raise NotAccepted(refusal) from refusal
        except services.TapeError as error:
            raise ValidationError(str(error)) from error
        enqueue_check(tape)
        return Response(TapeSerializer(tape).data, status=HTTPStatus.ACCEPTED)


class TapeView(APIView):
    """One tape: its state, what was found in it, what it says about the pool."""

    @extend_schema(operation_id="tapes_read", responses=TapeDetailSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        return Response(TapeDetailSerializer(_tape(request, pk)).data)


class TapeLoansView(APIView):
    """A page of the loans of an accepted tape."""

    @extend_schema(
        operation_id="tapes_loans",
        parameters=[
            OpenApiParameter("begin", int),
            OpenApiParameter("size", int),
            OpenApiParameter(
                "sort", str, enum=[*loans.SORTED, *(f"-{name}" for name in loans.SORTED)]
            ),
            OpenApiParameter("q", str),
        ],
        responses=LoanPageSerializer,
    )
    def get(self, request: Request, pk: UUID) -> Response:
        tape = _tape(request, pk)
        get_object_or_404(Tape, pk=tape.pk, status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED])
        asked = request.query_params.get("sort", "")
        name = asked.removeprefix("-")
        query = loans.LoanQuery(
            sort=name if name in loans.SORTED else "",
            is_descending=asked.startswith("-"),
            filters=tuple(
                (each, value)
                for each in loans.STRATA
                if (value := request.query_params.get(each, ""))
            ),
            search=request.query_params.get("q", "")[:100],
            masks_names=policy.masks_names(_by(request)),
        )
        begin, size = _number(request, "begin", 0, 10_000_000), _number(request, "size", 50, 1_000)
        page = loans.loan_page(
            Path(tape.parquet.path), tape.cutoff_date, query, begin=begin, size=size
        )
        return Response(LoanPageSerializer(page_json(page)).data)


def page_json(page: loans.LoanPage) -> dict[str, Any]:
    return {"total": page.total, "claim": page.claim, "loans": page.rows}


def _by(request: Request) -> User:
    return cast("User", request.user)


def _tape(request: Request, pk: UUID) -> Tape:
    by = _by(request)
    return policy.get_or_404(selectors.tapes_seen_by(by), by=by, may="tapes.read", pk=pk)


def _number(request: Request, name: str, otherwise: int, most: int) -> int:
    text = request.query_params.get(name, "")
    return (
        min(int(text), most) if text.isascii() and text.isdecimal() and len(text) < 9 else otherwise
    )
