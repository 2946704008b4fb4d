"""Every mechanism that can be switched off has a test of the direction in which it works."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from sim.inputs.evidence.mechanisms import load_mechanisms

pytestmark = [pytest.mark.quick, pytest.mark.data]

HERE = Path(__file__).parent
KNOWN = load_mechanisms().mechanisms

# Each test as FILE::NAME, for test_NAME in test_FILE.py of this folder.
DIRECTIONS: dict[str, tuple[str, ...]] = {
    "transition": (
        "mechanisms_trust::set_up_takes_attention",
        "mechanisms_trust::set_up_costs_money",
    ),
    "transaction": (
        "mechanisms_trust::a_contract_costs_money",
        "mechanisms_trust::a_contract_takes_desk_time",
    ),
    "transmission": (
        "mechanisms_trust::transfer_lowers_morale",
        "mechanisms_trust::transfer_costs_standing",
        "mechanisms_trust::a_forced_transfer_hurts_more",
        "mechanisms_rest::the_day_of_transfer_lowers_practice_but_not_where_staff_are_relieved",
    ),
    "transgression": (
        "mechanisms_trust::trusts_overspend",
        "mechanisms_trust::failing_again_brings_a_fine",
    ),
    "transmutation": (
        "mechanisms_trust::know_how_fades_and_returns",
        "mechanisms_trust::taking_back_costs",
        "trusts::contracts_end_at_their_term_where_nothing_fails",
    ),
    "transparency": (
        "mechanisms_trust::decisions_stall_under_contract",
        "mechanisms_trust::a_contract_hides_alarms",
    ),
    "trust_uplift": ("mechanisms_trust::a_trust_lifts_practice",),
    "providers_differ": (
        "mechanisms_trust::trusts_differ",
        "mechanisms_support::a_poor_team_brings_less",
    ),
    "relief": ("mechanisms_trust::relief_in_a_few_councils",),
    "trust_leader": ("mechanisms_rest::a_trust_brings_a_leader_above_the_average",),
    "trust_money": ("mechanisms_trust::new_money_comes_with_a_trust",),
    "contracts_end_early": ("trusts::trusts_end_at_their_yearly_rates",),
    "hand_back": ("trusts::trusts_end_at_their_yearly_rates",),
    "renewal": ("trusts::contracts_are_renewed_in_their_share",),
    "reviews_as_practised": ("mechanisms_regime::grave_failure_brings_a_review_as_practised",),
    "next_provider": ("trusts::another_provider_may_follow_one_that_failed",),
    "grace": ("direction::longer_grace_means_later_and_fewer_takeovers",),
    "record_of_failure": ("mechanisms_regime::record_skips_grace",),
    "review_first": ("mechanisms_rest::a_longer_review_or_decision_puts_takeovers_off",),
    "case_by_case": ("mechanisms_regime::ad_hoc_is_uneven",),
    "emergency_inspections": ("mechanisms_ofsted::alarms_jump_the_queue",),
    "voluntary": ("mechanisms_trust::a_forced_transfer_hurts_more",),
    "several_sites": ("department_pools::one_leader_may_serve_several_councils",),
    "threat": ("mechanisms_support::threat_moves_effort",),
    "transfers_by_choice": ("trusts::councils_that_do_well_may_choose_a_trust",),
    "pause": ("trusts::no_new_trusts_while_they_are_not_allowed",),
    "orders_lapse": ("mechanisms_trust::an_order_may_lapse",),
    "freedoms": ("mechanisms_support::freedoms_lift_the_six_areas",),
    "inspector_shortage": (
        "direction::inspectors_who_leave_sooner_leave_longer_delays",
        "mechanisms_rest::posts_empty_at_the_start_and_long_visits_make_inspections_late",
    ),
    "seen_again": ("direction::looking_again_sooner_looks_more_often",),
    "visits_to_failing": (
        "mechanisms_rest::posts_empty_at_the_start_and_long_visits_make_inspections_late",
    ),
    "visits_are_read": (
        "inspections::readings_of_progress_bring_the_inspection_forward",
        "inspections::the_test_of_progress_reads_the_visits_of_the_last_year",
        "inspections::two_readings_without_progress_may_cost_the_director_the_post",
    ),
    "inspection_burden": ("mechanisms_ofsted::preparation_takes_time",),
    "noisy_grades": (
        "direction::noisier_inspectors_disagree_more",
        "mechanisms_rest::the_more_key_judgements_differ_the_more_councils_are_inadequate",
    ),
    "practice_drift": ("mechanisms_ofsted::practice_drifts",),
    "unexplained_change": (
        "mechanisms_rest::practice_is_stirred_both_ways",
        "mechanisms_practice::the_norm_of_a_council_wanders_more_under_a_pull",
        "mechanisms_practice::councils_have_trends_of_their_own_only_where_that_is_believed",
    ),
    "judgement_shock": ("mechanisms_judgement::practice_falls",),
    "partner_alarm": ("mechanisms_judgement::partners_refer_more",),
    "employer_stigma": (
        "mechanisms_judgement::applicants_stay_away",
        "mechanisms_judgement::leaving_hardly_moves",
        "mechanisms_judgement::a_judgement_lowers_morale",
    ),
    "agency_after_failure": ("mechanisms_judgement::agency_cover_rises",),
    "unstable_staff": (
        "mechanisms_rest::what_unsettles_a_service_lowers_its_practice",
        "mechanisms_workforce::changes_of_worker_lower_practice",
    ),
    "overload": (
        "mechanisms_judgement::cases_pile_up",
        "mechanisms_judgement::load_lowers_practice",
        "mechanisms_judgement::overload_makes_staff_leave",
    ),
    "morale": (
        "mechanisms_judgement::load_lowers_morale",
        "mechanisms_rest::low_morale_makes_staff_leave_and_keeps_applicants_away",
        "mechanisms_rest::what_unsettles_a_service_lowers_its_practice",
    ),
    "drive": ("mechanisms_judgement::recovery_takes_years",),
    "tragedy": (
        "mechanisms_judgement::a_tragedy_lowers_thresholds",
        "mechanisms_judgement::a_tragedy_lowers_morale",
    ),
    "threshold_drift": ("mechanisms_services::thresholds_drift",),
    "adviser": (
        "mechanisms_support::an_adviser_helps",
        "mechanisms_support::an_adviser_shortens_the_search_for_a_director",
    ),
    "commissioner": ("mechanisms_support::a_commissioner_helps",),
    "peer_team": ("mechanisms_support::a_peer_team_helps",),
    "council_in_control": ("council_in_control::a_council_in_control_helps",),
    "lent_leadership": ("mechanisms_support::lent_managers_make_up_for_a_gap",),
    "directions": (
        "mechanisms_support::directions_forbid_cuts",
        "mechanisms_support::directions_buy_posts_where_caseloads_are_high",
    ),
    "director_replaced": ("mechanisms_support::a_commissioner_may_replace_the_director",),
    "blunders": ("mechanisms_support::orders_may_do_harm",),
    "pools_grow": ("department_pools::a_pool_grows_while_somebody_waits",),
    "helping_others": ("mechanisms_support::helping_others_takes_attention",),
    "finite_pools": (
        "department_pools::a_longer_list_of_leaders_shortens_the_wait",
        "direction::fewer_project_teams_never_open_more_trusts",
    ),
    "thin_field": ("mechanisms_support::the_field_of_directors_is_thin",),
    "leadership_churn": (
        "directors::a_failure_costs_directors_their_posts",
        "mechanisms_rest::an_interim_lowers_practice",
        "mechanisms_rest::what_unsettles_a_service_lowers_its_practice",
        "mechanisms_rest::inspectors_mark_a_new_director_down",
    ),
    "what_works": ("mechanisms_support::a_centre_spreads_practice",),
    "failure_money": ("mechanisms_money::money_follows_failure",),
    "early_help_squeeze": (
        "mechanisms_money::what_does_not_fit_is_saved",
        "mechanisms_money::savings_reach_posts_last",
    ),
    "posts_on_money": ("mechanisms_money::posts_follow_the_budget",),
    "finite_money": ("mechanisms_money::finite_money_ends_in_a_freeze",),
    "weakness_shows": ("mechanisms_workforce::weakness_shows_in_staff_figures",),
    "cases_on_fewer": (
        "mechanisms_workforce::cases_lie_on_fewer_where_practice_is_weak",
        "mechanisms_workforce::more_hold_cases_where_cases_have_grown",
    ),
    "protection_cover": ("mechanisms_workforce::more_plans_and_care_bring_agency_workers",),
    "pay": ("mechanisms_workforce::pay_that_falls_behind_thins_the_workforce",),
    "early_help_effect": ("mechanisms_money::less_early_help_more_referrals",),
    "early_help_cuts": ("mechanisms_money::early_help_follows_its_trend",),
    "lower_settlement": ("mechanisms_money::less_funding_means_fewer_posts",),
    "money_follows_demand": ("mechanisms_money::budgets_may_follow_demand",),
    "deprivation": ("mechanisms_services::deprived_areas_start_lower",),
    "early_help_practice": (
        "mechanisms_practice::early_help_shows_in_practice",
        "mechanisms_practice::early_help_moves_practice_over_years",
    ),
    "threat_before_failure": (
        "mechanisms_practice::a_threat_is_felt_before_failure_near_the_line",
    ),
    "innovation": ("mechanisms_money::innovation_brings_forms",),
    "services_around_families": ("mechanisms_services::services_around_families",),
    "poverty": ("mechanisms_services::poverty_brings_referrals_and_care",),
    "conferences": ("mechanisms_services::conferences_keep_children_out_of_care",),
    "board_review": ("mechanisms_services::reformed_boards_temper_alarm",),
    "placement_prices": ("mechanisms_money::placement_prices_raise_spending",),
    "agency_price": ("mechanisms_money::agency_cover_costs_more",),
    "caseload_leaving": ("mechanisms_workforce::caseload_makes_staff_leave",),
    "supervision": ("mechanisms_workforce::vacancies_make_staff_leave",),
    "new_workers": (
        "mechanisms_workforce::new_workers_carry_less",
        "mechanisms_rest::the_more_new_workers_carry_the_lighter_the_load",
    ),
    "less_desk_time": ("mechanisms_workforce::less_desk_time",),
    "desk_time_effects": (
        "mechanisms_workforce::desk_time_lowers_practice",
        "mechanisms_workforce::desk_time_makes_staff_leave",
    ),
    "fast_track": ("mechanisms_workforce::places_bring_workers_after_training",),
}


@cache
def code(file: str) -> str:
    return (HERE / f"test_{file}.py").read_text(encoding="utf-8")


@cache
def defined_in(file: str) -> frozenset[str]:
    return frozenset(n.name for n in ast.parse(code(file)).body if isinstance(n, ast.FunctionDef))


def test_every_mechanism_has_its_direction_tested() -> None:
    assert set(DIRECTIONS) == set(KNOWN)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_tests_exist_and_their_files_move_every_switch(name: str) -> None:
    files = [place.split("::")[0] for place in DIRECTIONS[name]]
    for place in DIRECTIONS[name]:
        file, _, test = place.partition("::")
        assert f"test_{test}" in defined_in(file), place
    moved = "".join(map(code, dict.fromkeys(files)))
    for switch in (*KNOWN[name].parameters, *KNOWN[name].levers):
        # Written in full, as a keyword, or by its own name beside a section in the file.
        written = (switch, switch.replace(".", "__"), f'"{switch.partition(".")[2]}"')
        assert any(form in moved for form in written), switch
