"""The committee's verbs: what they refuse first, then what they leave behind."""

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

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
    answer_question,
    ask_question,
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
from deals.structure.models import Deal
from ratings_site import clock
from ratings_site.audit.canonical import canonical_bytes, sha256_hex
from ratings_site.audit.models import AuditEvent
from ratings_site.people.models import Role, User
from tests.factories.committee import (
    committee,
    convened,
    done_run,
    on_case,
    proposed,
    voting,
)

pytestmark = pytest.mark.django_db


def vote_of(made, member, level="AA", **options):
    return cast_vote(
        made.round, levels=made.all_at(level), reason="As I read it.", by=member, **options
    )


def decided(level="AAA", **options):
    """Go on to a decision at a level."""
    made = voting(**options)
    for member in made.voters:
        vote_of(made, member, level)
    close_round(made.round, by=made.chair)
    made.case.refresh_from_db()
    return made


def sign(made, **changes):
    order = begin_signing(made.case, by=made.chair)
    asked = {
        "nonce": order.nonce,
        "reauthenticated_at": timezone.now(),
        "rationale": "",
        "by": made.chair,
    }
    return sign_off(made.case, **{**asked, **changes})


# --- proposing ------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.ANALYST, Role.REVIEWER, Role.MEMBER, Role.CHAIR])
def test_only_the_lead_of_the_case_proposes(make_person, role):
    made = committee()
    other = make_person(role)
    on_case(made.deal, other, role)

    with pytest.raises(PermissionDenied, match="Only the lead"):
        propose_rating(made.run, levels=made.all_at("AA"), rationale="x", by=other)

    assert not made.deal.cases.exists()


def test_a_lead_who_is_not_on_the_case_does_not_propose(make_person):
    made = committee()

    with pytest.raises(PermissionDenied):
        propose_rating(made.run, levels=made.all_at("AA"), rationale="x", by=make_person(Role.LEAD))


def test_a_run_on_older_terms_is_not_proposed():
    made = committee()
    terms = made.deal.terms
    made.deal.versions.create(
        number=2,
        document=terms.document,
        sha256="x",
        created_by=made.lead,
        created_at=timezone.now(),
    )

    with pytest.raises(CommitteeError, match="version 2 stands now"):
        propose_rating(made.run, levels=made.all_at("AA"), rationale="x", by=made.lead)


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ({}, "for each rated note: Senior"),
        ({"Senior": "AA", "Junior": "B"}, "for each rated note: Senior"),
        ({"Senior": "AA++"}, "Not a level"),
    ],
)
def test_a_proposal_names_a_level_of_the_scale_for_each_rated_note(levels, words):
    made = committee()

    with pytest.raises(CommitteeError, match=words):
        propose_rating(made.run, levels=levels, rationale="x", by=made.lead)


def test_a_proposal_needs_its_rationale():
    made = committee()

    with pytest.raises(CommitteeError, match="rationale"):
        propose_rating(made.run, levels=made.all_at("AA"), rationale=" ", by=made.lead)


def test_a_deal_has_one_open_case():
    made = proposed()

    with pytest.raises(CommitteeError, match="open already"):
        propose_rating(made.run, levels=made.all_at("AA"), rationale="x", by=made.lead)


def test_a_proposal_is_seen_by_chair_and_secretary_not_yet_by_members():
    made = proposed()

    assert Deal.objects.visible_to(made.chair).contains(made.deal)
    assert Deal.objects.visible_to(made.secretary).contains(made.deal)
    assert not Deal.objects.visible_to(made.members[0]).contains(made.deal)


# --- convening ------------------------------------------------------------------------------


def call(made, **changes):
    asked = {
        "chair": made.chair,
        "members": made.members,
        "meeting_on": datetime.date(2024, 6, 14),
        "by": made.secretary,
    }
    return convene(made.case, **{**asked, **changes})


