"""The only writer of the trail."""

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from ratings_site import clock
from ratings_site.audit.canonical import plain
from ratings_site.audit.models import AuditEvent, AuditHead

if TYPE_CHECKING:
    from ratings_site.people.models import User

SYSTEM = "system"


@transaction.atomic
def record(
    action: str, subject: models.Model, /, *, by: "User | None", **detail: Any
) -> AuditEvent:
    """Add one line to the trail, inside the transaction of the act that it tells of.

    Call it last in a service: the head of the chain stays locked until the transaction ends.

    Parameters
    ----------
    action : noun and past participle, such as `run.requested`.
    subject : the row that the act was about; the line keeps its kind, id and name.
    by : the person who acted; None for the system itself.
    detail : what else must be known later. Dates and decimals become text.
    """
    head = _locked_head()
    event = AuditEvent(
        sequence=head.sequence + 1,
        at=clock.now(),
        action=action,
        actor=by,
        actor_name=str(by) if by is not None else SYSTEM,
        actor_roles=",".join(sorted(by.roles)) if by is not None else "",
        subject_kind=subject._meta.label_lower,
        subject_id=str(subject.pk),
        subject_name=str(subject)[:200],
        deal_code=_deal_code(subject),
        detail=plain(detail),
        previous_digest=head.digest,
    )
    event.digest = event.digest_of_content()
    event.save(force_insert=True)
    head.sequence, head.digest = event.sequence, event.digest
    head.save(update_fields=["sequence", "digest"])
    return event


def _locked_head() -> AuditHead:
    heads = AuditHead.objects.select_for_update()
    return heads.filter(pk=AuditHead.ONLY).first() or heads.get_or_create(pk=AuditHead.ONLY)[0]


def _deal_code(subject: models.Model) -> str:
    """Return the code of the deal that a row belongs to, or nothing."""
    deal = (
        subject if subject._meta.label_lower == "structure.deal" else getattr(subject, "deal", "")
    )
    return str(getattr(deal, "code", ""))
