"""What a committee asks of each person, and never more than she may know."""

import pytest

from deals.committee.services import ask_question, cast_vote, close_round, declare
from deals.desk.selectors.waiting import duties
from tests.factories.committee import convened, proposed, voting

pytestmark = pytest.mark.django_db


def titles(user):
    return [duty.title.split(":")[0] for duty in duties(user)]


def test_a_proposal_waits_for_the_office():
    made = proposed()

    assert titles(made.secretary) == ["Convene the committee"]
    assert titles(made.members[0]) == []


def test_each_member_is_asked_to_declare_once():
    made = convened()
    first, second, *_others = made.members

    declare(made.case, has_conflict=False, statement="", by=first)

    assert titles(first) == []
    assert titles(second) == ["Declare independence"]
    assert titles(made.lead) == []


def test_questions_wait_for_the_analytical_side():
    made = convened()
    ask_question(made.package, section="summary", text="How many sites?", by=made.members[0])

    assert titles(made.lead) == ["Answer the committee"]
    assert titles(made.members[1]) == ["Declare independence"]


def test_the_chair_opens_the_vote_when_all_have_declared():
    made = convened()
    for voter in made.voters:
        declare(made.case, has_conflict=False, statement="", by=voter)

    assert titles(made.chair) == ["Open the vote"]


def test_a_vote_waits_until_it_is_cast_and_says_no_stance():
    made = voting()
    first, second, *_others = made.members

    cast_vote(made.round, levels=made.all_at("AA"), reason="As computed.", by=first)

    assert titles(first) == []
    (duty,) = duties(second)
    assert duty.title.startswith("Vote: ")
    assert "AA" not in duty.words
    assert titles(made.lead) == []


def test_a_decision_waits_for_the_signature_of_the_chair():
    made = voting()
    for voter in made.voters:
        cast_vote(made.round, levels=made.all_at("AA"), reason="As computed.", by=voter)
    close_round(made.round, by=made.chair)

    assert titles(made.chair) == ["Sign"]
    assert titles(made.members[0]) == []