def test_the_lead_does_not_convene_her_own_proposal():
    made = proposed()

    with pytest.raises(PermissionDenied, match="chair or secretary"):
        call(made, by=made.lead)

    made.case.refresh_from_db()
    assert made.case.status == RatingCase.Status.PROPOSED
    assert not Package.objects.exists()


def test_the_analytical_side_is_not_called(make_person):
    made = proposed()
    reviewer = make_person(Role.REVIEWER, Role.MEMBER)
    on_case(made.deal, reviewer, Role.REVIEWER)

    with pytest.raises(CommitteeError, match="another part"):
        call(made, members=[*made.members, reviewer])


def test_who_asked_for_the_run_is_not_called_even_after_leaving_the_case():
    made = proposed()
    made.analyst.groups.add(made.members[0].groups.get())
    made.deal.people.filter(user=made.analyst).delete()
    asked = User.objects.get(pk=made.analyst.pk)

    with pytest.raises(CommitteeError, match="another part"):
        call(made, members=[*made.members, asked])


def test_a_bench_below_quorum_is_not_called():
    made = proposed(members=3)

    with pytest.raises(CommitteeError, match="a quorum needs 5"):
        call(made)


def test_only_members_of_the_committee_are_called(outsider):
    made = proposed()

    with pytest.raises(CommitteeError, match="no member"):
        call(made, members=[*made.members, outsider])


def test_the_chair_holds_the_role():
    made = proposed()

    with pytest.raises(CommitteeError, match="does not hold"):
        call(made, chair=made.members[0])


def test_convening_freezes_a_package_that_hashes_to_its_hash():
    made = convened()

    content = bytes(made.package.content)
    assert sha256_hex(content) == made.package.sha256
    assert canonical_bytes(made.package.document) == content
    assert made.deal.status == Deal.Status.COMMITTEE
    assert made.case.status == RatingCase.Status.CONVENED
    assert AuditEvent.objects.first().detail["sha256"] == made.package.sha256


def test_a_package_holds_what_is_decided_on():
    made = convened()
    document = made.package.document

    assert document["proposal"] == {"levels": {"Senior": "AA"}, "rationale": "As computed."}
    assert document["run"]["result"] == made.run.result
    assert document["run"]["seed"] == made.run.seed
    assert document["terms"]["document"] == made.deal.terms.document
    assert document["criteria"]["sha256"] == made.run.criteria.sha256
    assert [each["note"] for each in document["outcomes"]] == ["Senior"]
    assert document["committee"]["quorum"] == 5
    assert document["committee"]["majority"] == [2, 3]
    assert len(document["committee"]["members"]) == 6


def test_a_package_lists_every_run_of_the_deal():
    made = proposed()
    done_run(made.deal, by=made.analyst)
    done_run(made.deal, by=made.lead)

    package = call(made)

    assert [run["number"] for run in package.document["runs"]] == [1, 2, 3]


def test_the_rule_is_the_one_at_convening(settings):
    made = convened()
    settings.COMMITTEE_QUORUM, settings.COMMITTEE_MAJORITY = 1, "1/2"
    for member in made.voters:
        declare(made.case, has_conflict=False, statement="", by=member)

    round_ = open_round(made.case, by=made.chair)

    assert (round_.quorum, round_.majority_needs, round_.majority_of) == (5, 2, 3)


def test_the_text_of_the_run_in_the_package_stays_when_the_deal_is_renamed():
    made = convened()
    Deal.objects.filter(pk=made.deal.pk).update(name_en="Renamed")

    again = Package.objects.get(pk=made.package.pk)

    assert again.document["deal"]["name_en"] == "Test deal"
    assert sha256_hex(bytes(again.content)) == made.package.sha256


# --- returning ------------------------------------------------------------------------------


