"""Whatever is tried, in any order: what must hold about votes, decisions and signatures."""

from collections import Counter

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from deals.committee.models import (
    Package,
    RatingAction,
    RatingCase,
    Signature,
    Vote,
    VotingRound,
)
from deals.committee.services import (
    CommitteeError,
    begin_signing,
    cast_vote,
    close_round,
    convene,
    declare,
    open_round,
    propose_rating,
    return_case,
    sign_off,
)
from ratings_site import clock
from ratings_site.audit.canonical import sha256_hex
from ratings_site.audit.models import AuditEvent
from ratings_site.audit.selectors import prove_trail
from ratings_site.people.models import Role
from tests.conftest import person
from tests.factories.committee import committee, on_case

LEVELS = ("AAA", "AA", "A", "abstain")
REFUSED = (CommitteeError, PermissionDenied)


class CommitteeMachine(RuleBasedStateMachine):
    """People of every part try every act; a plain model says what must be true afterwards."""

    @initialize()
    def enter_deal(self):
        self.made = committee()
        self.outsider = person(Role.MEMBER)
        self.reviewer = person(Role.REVIEWER, Role.MEMBER)
        on_case(self.made.deal, self.reviewer, Role.REVIEWER)
        self.actors = [
            *self.made.voters,
            self.made.secretary,
            self.made.lead,
            self.made.analyst,
            self.reviewer,
            self.outsider,
        ]
        self.cast = {}  # (round, member) -> levels, as the plain model knows them

    def attempt(self, act):
        """Try an act as the site does: whole, or refused and undone. Anything else is a fault."""
        try:
            with transaction.atomic():
                return act()
        except REFUSED:
            return None

    @property
    def case(self):
        return RatingCase.objects.order_by("-number").first()

    @property
    def round(self):
        return VotingRound.objects.order_by("case__number", "number").last()

    @rule(who=st.integers(0, 10), level=st.sampled_from(LEVELS))
    def propose(self, who, level):
        by = self.actor(who)
        self.attempt(
            lambda: propose_rating(
                self.made.run, levels=self.made.all_at(level), rationale="x", by=by
            )
        )

    @rule(who=st.integers(0, 10), with_reviewer=st.booleans())
    def call(self, who, with_reviewer):
        if (case := self.case) is None:
            return
        members = [*self.made.members, *([self.reviewer] if with_reviewer else [])]
        self.attempt(
            lambda: convene(
                case,
                chair=self.made.chair,
                members=members,
                meeting_on=clock.today(),
                by=self.actor(who),
            )
        )

    @rule(conflict=st.sampled_from([None, None, None, 1]))
    def everybody_declares(self, conflict):
        if (case := self.case) is None:
            return
        for place, member in enumerate(self.made.voters):
            self.attempt(
                lambda member=member, place=place: declare(
                    case, has_conflict=place == conflict, statement="Family.", by=member
                )
            )

    @rule(who=st.integers(0, 10))
    def open(self, who):
        if (case := self.case) is not None:
            self.attempt(lambda: open_round(case, by=self.actor(who)))

    @rule(who=st.integers(0, 10), level=st.sampled_from(LEVELS))
    def vote(self, who, level):
        if (round_ := self.round) is None:
            return
        by, levels = self.actor(who), self.made.all_at(level)
        if self.attempt(lambda: cast_vote(round_, levels=levels, reason="x", by=by)):
            assert (round_.pk, by.pk) not in self.cast
            self.cast[round_.pk, by.pk] = levels

    @rule(level=st.sampled_from(LEVELS))
    def everybody_votes(self, level):
        for who in range(len(self.made.voters)):
            self.vote(who, level)

    @rule(who=st.integers(0, 10))
    def close(self, who):
        if (round_ := self.round) is not None:
            self.attempt(lambda: close_round(round_, by=self.actor(who)))

    @rule(who=st.integers(0, 10))
    def give_back(self, who):
        if (case := self.case) is not None:
            self.attempt(lambda: return_case(case, reason="x", by=self.actor(who)))

    @rule(who=st.integers(0, 10))
    def sign(self, who):
        if (case := self.case) is None:
            return
        by = self.actor(who)
        order = self.attempt(lambda: begin_signing(case, by=by))
        if order is not None:
            self.attempt(
                lambda: sign_off(
                    case,
                    nonce=order.nonce,
                    reauthenticated_at=timezone.now(),
                    rationale="x",
                    by=by,
                )
            )

    def actor(self, who):
        """Mostly the chair and the lead, who can move things; now and then anybody else."""
        return self.actors[who % len(self.actors)]

    # --- what must always hold ---

    @invariant()
    def the_decision_is_that_of_eligible_voters_and_a_recount(self):
        if not hasattr(self, "made"):
            return
        for round_ in VotingRound.objects.filter(status="closed").select_related("case__deal"):
            votes = list(round_.votes.all())
            recount = majority([vote.levels["Senior"] for vote in votes], round_)
            assert round_.decision == ({"Senior": recount} if recount else {})
            assert bool(recount) == (round_.result == VotingRound.Result.DECIDED)
            barred = {self.made.lead.pk, self.made.analyst.pk, self.reviewer.pk}
            barred |= set(
                round_.case.declarations.filter(has_conflict=True).values_list("user", flat=True)
            )
            assert not barred & {vote.member_id for vote in votes}

    @invariant()
    def votes_are_those_that_were_cast_and_carry_the_package(self):
        if not hasattr(self, "made"):
            return
        kept = {(vote.round_id, vote.member_id): vote.levels for vote in Vote.objects.all()}
        assert kept == self.cast
        for vote in Vote.objects.select_related("round__package"):
            assert vote.package_sha256 == vote.round.package.sha256

    @invariant()
    def packages_hash_to_their_hash_and_signatures_name_it(self):
        for package in Package.objects.all():
            assert sha256_hex(bytes(package.content)) == package.sha256
        for signature in Signature.objects.select_related("round__package"):
            assert signature.round.package.sha256 in bytes(signature.statement).decode()
            assert signature.meaning == Signature.Meaning.APPROVED
            assert signature.printed_name

    @invariant()
    def a_rating_rests_on_a_signed_decision(self):
        for action in RatingAction.objects.select_related("case", "signature__round"):
            assert action.case.status == RatingCase.Status.SIGNED
            assert action.signature.round.decision[action.note.name] == action.level
        open_cases = RatingCase.objects.filter(status__in=RatingCase.OPEN).count()
        assert open_cases <= 1

    @invariant()
    def the_trail_has_no_gap_and_verifies(self):
        proof = prove_trail()
        assert proof.broken is None
        assert proof.lines == AuditEvent.objects.count()


def majority(stances, round_):
    """Count again, without the product's code: the level with enough of the votes, or None."""
    if len(stances) < round_.quorum:
        return None
    counted = Counter(stance for stance in stances if stance != "abstain")
    enough = [level for level, n in counted.items() if n * 3 >= 2 * len(stances)]
    return enough[0] if len(enough) == 1 else None


@pytest.mark.slow
@pytest.mark.django_db
def test_whatever_is_tried_in_whatever_order():
    """Each example runs in a savepoint of its own, undone at its end."""

    class Undone(CommitteeMachine):
        def __init__(self):
            super().__init__()
            self.saved = transaction.savepoint()

        def teardown(self):
            transaction.savepoint_rollback(self.saved)

    Undone.TestCase.settings = settings(
        max_examples=10,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    Undone.TestCase("runTest").runTest()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_plain_way_through_reaches_a_rating():
    """The machine's own rules, in the right order, come to the end: it can succeed."""
    machine = CommitteeMachine()
    machine.enter_deal()
    machine.propose(7, "AA")
    machine.call(6, with_reviewer=False)
    machine.everybody_declares(None)
    machine.open(0)
    machine.everybody_votes("AA")
    machine.close(0)
    machine.sign(0)

    assert RatingAction.objects.count() == 1
