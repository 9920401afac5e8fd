"""The list of deals that a person may know of, with the figures by which deals are compared."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import (
    DecimalField,
    F,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from deals.structure.models import Deal
from deals.tapes.models import Tape
from ratings_site.people.models import User

MONEY = DecimalField(max_digits=20, decimal_places=2)
# What a column sorts by. The key stands in the address.
ORDERS = {
    "code": "code",
    "originator": "originator",
    "class": "asset_class",
    "state": "status",
    "claim": "pool_claim",
    "senior": "senior",
    "junior": "junior",
    "share": "senior_share",
    "forecast": "forecast_share",
    "coupon": "coupon",
    "issued": "closing_date",
    "expected": "expected_maturity",
    "final": "legal_final_date",
}


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; empty means everything."""

    words: str = ""
    originator: str = ""
    asset_class: str = ""
    status: str = ""
    issued_from: date | None = None
    issued_to: date | None = None
    order: str = "-issued"


@dataclass(frozen=True)
class Totals:
    """Sums over the deals shown. Money in their currency, which is the same for all, else none."""

    deals: int
    claim: Decimal | None
    senior: Decimal | None
    junior: Decimal | None

    @property
    def senior_share(self) -> Decimal | None:
        return self.senior / self.claim if self.senior and self.claim else None


def visible_deals(user: User) -> QuerySet[Deal]:
    """Deals with their figures: claim, senior, junior, shares, coupon, the state of their tape."""
    known = Deal.objects.filter(pk__in=Deal.objects.visible_to(user).values("pk"))
    tapes = Tape.objects.filter(deal=OuterRef("pk")).order_by("-number")
    accepted = tapes.filter(status__in=[Tape.Status.ACCEPTED, Tape.Status.WARNED])
    return known.annotate(
        tape_status=Subquery(tapes.values("status")[:1]),
        tape_number=Subquery(tapes.values("number")[:1]),
        pool_claim=Coalesce(
            "claim", Subquery(accepted.values("total_claim")[:1]), output_field=MONEY
        ),
        senior=Sum("notes__balance", filter=Q(notes__rank=1), output_field=MONEY),
        junior=Sum("notes__balance", filter=Q(notes__rank__gt=1), output_field=MONEY),
        coupon=Max("notes__coupon_rate", filter=Q(notes__rank=1)),
        expected_maturity=Min("notes__expected_maturity_date", filter=Q(notes__rank=1)),
    ).annotate(
        senior_share=share("senior", "pool_claim"),
        forecast_share=share("base_forecast", "claim"),
    )


def share(part: str, whole: str) -> Combinable:
    """Divide two columns as floating numbers: databases differ in how they divide decimals."""
    return Cast(F(part), FloatField()) / NullIf(Cast(F(whole), FloatField()), Value(0.0))


def filtered(deals: QuerySet[Deal], filters: Filters) -> QuerySet[Deal]:
    """Narrow the list to what was asked, in the order asked; the code settles ties."""
    words = Q()
    for word in filters.words.split():
        words &= (
            Q(code__icontains=word)
            | Q(name_en__icontains=word)
            | Q(name_zh__icontains=word)
            | Q(originator__icontains=word)
        )
    deals = deals.filter(words)
    exact = {
        "originator": filters.originator,
        "asset_class": filters.asset_class,
        "status": filters.status,
        "closing_date__gte": filters.issued_from,
        "closing_date__lte": filters.issued_to,
    }
    deals = deals.filter(**{key: value for key, value in exact.items() if value})
    column = F(ORDERS.get(filters.order.removeprefix("-"), "closing_date"))
    ordered = (
        column.desc(nulls_last=True)
        if filters.order.startswith("-")
        else column.asc(nulls_last=True)
    )
    return deals.order_by(ordered, "code")


def totals(deals: QuerySet[Deal]) -> Totals:
    """Sum the deals shown; sums in different currencies mean nothing and are left out."""
    rows = list(deals.order_by())
    if len({deal.currency for deal in rows}) > 1:
        return Totals(len(rows), None, None, None)
    claim, senior, junior = (
        sum((getattr(deal, name) or Decimal(0) for deal in rows), Decimal(0))
        for name in ("pool_claim", "senior", "junior")
    )
    return Totals(len(rows), claim, senior, junior)


def choices(user: User) -> dict[str, list[str]]:
    """Return the originators and asset classes that the person's deals have."""
    known = Deal.objects.visible_to(user).order_by()
    return {
        "originators": sorted(set(known.values_list("originator", flat=True)) - {""}),
        "asset_classes": sorted(set(known.values_list("asset_class", flat=True)) - {""}),
    }


def state_of(deal: Deal) -> tuple[str, str | Promise]:
    """Return mark and word of a deal's state: a refused tape is said before the stage of work."""
    if deal.is_editable and getattr(deal, "tape_status", None) == Tape.Status.REFUSED:
        return "bad", _("tape refused")
    kinds = {
        Deal.Status.DRAFT: "run",
        Deal.Status.ANALYSIS: "run",
        Deal.Status.COMMITTEE: "todo",
        Deal.Status.RATED: "hold",
    }
    return kinds[Deal.Status(deal.status)], Deal.Status(deal.status).label