def test_a_returned_case_stays_and_a_new_one_follows():
    made = convened()
    return_case(made.case, reason="New valuations came in.", by=made.chair)

    made.deal.refresh_from_db()
    again = propose_rating(made.run, levels=made.all_at("AA"), rationale="Again.", by=made.lead)
    made.case = again
    package = call(made)

    assert (again.number, package.number) == (2, 2)
    assert RatingCase.objects.filter(status=RatingCase.Status.RETURNED).count() == 1


def test_a_case_is_not_returned_without_reason_nor_by_a_member_nor_while_voting():
    made = voting()

    with pytest.raises(PermissionDenied):
        return_case(made.case, reason="x", by=made.members[0])
    with pytest.raises(CommitteeError, match="reason"):
        return_case(made.case, reason="", by=made.chair)
    with pytest.raises(CommitteeError, match="Close it first"):
        return_case(made.case, reason="x", by=made.chair)


# --- declaring ------------------------------------------------------------------------------


def test_voting_does_not_open_before_everybody_declared():
    made = convened()
    for member in made.voters[1:]:
        declare(made.case, has_conflict=False, statement="", by=member)

    with pytest.raises(CommitteeError, match=f"Not declared yet: {made.chair}"):
        open_round(made.case, by=made.chair)


def test_a_member_in_conflict_is_out_of_the_case_and_not_counted():
    made = convened()
    recused = made.members[0]

    declare(made.case, has_conflict=True, statement="Former employer.", by=recused)

    assert not Package.objects.visible_to(recused).exists()
    for member in made.voters:
        if member != recused:
            declare(made.case, has_conflict=False, statement="", by=member)
    made.round = open_round(made.case, by=made.chair)
    with pytest.raises(PermissionDenied):
        vote_of(made, recused)


def test_too_many_conflicts_leave_no_quorum_and_no_round():
    made = convened(members=4)
    declare(made.case, has_conflict=True, statement="Holds notes.", by=made.members[0])
    for member in [made.chair, *made.members[1:]]:
        declare(made.case, has_conflict=False, statement="", by=member)

    with pytest.raises(CommitteeError, match="4 members may vote; a quorum needs 5"):
        open_round(made.case, by=made.chair)


def test_a_conflict_is_stated_once_and_only_by_members():
    made = convened()
    with pytest.raises(CommitteeError, match="statement"):
        declare(made.case, has_conflict=True, statement="", by=made.members[0])
    with pytest.raises(PermissionDenied):
        declare(made.case, has_conflict=False, statement="", by=made.secretary)
    declare(made.case, has_conflict=False, statement="", by=made.members[0])

    with pytest.raises(CommitteeError, match="declared already"):
        declare(made.case, has_conflict=True, statement="Now I see.", by=made.members[0])


def test_a_chair_in_conflict_neither_opens_nor_closes_nor_signs():
    made = convened()
    declare(made.case, has_conflict=True, statement="Family.", by=made.chair)

    with pytest.raises(PermissionDenied):
        open_round(made.case, by=made.chair)


# --- voting ---------------------------------------------------------------------------------


def test_preparer_may_not_vote():
    made = voting()

    with pytest.raises(PermissionDenied, match="prepared a package may not vote"):
        vote_of(made, made.package.prepared_by)

    assert not made.round.votes.exists()


def test_the_analytical_side_may_not_vote_even_with_a_seat_of_the_committee(make_person):
    made = voting()
    reviewer = make_person(Role.REVIEWER, Role.MEMBER)
    on_case(made.deal, reviewer, Role.REVIEWER)

    with pytest.raises(PermissionDenied, match="analytical side"):
        vote_of(made, reviewer)


@pytest.mark.parametrize(
    "role", [Role.MEMBER, Role.SECRETARY, Role.COMPLIANCE, Role.ADMINISTRATOR, Role.COMMERCIAL]
)
def test_nobody_votes_who_was_not_called(make_person, role):
    made = voting()

    with pytest.raises(PermissionDenied):
        vote_of(made, make_person(role))

    assert not made.round.votes.exists()


