"""What identifies a run, and the seed that follows from the pool."""

import dataclasses

import pytest

from analytics.errors import AssumptionError
from analytics.inputs import Inputs, tape_sha256
from analytics.loans import loan_tape
from analytics.recovery import RecoveryAssumptions
from tests.analytics.runs import card_frame, inputs_for, published, tape_document
from tests.analytics.tapes import CUTOFF


def test_threads_identify_nothing():
    one, two = inputs_for(published()), inputs_for(published(), threads=2)

    assert one.sha256 == two.sha256
    assert one == two


def test_everything_else_that_matters_changes_the_hash():
    base = inputs_for(published())
    others = [
        inputs_for(published(), paths=501),
        inputs_for(published(), seed=7),
        inputs_for(published(), assumptions={"costs.ratio.card": 0.1}),
        inputs_for(published(), recovery=RecoveryAssumptions(servicer="weak")),
        inputs_for(published(), recovery=RecoveryAssumptions(measured_bias={"unsecured": 0.9})),
        inputs_for(published("22GYZC02")),
        dataclasses.replace(
            base, criteria=base.criteria.with_values({"costs.ratio.card": 0.1}, source="x")
        ),
    ]

    assert len({base.sha256, *(other.sha256 for other in others)}) == 8


def test_the_seed_follows_from_the_pool_and_the_number_of_paths_only():
    base = inputs_for(published())
    structure = published()
    structure["notes"][0]["balance"] = "200000000.00"
    other_structure = inputs_for(structure, assumptions={"outcome.rule": "lower_of_both"})

    assert base.run_seed == other_structure.run_seed
    assert base.run_seed[1] == "pool"
    assert base.run_seed != inputs_for(published(), paths=501).run_seed
    assert base.run_seed != inputs_for(published("22GYZC02")).run_seed


def test_a_seed_given_by_hand_is_taken_and_said():
    assert inputs_for(published(), seed=42).run_seed == (42, "given")


def test_a_tape_decides_the_seed_of_a_tape_pool():
    first = inputs_for(tape_document(), frame=card_frame(20))
    same = inputs_for(tape_document(code="OTHER"), frame=card_frame(20))
    other = inputs_for(tape_document(), frame=card_frame(21))

    assert first.run_seed == same.run_seed
    assert first.run_seed != other.run_seed
    assert first.sha256 != same.sha256


def test_any_changed_column_changes_the_hash_of_a_tape():
    tape = loan_tape(card_frame(5), CUTOFF)

    changed = dataclasses.replace(tape, claim=tape.claim + 0.01)

    assert tape_sha256(tape) == tape_sha256(loan_tape(card_frame(5), CUTOFF))
    assert tape_sha256(tape) != tape_sha256(changed)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"paths": 0}, "number of paths must lie between"),
        ({"paths": 3_000_000}, "number of paths must lie between"),
        ({"threads": 0}, "at least one thread"),
        ({"seed": -1}, "seed must lie between"),
        ({"seed": 2**60}, "seed must lie between"),
    ],
)
def test_impossible_settings_are_refused(asked, message):
    with pytest.raises(AssumptionError, match=message):
        inputs_for(published(), **asked)


def test_a_tape_pool_without_a_tape_is_refused():
    with pytest.raises(AssumptionError, match="no tape was given"):
        inputs_for(tape_document())


def test_without_deviations_the_criteria_are_those_given():
    inputs = inputs_for(published())

    assert inputs.effective_criteria is inputs.criteria
    assert isinstance(inputs, Inputs)
