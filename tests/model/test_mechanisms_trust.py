"""The costs and the gains of a transfer, each moved alone under the same luck."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.variants import Variant, VariantRuns, but, rises

pytestmark = [pytest.mark.quick, pytest.mark.direction]

# Takeovers at once, with plenty of all that a takeover waits for.
PLENTY = {
    "regime.name": "takeover",
    "regime.takeover_prefers": "new company",
    "regime.grace_months": 0.0,
    "pool.commissioners": 50,
    "pool.sponsors_strong_council": 30,
    "pool.trust_project_teams": 50,
}
ENDS = {"trust.failure_rate": 1.5, "practice.know_how_effect": 0.0}


@pytest.fixture(scope="module")
def building() -> VariantRuns:
    """Twenty months on: most trusts are being set up."""
    quiet = ("setup_attention", "setup_stall", "setup_uncertainty", "setup_cost", "lapse_rate")
    return VariantRuns(
        {
            "attention": but("trust.setup_attention", 0.4),
            "stall": but("trust.setup_stall", 0.7),
            "uncertainty": but("trust.setup_uncertainty", 1.0),
            "cost": but("trust.setup_cost", 6.0),
            "lapse": but("trust.lapse_rate", 3.0),
        },
        base=Variant(facts={f"trust.{name}": 0.0 for name in quiet}, choices=PLENTY),
        days=602,
    )


@pytest.fixture(scope="module")
def running() -> VariantRuns:
    """Four and a half years on: trusts run services, and some have ended."""
    return VariantRuns(
        {
            "overhead": but("trust.overhead_share", 0.03),
            "reporting": but("trust.reporting", 0.03),
            "transfer morale": but("trust.transfer_morale", 0.6),
            "coercion": but("trust.coercion_morale", 0.5),
            "agreed": Variant({"trust.coercion_morale": 0.5}, {"regime.voluntary_share": 1.0}),
            "stigma": but("trust.transfer_stigma", 0.5),
            "soft": but("trust.soft_budget", 0.15),
            "penalty": but("trust.penalty", 1.5),
            "stall": but("trust.decision_stall", 0.2),
            "relief": but("trust.relief", 0.6),
            "effect": but("control.trust_deviation", 0.45),
            "spread": but("trust.quality_spread", 0.8),
            "money": but("money.trust_new_money", 0.3),
            "ends": Variant(facts=ENDS),
            "ends, know-how": Variant(facts={**ENDS, "practice.know_how_effect": 1.0}),
            "ends, dear": Variant(facts={**ENDS, "trust.return_cost": 4.0}),
        },
        base=Variant(
            facts={
                "trust.overhead_share": 0.0,
                "trust.reporting": 0.0,
                "trust.transfer_morale": 0.0,
                "trust.coercion_morale": 0.0,
                "trust.transfer_stigma": 0.0,
                "trust.soft_budget": 0.0,
                "trust.penalty": 0.0,
                "trust.decision_stall": 0.0,
                "trust.relief": 0.0,
                "control.effect": 0.4,
                "control.trust_deviation": 0.0,
                "trust.quality_spread": 0.0,
                "trust.failure_rate": 0.0,
                "trust.return_cost": 1.5,
                "trust.lapse_rate": 0.0,
                "trust.sponsor_drain": 0.0,
            },
            choices=PLENTY,
        ),
        days=1638,
    )


def under_contract(runs: VariantRuns) -> np.ndarray:
    """Councils whose service is with a trust in the base, (replications, councils)."""
    there = runs.state("contracted") > 0.0
    assert there.sum() > 10
    return there


# -- while a trust is built


def test_set_up_takes_attention(building: VariantRuns) -> None:
    assert rises(building.moved("attention_transition", "attention"))
    there = building.state("attention_transition", "attention") > 0.0
    assert (building.shift("practice", "attention")[there]).mean() < -0.05


def test_set_up_costs_money(building: VariantRuns) -> None:
    assert rises(building.moved("cost_transition_gbp_m", "cost"))


def test_set_up_stalls_improvement(building: VariantRuns) -> None:
    there = building.state("stall", "stall") > 0.0
    assert there.any()
    assert building.shift("practice", "stall")[there].mean() < -0.05


def test_uncertainty_makes_staff_leave(building: VariantRuns) -> None:
    there = building.state("uncertainty", "uncertainty") > 0.0
    assert building.shift("left", "uncertainty")[there].sum() > 0.0


def test_an_order_may_lapse(building: VariantRuns) -> None:
    assert not building.events("trust order lapsed")
    assert building.events("trust order lapsed", "lapse")


# -- on the day of transfer


def test_transfer_lowers_morale(running: VariantRuns) -> None:
    assert rises(running.moved("turnover_rate", "transfer morale"))


def test_a_forced_transfer_hurts_more(running: VariantRuns) -> None:
    forced = running.moved("turnover_rate", "coercion")
    agreed = running.moved("turnover_rate", "agreed")
    assert rises(forced)
    assert (agreed < forced).all()


def test_transfer_costs_standing(running: VariantRuns) -> None:
    there = under_contract(running)
    assert running.shift("stigma", "stigma")[there].min() >= 0.0
    assert running.shift("joined", "stigma")[there].sum() < 0.0


def test_the_same_staff_carry_on() -> None:
    """Nobody joins or leaves because a service changes hands: only the weekly step moves staff."""
    runs = VariantRuns({}, base=Variant(choices=PLENTY), days=1400, weeks=False)
    assert runs.events("trust opened")
    before = VariantRuns({}, base=Variant(choices=PLENTY), days=7, weeks=False)
    assert (runs.state("experienced") == before.state("experienced")).all()
    assert (runs.state("newly_qualified") == before.state("newly_qualified")).all()


# -- while it runs


def test_a_contract_costs_money(running: VariantRuns) -> None:
    assert rises(running.moved("cost_transaction_gbp_m", "overhead"))


def test_a_contract_takes_desk_time(running: VariantRuns) -> None:
    assert rises(running.moved("desk_time_share", "reporting"))


def test_trusts_overspend(running: VariantRuns) -> None:
    assert rises(running.moved("cost_transgression_gbp_m", "soft"))


def test_failing_again_brings_a_fine(running: VariantRuns) -> None:
    assert running.events("penalty paid", "penalty")
    assert rises(running.moved("cost_transgression_gbp_m", "penalty"))


def test_decisions_stall_under_contract(running: VariantRuns) -> None:
    there = under_contract(running)
    assert running.shift("practice", "stall")[there].mean() < 0.0


def test_a_contract_hides_alarms() -> None:
    """With nothing to be heard from contracted services, no alarm falls on one."""

    def contract(batch) -> None:
        batch.state.contracted[:, ::2] = 1.0

    runs = VariantRuns(
        {"hidden": but("trust.detection_loss", 1.0)},
        base=Variant(
            facts={"trust.detection_loss": 0.0, "ofsted.alarms_a_year": 4.0},
            choices={"ofsted.emergency_inspections": True, "ofsted.trigger_sensitivity": 10.0},
        ),
        prepare=contract,
        weeks=False,
    )

    def on_contracted(name: str) -> int:
        return sum(
            event.kind == "emergency inspection called" and event.council % 2 == 0
            for country in runs.batch.countries[runs.rows(name)]
            for event in country.log.events
        )

    assert on_contracted("base") > 0
    assert on_contracted("hidden") == 0


def test_a_trust_lifts_practice(running: VariantRuns) -> None:
    there = under_contract(running)
    assert running.shift("practice", "effect")[there].mean() > 0.1
    assert not rises(running.moved("inadequate_council_years", "effect"))


def test_trusts_differ(running: VariantRuns) -> None:
    there = under_contract(running)
    assert running.state("support", "spread")[there].std() > running.state("support")[there].std()


def test_relief_in_a_few_councils(running: VariantRuns) -> None:
    """Help grows where staff are relieved, and nowhere else."""
    gained = running.shift("support", "relief")
    toxic = running.batch.traits.toxic[running.rows("base")] > 0.0
    there = (running.state("contracted", "relief") > 0.0) & under_contract(running)
    assert gained[there & toxic] == pytest.approx(0.6)
    assert gained[there & ~toxic] == pytest.approx(0.0)


def test_new_money_comes_with_a_trust(running: VariantRuns) -> None:
    there = under_contract(running)
    assert (running.shift("trust_money", "money")[there] > 0.0).all()
    assert running.shift("posts", "money")[there].mean() > 0.0


# -- when it ends


def test_know_how_fades_and_returns(running: VariantRuns) -> None:
    """A council forgets while a trust runs the service, learns again after, and pays for what
    it has forgotten in practice."""
    lost = running.state("learning", "ends") < 0.999
    assert lost.any()
    without = running.state("practice", "ends")[lost]
    assert (running.state("practice", "ends, know-how")[lost] - without).mean() < -0.02
    kept = running.state("learning")
    assert kept[running.state("contracted") > 0.0].max() < kept.max()


def test_taking_back_costs(running: VariantRuns) -> None:
    assert rises(running.moved("cost_transmutation_gbp_m", "ends"))
    assert rises(running.moved("attention_transmutation", "ends"))
    dear = running.total("cost_transmutation_gbp_m", "ends, dear")
    assert (dear > running.total("cost_transmutation_gbp_m", "ends")).all()
