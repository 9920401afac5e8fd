"""Twenty at once, on PostgreSQL: one effect, no fault, and the decision is that of the recount.

These commit. Each cleans up nothing: the database of the suite is thrown away, and every test
makes people and a deal of its own.
"""

import threading
from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection

from deals.committee.models import RatingAction, Signature, Vote, VotingRound
from deals.committee.services import (
    CommitteeError,
    begin_signing,
    cast_vote,
    close_round,
    open_round,
    sign_off,
)
from ratings_site import clock
from ratings_site.audit.models import AuditEvent
from ratings_site.audit.selectors import prove_trail
from ratings_site.audit.services import record
from tests.factories.committee import voting

THREADS = 20
REFUSED = (CommitteeError, PermissionDenied, IntegrityError)

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.slow,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]


@pytest.fixture(autouse=True)
def _committing(django_db_setup, django_db_blocker):
    """Let this test commit for real; tables only grow, so nothing is flushed."""
    with django_db_blocker.unblock():
        yield


def at_once(*acts):
    """Start every act at the same moment, each on a connection of its own; count the outcomes."""
    barrier, outcomes, lock = threading.Barrier(len(acts)), Counter(), threading.Lock()

    def run(act):
        barrier.wait()
        try:
            act()
            outcome = "done"
        except REFUSED:
            outcome = "refused"
        except Exception as error:  # noqa: BLE001  the test reports whatever it was
            outcome = repr(error)
        finally:
            connection.close()
        with lock:
            outcomes[outcome] += 1

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_twenty_lines_of_the_trail_at_once_have_no_gap():
    made = voting()
    before = AuditEvent.objects.count()

    outcomes = at_once(*[lambda: record("deal.read", made.deal, by=None)] * THREADS)

    assert outcomes == {"done": THREADS}
    assert AuditEvent.objects.count() == before + THREADS
    assert prove_trail().broken is None


def test_one_vote_comes_of_twenty_equal_requests():
    made = voting()
    member = made.members[0]

    def vote():
        cast_vote(made.round, levels=made.all_at("AA"), reason="x", by=member)

    outcomes = at_once(*[vote] * THREADS)

    assert outcomes == {"done": 1, "refused": THREADS - 1}
    assert Vote.objects.filter(round=made.round).count() == 1


def test_one_round_opens_of_twenty_requests():
    made = voting()
    close_round(made.round, by=made.chair)

    outcomes = at_once(*[lambda: open_round(made.case, by=made.chair)] * THREADS)

    assert outcomes == {"done": 1, "refused": THREADS - 1}


@pytest.mark.parametrize("trial", range(5))
def test_a_vote_in_flight_while_the_chair_closes_counts_wholly_or_not_at_all(trial):
    made = voting()

    def vote_as(member, level):
        return lambda: cast_vote(made.round, levels=made.all_at(level), reason="x", by=member)

    stances = ["AA", "AA", "AA", "AA", "A", "A"]
    acts = [vote_as(*pair) for pair in zip(made.voters, stances, strict=True)]
    outcomes = at_once(*acts, lambda: close_round(made.round, by=made.chair))

    made.round.refresh_from_db()
    votes = list(Vote.objects.filter(round=made.round))
    counted = Counter(vote.levels["Senior"] for vote in votes)
    recount = [level for level, n in counted.items() if n * 3 >= 2 * len(votes)]
    expected = recount[0] if len(votes) >= 5 and recount else None
    assert set(outcomes) <= {"done", "refused"}
    assert made.round.status == VotingRound.Status.CLOSED
    assert made.round.decision == ({"Senior": expected} if expected else {})
    assert all(vote.cast_at <= made.round.closed_at for vote in votes)


def test_one_signature_comes_of_twenty_equal_requests():
    made = voting()
    for member in made.voters:
        cast_vote(made.round, levels=made.all_at("AAA"), reason="x", by=member)
    close_round(made.round, by=made.chair)
    made.case.refresh_from_db()
    order = begin_signing(made.case, by=made.chair)

    def sign():
        sign_off(
            made.case,
            nonce=order.nonce,
            reauthenticated_at=clock.now(),
            rationale="",
            by=made.chair,
        )

    outcomes = at_once(*[sign] * THREADS)

    assert outcomes == {"done": 1, "refused": THREADS - 1}
    assert Signature.objects.filter(round=made.round).count() == 1
    assert RatingAction.objects.filter(case=made.case).count() == 1


@pytest.mark.django_db
def test_the_races_are_run_on_postgresql():
    """Its mark also makes sure that the database of the suite is there for the others."""
    assert connection.vendor == "postgresql"