def test_a_member_put_on_the_case_after_convening_has_no_seat(make_person):
    made = voting()
    late = make_person(Role.MEMBER)
    on_case(made.deal, late, Role.MEMBER)

    with pytest.raises(PermissionDenied, match="called to this case"):
        vote_of(made, late)


def test_a_member_votes_once_a_round():
    made = voting()
    vote_of(made, made.members[0])

    with pytest.raises(CommitteeError, match="cannot be changed"):
        vote_of(made, made.members[0], "A")

    assert made.round.votes.get().levels == made.all_at("AA")


@pytest.mark.parametrize(
    ("levels", "reason", "words"),
    [
        ({}, "x", "for each rated note"),
        ({"Senior": "AA", "Other": "AA"}, "x", "for each rated note"),
        ({"Senior": "best"}, "x", "level of the scale"),
        ({"Senior": "AA"}, " ", "needs its reason"),
    ],
)
def test_a_vote_is_whole_or_refused(levels, reason, words):
    made = voting()

    with pytest.raises(CommitteeError, match=words):
        cast_vote(made.round, levels=levels, reason=reason, by=made.members[0])


def test_a_vote_carries_the_hash_of_the_package():
    made = voting()

    assert vote_of(made, made.members[0]).package_sha256 == made.package.sha256


def test_no_vote_is_shown_nor_its_level_recorded_while_the_round_is_open():
    made = voting()
    vote_of(made, made.members[0], "BBB+")

    for user in [*made.voters, made.secretary, made.lead]:
        assert not Vote.objects.visible_to(user).exists()
    line = AuditEvent.objects.filter(action="vote.cast").get()
    assert "BBB" not in canonical_bytes(line.detail).decode() + line.subject_name


def test_a_closed_round_takes_no_vote():
    made = voting()
    close_round(made.round, by=made.chair)

    with pytest.raises(CommitteeError, match="closed"):
        vote_of(made, made.members[0])


def test_only_the_chair_closes_and_only_once():
    made = voting()
    with pytest.raises(PermissionDenied):
        close_round(made.round, by=made.members[0])
    with pytest.raises(PermissionDenied):
        close_round(made.round, by=made.secretary)
    close_round(made.round, by=made.chair)

    with pytest.raises(CommitteeError, match="closed already"):
        close_round(made.round, by=made.chair)


@pytest.mark.parametrize(
    ("stances", "result", "level"),
    [
        (["AA"] * 6, "decided", "AA"),
        (["AA"] * 4 + ["A"] * 2, "decided", "AA"),
        (["AA"] * 3 + ["A"] * 3, "no_majority", None),
        (["AA"] * 3 + ["A", "A-", "BBB"], "no_majority", None),
        (["AA"] * 4 + ["abstain"] * 2, "decided", "AA"),
        (["AA"] * 3 + ["abstain"] * 3, "no_majority", None),
        (["abstain"] * 6, "no_majority", None),
        (["AA"] * 4, "no_quorum", None),
        (["AA"] * 5, "decided", "AA"),
        ([], "no_quorum", None),
    ],
)
def test_two_thirds_of_the_votes_cast_decide_and_nothing_else(stances, result, level):
    made = voting()
    for member, stance in zip(made.voters, stances, strict=False):
        vote_of(made, member, stance)

    round_ = close_round(made.round, by=made.chair)

    made.case.refresh_from_db()
    assert round_.result == result
    assert round_.decision == ({"Senior": level} if level else {})
    expected = RatingCase.Status.DECIDED if level else RatingCase.Status.CONVENED
    assert made.case.status == expected


def test_with_one_half_needed_a_tie_does_not_decide(settings):
    settings.COMMITTEE_MAJORITY = "1/2"
    made = voting()
    for member, stance in zip(made.voters, ["AA"] * 3 + ["A"] * 3, strict=True):
        vote_of(made, member, stance)

    assert close_round(made.round, by=made.chair).result == VotingRound.Result.NO_MAJORITY


