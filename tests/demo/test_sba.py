"""The real loans of the demonstration."""

from decimal import Decimal

from demo import sba


def test_records_without_an_amount_are_counted_and_never_used():
    frame = sba.chargeoffs()

    assert len(frame) == 3471
    assert int(frame.is_usable.sum()) == 2998
    assert (frame[frame.is_usable].gross_chargeoff.map(Decimal) > 0).all()


def test_history_and_tape_do_not_share_a_loan():
    history = sba.usable("2005-04-01", "2008-12-31")
    tape = sba.tape()

    assert len(history) == len(sba.static_pool()) == 354
    assert len(tape) == 658
    assert not set(history.loan_id) & set(tape.loan_id)


def test_what_the_tape_brought_is_known_to_the_fen():
    realised = sba.realised()

    assert realised.loans == 658
    assert realised.claim == (Decimal("359992500") * sba.CNY_PER_USD)
    assert round(realised.recovery_rate, 4) == Decimal("0.1355")


def test_no_recovery_exceeds_what_was_lent():
    frame = sba.chargeoffs()

    assert (frame.recovered <= frame.approved).all()
    assert (frame.recovered >= 0).all()
