"""The engine as a whole: plan, chunks, combine."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import polars as pl
import pytest

from analytics.chunks import Chunk
from analytics.criteria import LEVELS, notch
from analytics.errors import AnalyticsError
from analytics.pipeline import combine, fee_defaults, plan, rate, simulate_chunk
from analytics.result import Environment, fen, nano
from analytics.result_schema import result_schema
from analytics.structure import DEFAULTS
from tests.analytics.runs import card_frame, inputs_for, published, tape_document

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "npl-result-1.schema.json"
PATHS = 9_000  # three chunks
FEW = {"ladder.noise_paths": 256}  # noisy paths of a lumpy pool


@pytest.fixture(scope="module")
def card():
    """A published card deal, run once."""
    planned = plan(inputs_for(published(), paths=PATHS))
    chunks = [simulate_chunk(planned, number) for number in range(planned.n_chunks)]
    return planned, chunks, combine(planned, chunks).document()


@pytest.fixture(scope="module")
def lumpy():
    """A small tape of uneven cards."""
    return rate(inputs_for(tape_document(), frame=card_frame(60), assumptions=FEW)).document()


def test_the_same_inputs_give_the_same_digits(card):
    _, _, document = card

    again = rate(inputs_for(published(), paths=PATHS)).document()

    assert again == document


def test_threads_change_no_digit(card):
    _, _, document = card

    threaded = rate(inputs_for(published(), paths=PATHS, threads=2)).document()

    assert threaded["threads"] == 2
    assert threaded["outputs_sha256"] == document["outputs_sha256"]
    assert threaded | {"threads": 1} == document


def test_chunks_may_come_stored_and_in_any_order(card):
    planned, chunks, document = card

    stored = [Chunk.from_bytes(chunk.to_bytes()) for chunk in reversed(chunks)]

    assert combine(planned, stored).document() == document


def test_a_chunk_computed_elsewhere_is_the_same_to_the_bit(card):
    _, chunks, _ = card

    elsewhere = plan(inputs_for(published(), paths=PATHS, threads=2))

    assert simulate_chunk(elsewhere, 1).to_bytes() == chunks[1].to_bytes()


@pytest.mark.parametrize("kept", [[0, 1], [0, 1, 1], [], [0, 1, 2, 2]])
def test_a_missing_or_doubled_chunk_is_refused(card, kept):
    planned, chunks, _ = card

    with pytest.raises(AnalyticsError, match="3 chunks needs each of them once"):
        combine(planned, [chunks[number] for number in kept])


def test_another_seed_gives_other_paths_and_the_same_ladder(card):
    _, _, document = card

    other = rate(inputs_for(published(), paths=PATHS, seed=1)).document()

    assert (other["seed"], other["seed_source"]) == (1, "given")
    assert other["pool"]["recovery_mean"] != document["pool"]["recovery_mean"]
    assert other["notes"][0]["ladder"] == document["notes"][0]["ladder"]


def test_where_it_was_computed_is_recorded_but_not_hashed(card):
    planned, chunks, document = card

    elsewhere = combine(planned, chunks, Environment("ab" * 32, "another processor")).document()

    assert elsewhere["lock_sha256"] == "ab" * 32
    assert elsewhere["processor"] == "another processor"
    assert elsewhere["outputs_sha256"] == document["outputs_sha256"]


def test_results_follow_the_published_schema(card, lumpy):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    assert schema == result_schema()
    for document in (card[2], lumpy):
        jsonschema.validate(document, schema)
        assert json.loads(json.dumps(document)) == document


def test_a_result_holds_every_key_of_the_contract(card):
    document = card[2]
    note = document["notes"][0]

    assert {"engine", "criteria", "lock_sha256", "inputs_sha256", "seed", "seed_source", "paths",
            "threads", "processor", "pool", "periods", "notes", "derived_caps", "warnings"} <= set(document)  # fmt: skip
    assert {"loans", "claim", "own_gross", "plan_gross", "base_gross", "base_net", "recovery_mean",
            "recovery_sd", "p05", "p25", "p50", "p75", "p95", "mean_months", "effective_number"} <= set(document["pool"])  # fmt: skip
    assert {"date", "expected", "p05", "p50", "p95"} <= set(document["periods"][0])
    assert {"name", "rank", "balance", "implied", "quantitative", "binding", "level_by_ladder",
            "level_by_simulation", "ladder", "breakeven", "shortfall_probability", "shortfall_se",
            "expected_loss", "expected_loss_se", "miss_expected_maturity", "wal_years", "redeemed_on"} <= set(note)  # fmt: skip
    assert [rung["level"] for rung in note["ladder"]] == list(LEVELS)
    assert {"level", "timely_interest", "ultimate_principal", "passed", "margin"} <= set(
        note["ladder"][0]
    )
    assert {"level", "multiple", "delay_months"} == set(note["breakeven"][0])


def test_the_simulation_has_the_mean_of_the_base_case(card):
    pool = card[2]["pool"]

    error = 4 * pool["recovery_sd"] / PATHS**0.5
    assert pool["recovery_mean"] * pool["claim"] == pytest.approx(
        pool["base_gross"], abs=error * pool["claim"]
    )
    assert pool["recovery_sd"] / pool["recovery_mean"] == pytest.approx(0.08, rel=0.1)
    assert pool["p05"] < pool["p25"] < pool["p50"] < pool["p75"] < pool["p95"]


def test_periods_add_up(card):
    document = card[2]
    periods = document["periods"]

    expected = np.cumsum([period["expected"] for period in periods])
    assert [period["cumulative_expected"] for period in periods] == pytest.approx(expected, abs=1.0)
    assert sum(period["base"] for period in periods) <= document["pool"]["base_gross"] + 0.1
    assert all(period["p05"] <= period["p50"] <= period["p95"] for period in periods)


def test_sources_equal_uses_in_the_base_case(card):
    lines = card[2]["sources_and_uses"]

    sources = sum(line["amount"] for line in lines if line["side"] == "source")
    uses = sum(line["amount"] for line in lines if line["side"] == "use")

    assert sources == pytest.approx(uses, abs=0.05)


def test_balances_of_a_scenario_follow_its_payments(card):
    for note in card[2]["notes"]:
        for scenario in note["scenarios"]:
            left = note["balance"]
            for flow in scenario["flows"]:
                left -= flow["principal"]
                assert flow["balance"] == pytest.approx(left, abs=0.2)


def test_stress_never_pays_a_note_faster(card):
    senior = card[2]["notes"][0]
    balances = {
        scenario["name"]: [flow["balance"] for flow in scenario["flows"]]
        for scenario in senior["scenarios"]
    }

    for better, worse in (("CCC", "BBB"), ("BBB", "AA"), ("AA", "AAA")):
        assert all(a <= b + 0.01 for a, b in zip(balances[better], balances[worse], strict=True))


def test_the_bridge_ends_at_the_base_case(card, lumpy):
    for document in (card[2], lumpy):
        assert document["bridge"][-1]["after"] == pytest.approx(
            document["pool"]["base_gross"], abs=0.05
        )


def test_a_plan_is_led_to_the_base_case_step_by_step():
    planned = [50_000.0 if k % 2 else None for k in range(40)]
    frame = card_frame(40).with_columns(
        plan_recovery=pl.Series(planned), collected_since_cutoff=pl.lit(500.0)
    )
    frame = frame.cast({"plan_recovery": card_frame(1).schema["plan_recovery"]})

    document = rate(inputs_for(tape_document(), frame=frame, paths=100, assumptions=FEW)).document()

    names = [step["name"] for step in document["bridge"]]
    assert names == ["plan", "loans_without_a_plan", "debias", "own_estimate_mixed_in"]
    assert document["bridge"][0]["after"] == 20 * 50_000.0
    assert document["bridge"][2]["change"] < 0.0
    assert document["bridge"][-1]["after"] == pytest.approx(
        document["pool"]["base_gross"], abs=0.05
    )
    assert document["pool"]["collected"] == 20_000.0


def test_cash_after_the_legal_final_date_is_warned_of_and_lost():
    document = published()
    document["dates"]["legal_final"] = "2022-12-26"

    result = rate(inputs_for(document)).document()

    assert any("expected after the legal final date" in each for each in result["warnings"])
    assert result["notes"][1]["redeemed_on"] is None
    assert sum(result["monthly"]["gross"]) < 0.9 * result["pool"]["base_gross"]


def test_each_forecast_is_also_run_alone(card):
    document = card[2]

    low, high = sorted(document["variants"], key=lambda variant: variant["gross"])

    name = document["notes"][0]["name"]
    assert notch(high["levels"][name]) <= notch(low["levels"][name])
    assert (low["gross"] + high["gross"]) / 2 == pytest.approx(document["pool"]["plan_gross"])


def test_assumptions_name_their_source_and_what_was_changed():
    result = rate(inputs_for(published(), assumptions={"costs.ratio.card": 0.10})).document()

    used = {entry["name"]: entry for entry in result["assumptions"]}
    assert used["costs.ratio"]["value"]["card"] == 0.10
    assert used["costs.ratio"]["criteria_value"]["card"] == 0.08
    assert used["costs.ratio"]["source"] == "Set for this run"
    assert used["recovery.debias"]["value"] == used["recovery.debias"]["criteria_value"]
    assert "stress.cn.cut.unsecured_retail" in used
    assert "stress.cn.cut.home_mortgage" not in used
    assert result["pool"]["segments"][0]["costs"] == pytest.approx(
        0.10 * result["pool"]["segments"][0]["gross"], abs=0.1
    )


def test_constraints_of_the_deal_file_hold_the_level_down():
    document = published() | {
        "constraints": [{"kind": "data", "level": "A", "reason": "Two years of history"}]
    }

    note = rate(inputs_for(document)).document()["notes"][0]

    assert note["quantitative"] == "AAA"
    assert note["implied"] == "A"
    assert note["binding"] == {"constraint": "data", "level": "A", "reason": "Two years of history"}


def test_a_constraint_may_concern_one_note_only():
    document = published()
    junior = document["notes"][1]["name"]
    document["constraints"] = [{"kind": "legal", "level": "CCC", "notes": [junior]}]

    notes = rate(inputs_for(document)).document()["notes"]

    assert [note["implied"] for note in notes] == ["AAA", "CCC"]


def test_a_lumpy_corporate_pool_is_capped_without_its_top_recoveries():
    result = rate(inputs_for(published("16ZHONGYU01"), assumptions=FEW)).document()

    assert {(cap["kind"], cap["level"]) for cap in result["derived_caps"]} >= {
        ("aggregate_pool", "AA")
    }
    assert notch(result["notes"][0]["implied"]) >= notch("AA")
    assert result["pool"]["is_lumpy"]
    assert any("lumpy" in warning for warning in result["warnings"])


def test_a_lumpy_tape_reads_as_such(lumpy):
    assert lumpy["pool"]["loans"] == 60
    assert lumpy["pool"]["is_lumpy"]
    assert 0.0 < lumpy["notes"][0]["ladder"][0]["shortfall_frequency"] <= 1.0
    assert lumpy["notes"][0]["losses"][0]["low"] == 0.0
    assert sum(bar["probability"] for bar in lumpy["notes"][0]["losses"]) == pytest.approx(1.0)


@pytest.mark.slow
def test_an_international_tape_is_stressed_through_its_prices():
    document = tape_document(scale="intl")

    result = rate(inputs_for(document, frame=card_frame(60))).document()

    assert result["scale"] == "intl"
    ladder = [notch(note["level_by_ladder"]) for note in result["notes"]]
    assert ladder[0] <= ladder[1]


def test_missing_the_expected_maturity_is_told_apart_from_a_shortfall(card):
    senior, junior = card[2]["notes"]

    assert senior["miss_expected_maturity"] > senior["shortfall_probability"]
    assert junior["miss_expected_maturity"] is None


def test_default_fees_are_those_of_the_criteria():
    assert fee_defaults(inputs_for(published()).criteria) == DEFAULTS


def test_money_is_rounded_to_the_fen_and_figures_to_a_billionth():
    assert fen(1.005) == 1.0 or fen(1.005) == 1.01
    assert str(fen(-0.001)) == "0.0"
    assert nano(1.0 / 3.0) == 0.333333333
    with pytest.raises(ValueError, match="finite"):
        nano(float("nan"))