def test_after_a_round_without_majority_another_may_be_opened():
    made = voting()
    close_round(made.round, by=made.chair)

    made.round = open_round(made.case, by=made.chair)
    for member in made.voters:
        vote_of(made, member)

    assert made.round.number == 2
    assert close_round(made.round, by=made.chair).result == VotingRound.Result.DECIDED


def test_a_dissent_is_kept_word_for_word():
    made = voting()
    words = "  The five largest\nborrowers are one group. "
    for member in made.voters[1:]:
        vote_of(made, member)
    cast_vote(made.round, levels=made.all_at("A"), reason=words, dissents=True, by=made.chair)
    close_round(made.round, by=made.chair)

    kept = Vote.objects.visible_to(made.members[0]).get(dissents=True)
    assert kept.reason == words.strip()


# --- signing --------------------------------------------------------------------------------


def test_the_signed_decision_becomes_a_rating_action_and_the_deal_is_rated():
    made = decided("AAA")

    [action] = sign(made)

    made.deal.refresh_from_db()
    made.case.refresh_from_db()
    assert (action.level, action.symbol, action.note.name) == ("AAA", "AAAsf(cn)", "Senior")
    assert made.deal.status == Deal.Status.RATED
    assert made.case.status == RatingCase.Status.SIGNED
    assert action.package == made.package


def test_the_signature_says_who_what_when_and_on_which_package():
    made = decided()
    sign(made)

    signature = Signature.objects.get()
    statement = bytes(signature.statement).decode()
    assert signature.printed_name == str(made.chair)
    assert signature.meaning == "approved"
    assert sha256_hex(bytes(signature.statement)) == signature.sha256
    made.round.refresh_from_db()
    for part in (made.package.sha256, made.round.votes_sha256, signature.nonce, "approved"):
        assert part in statement


def test_a_decision_that_differs_from_the_model_needs_its_rationale():
    made = decided("A")  # model and limits imply AAA

    with pytest.raises(CommitteeError, match="Say why"):
        sign(made)
    assert not RatingAction.objects.exists()

    [action] = sign(made, rationale="Thin evidence of the cash since cut-off.")
    assert (action.implied, action.level) == ("AAA", "A")
    assert action.rationale


def test_nobody_but_the_chair_signs():
    made = decided()
    for user in [*made.members, made.secretary, made.lead]:
        with pytest.raises(PermissionDenied):
            begin_signing(made.case, by=user)
        with pytest.raises(PermissionDenied):
            sign(made, by=user)

    assert not Signature.objects.exists()


def test_an_undecided_case_is_not_signed():
    made = voting()

    with pytest.raises(PermissionDenied):
        begin_signing(made.case, by=made.chair)


def test_a_password_given_too_long_ago_does_not_sign():
    made = decided()

    with pytest.raises(PermissionDenied, match="password again"):
        sign(made, reauthenticated_at=timezone.now() - datetime.timedelta(seconds=301))
    with pytest.raises(PermissionDenied, match="password again"):
        sign(made, reauthenticated_at=timezone.now() + datetime.timedelta(seconds=60))


def test_a_nonce_signs_once_only_its_own_decision_and_not_for_long():
    made, other = decided(), decided()
    foreign = begin_signing(other.case, by=other.chair)
    with pytest.raises(CommitteeError, match="something else"):
        sign(made, nonce=foreign.nonce)
    with pytest.raises(CommitteeError, match="something else"):
        sign(made, nonce="f" * 64)
    old = begin_signing(made.case, by=made.chair)
    with (
        time_machine.travel(timezone.now() + datetime.timedelta(seconds=301), tick=False),
        pytest.raises(CommitteeError, match="too old"),
    ):
        sign(made, nonce=old.nonce)
    sign(made)

    with pytest.raises(PermissionDenied):  # the case is signed: nothing is left to sign
        sign(made)


def test_a_refused_signature_leaves_the_nonce_unused():
    made = decided("A")
    order = begin_signing(made.case, by=made.chair)

    with pytest.raises(CommitteeError, match="Say why"):
        sign(made, nonce=order.nonce)

    order.refresh_from_db()
    assert order.used_at is None


# --- what the database itself refuses -------------------------------------------------------


@pytest.mark.parametrize(
    "table",
    [
        "committee_package",
        "committee_vote",
        "committee_seat",
        "committee_declaration",
        "committee_signature",
        "committee_ratingaction",
        "committee_votinground",
        "committee_ratingcase",
    ],
)
@pytest.mark.parametrize("act", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_what_was_decided_is_neither_edited_nor_deleted(table, act):
    sign(decided())

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(act.format(table))


@pytest.mark.parametrize("partial", ["preparer", "uncalled", "other package"])
def test_the_database_refuses_a_partial_vote_whatever_writes_it(partial, member):
    made = voting()
    voter = {"preparer": made.lead, "uncalled": member}.get(partial, made.members[0])
    digest = "0" * 64 if partial == "other package" else made.package.sha256

    with pytest.raises(IntegrityError, match="refuses this row"), transaction.atomic():
        Vote.objects.create(
            round=made.round,
            member=voter,
            package_sha256=digest,
            levels={},
            reason="x",
            cast_at=clock.now(),
        )


def test_the_database_refuses_a_vote_in_a_closed_round():
    made = voting()
    close_round(made.round, by=made.chair)

    with pytest.raises(IntegrityError, match="refuses this row"), transaction.atomic():
        Vote.objects.create(
            round=made.round,
            member=made.members[0],
            package_sha256=made.package.sha256,
            levels={},
            reason="x",
            cast_at=clock.now(),
        )


# --- questions ------------------------------------------------------------------------------


def test_the_committee_asks_and_the_analytical_side_answers_once():
    made = convened()
    question = ask_question(made.package, section="sum", text="Seen on site?", by=made.members[0])

    answer = answer_question(question, text="Two of three.", by=made.analyst)

    assert question.answer == answer
    with pytest.raises(CommitteeError, match="answered already"):
        answer_question(question, text="All.", by=made.lead)
    with pytest.raises(PermissionDenied):
        ask_question(made.package, section="sum", text="x", by=made.analyst)
    with pytest.raises(PermissionDenied):
        answer_question(question, text="x", by=made.members[0])


def test_earlier_questions_and_answers_go_into_the_next_package():
    made = convened()
    question = ask_question(made.package, section="sum", text="Seen on site?", by=made.chair)
    answer_question(question, text="Two of three.", by=made.analyst)
    return_case(made.case, reason="See the third.", by=made.chair)
    made.case = propose_rating(
        made.run, levels=made.all_at("AA"), rationale="All seen.", by=made.lead
    )

    asked = call(made).document["questions"]

    assert [(each["question"], each["answer"]) for each in asked] == [
        ("Seen on site?", "Two of three.")
    ]


@pytest.mark.slow
def test_result_has_the_engines_shape():
    from analytics.inputs import Inputs  # noqa: PLC0415
    from analytics.pipeline import rate  # noqa: PLC0415
    from analytics.structure import parse_deal  # noqa: PLC0415
    from ratings_site.criteria.engine import shipped  # noqa: PLC0415
    from tests.factories.committee import result_of_smallest_deal  # noqa: PLC0415
    from tests.factories.structure import SMALLEST_DEAL_FILE  # noqa: PLC0415

    inputs = Inputs(deal=parse_deal(SMALLEST_DEAL_FILE), criteria=shipped(), paths=50)
    fresh = rate(inputs).document()

    kept = result_of_smallest_deal()
    assert set(fresh) == set(kept)
    assert set(fresh["notes"][0]) == set(kept["notes"][0])
