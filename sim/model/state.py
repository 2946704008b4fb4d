"""The state of every council in every country: arrays of shape (countries, councils).

Institutions (SimPy processes) and the weekly step read and write these same arrays;
nothing else is shared. Counts of children are whole numbers, stored as floats.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import numpy.typing as npt

from sim.units import Array

# Stages of a child's journey, in order. Each is a phase with a constant weekly chance to move on,
# so that two phases in a row give the humped durations of the published tables (E6, E8).
STAGES = (
    "waiting",
    "assessment_first",
    "assessment_second",
    "need_short",
    "need_long",
    "plan_first",
    "plan_second",
    "care_short",
    "care_middle_first",
    "care_middle_second",
    "care_long",
)
ALARMS = ("alarm", "plan_alarm", "tragedy")
HELP = ("support", "transition", "transaction", "transmutation")  # lines of the account
ATTENTION = ("transition", "transmutation", "lent")
STAFF = ("experienced", "newly_qualified", "agency")
PLANS = ("plan_first", "plan_second")
# Where a spell stands, in the order in which its stages as a rule follow one another.
PHASES = (
    "decision",
    "waiting for a commissioner",
    "waiting for a sponsor",
    "waiting for a peer team",
    "waiting for a project team",
    "set-up",
    "help",
)
CARE = ("care_short", "care_middle_first", "care_middle_second", "care_long")


def _group(*names: str) -> cached_property[Array]:
    """Fields that follow one another, as one array: see `State.together`."""

    def together(state: State) -> Array:
        return state.together(names)

    return cached_property(together)


@dataclass
class State:
    """Everything that changes about the councils, with the unit of each field."""

    # children (whole children)
    waiting: Array  # referred, accepted, no worker allocated yet
    assessment_first: Array
    assessment_second: Array
    need_short: Array  # in need, neither on a plan nor looked after
    need_long: Array
    plan_first: Array
    plan_second: Array
    care_short: Array
    care_middle_first: Array
    care_middle_second: Array
    care_long: Array
    recently_closed: Array  # children known and closed in about the last year; decays

    # demand
    population: Array  # children aged 0-17
    alarm: Array  # extra referrals from partners after a bad judgement, as a share
    plan_alarm: Array  # extra protection plans after a bad judgement, as a share
    tragedy: Array  # public tragedies still felt: 1 is one that has just been reported
    early_help_felt: Array  # early-help spending as families feel it, lagged, GBP m a year

    # workforce (FTE; people come and go whole)
    experienced: Array
    newly_qualified: Array  # in the first two years of practice
    agency: Array
    posts: Array  # funded permanent posts
    posts_base: Array  # of which not paid for by money that follows a failure
    posts_change: Array  # posts made or cut over this financial year, FTE a year
    absence: Array  # share of working time lost
    morale: Array  # 0 at the national norm; -1 is a workforce in crisis
    uncertainty: Array  # 0 to 1: how unsure staff are about who will employ them
    weakness: Array  # grade steps that practice has fallen by, against the nation, as staff feel it
    protected_usual: Array  # children on plans and looked after that staff have got used to
    stigma: Array  # 0 to 1: standing lost as an employer after a judgement or a removal
    reporting: Array  # extra share of working time that failure and contracts take
    inspected_until: Array  # day on which the latest inspectors on site leave
    desk_extra: Array  # all extra desk time, with what national levers add or take away
    change_rate: Array  # changes of worker per child-year, over about the last half-year
    holders: Array  # case-holding FTE
    pressure: Array  # work over capacity; 1 is a national caseload of the ledger's norm
    caseload: Array  # open allocated cases per case-holding FTE

    # money (GBP m)
    budget: Array  # this financial year's, yearly
    reserves: Array
    spending_power: Array  # the council's, cash, as a factor on that of the start
    early_help_base: Array  # yearly rate before any national lever
    early_help: Array  # yearly rate
    programme_help: Array  # yearly rate of early help paid for by programmes for some councils
    families_first: Array  # yearly rate of early help paid for by national money, with programmes'
    other: Array  # yearly rate of all that is not staff, agency, placements or early help
    placement_price: Array  # GBP m per looked-after child a year
    rate_support: Array  # yearly rates of spending: advisers, commissioners, peer teams
    rate_transition: Array  # building trusts
    rate_transaction: Array  # running contracts
    rate_transmutation: Array  # ending contracts and taking services back
    failure_money: Array  # extra budget after a failure, as a share of the budget
    trust_money: Array  # extra budget that came with a trust, as a share of the budget
    directed_money: Array  # extra budget that directions brought, as a share of the budget
    protected: Array  # 1 while directions protect early help and posts from cuts
    usual_need: Array  # children in need that plans have been made for
    opening_care: Array  # children looked after when the financial year began
    budget_passing: Array  # this year's passing shock to the budget, log points
    help_passing: Array  # and to early help
    posts_passing: Array  # and to posts
    other_passing: Array  # and to other services
    freeze: Array  # 1 while an emergency freeze on spending is in force
    soft_budget: Array  # extra spending where budget control is weak, as a share

    # practice
    practice: Array  # hidden quality on the grade scale: 1 inadequate to 4 outstanding
    anchor: Array  # where practice drifts to when nothing special happens
    director_quality: Array  # standard deviations from the mean director
    director_settles: Array  # day on which the director's first year ends; infinite for interims
    focus: Array  # the council's own drive after a failure, in grade steps
    support: Array  # uplift from outside help now at work, in grade steps
    attention_transition: Array  # shares of leaders' attention taken: building a trust
    attention_transmutation: Array  # taking a service back
    attention_lent: Array  # helping other councils
    stall: Array  # share of improvement that is delayed
    learning: Array  # 0 to 1: know-how that is still in the council (falls while outsourced)

    # standing (whole numbers)
    grade: Array  # 0 not judged under this framework, 1 inadequate ... 4 outstanding
    contracted: Array  # 1 while a trust runs the service
    phase: Array  # where a spell stands: a place in PHASES

    # running totals since the start
    referrals: Array  # children
    no_action: Array
    closed: Array
    assessed: Array
    assessed_late: Array
    plans_started: Array
    care_started: Array
    care_ceased: Array
    worker_changes: Array
    allocated_child_years: Array
    left: Array  # permanent staff
    joined: Array
    worker_years: Array  # permanent staff years
    spend_staff: Array  # GBP m
    spend_agency: Array
    spend_placements: Array
    spend_early_help: Array
    spend_other: Array
    spend_support: Array
    spend_transition: Array
    spend_transaction: Array
    spend_transmutation: Array
    spend_overrun: Array  # what weak budget control adds, and fines
    agency_premium: Array
    opening_spend: Array  # of this financial year
    opening_income: Array
    income_budget: Array
    income_reserves: Array
    income_grant: Array
    income_corporate: Array  # topped up from the rest of the council, less what went back to it
    income_exceptional: Array  # exceptional support from government
    attention_years_transition: Array  # leadership-years
    attention_years_transmutation: Array
    attention_years_lent: Array
    directors_changed: Array
    inspections: Array

    @classmethod
    def zeros(cls, countries: int, councils: int) -> State:
        """All fields zero, shape (countries, councils): parts of one `block` of memory."""
        return cls.of(np.zeros((len(fields(cls)), countries, councils)))

    @classmethod
    def of(cls, block: Array) -> State:
        """The state whose fields, in their order, are the parts of a block."""
        state = cls(*block)
        state.block = block
        return state

    @staticmethod
    def place(name: str) -> int:
        """Where a field stands in the block. KeyError where there is none of this name."""
        return _PLACES[name]

    # (fields, countries, councils). Without a type, so that it is no field itself.
    block = np.zeros((0, 0, 0))

    def together(self, names: tuple[str, ...]) -> Array:
        """Fields that follow one another, as one array (fields, countries, councils): a view, by
        which small countries are worked out with fewer calls. ValueError where they do not."""
        first = _PLACES[names[0]]
        if [_PLACES[name] for name in names] != list(range(first, first + len(names))):
            raise ValueError(f"not next to one another: {names}")
        return self.block[first : first + len(names)]

    # Groups of fields, (fields, countries, councils) each. Without types too.
    stages = _group(*STAGES)  # children
    staff = _group(*STAFF)
    alarms = _group(*ALARMS)  # what fades after a judgement or a death
    help_rates = _group(*(f"rate_{line}" for line in HELP))  # spending on intervention, yearly
    help_spent = _group(*(f"spend_{line}" for line in HELP))  # the same since the start
    attention = _group(*(f"attention_{what}" for what in ATTENTION))  # of leaders, taken elsewhere
    attention_spent = _group(*(f"attention_years_{what}" for what in ATTENTION))

    def copy(self) -> State:
        """The state as it is now, as a snapshot."""
        return self.of(self.block.copy())

    def since(self, then: State, per_year: Array | float) -> State:
        """How far the running totals have moved since another moment, times `per_year`. What is
        no total is not a number here."""
        moved = np.full_like(self.block, np.nan)
        moved[_TOTALS:] = (self.block[_TOTALS:] - then.block[_TOTALS:]) * per_year
        return self.of(moved)

    def england(self) -> Array:
        """The sum over councils of every field, shape (fields, countries)."""
        return np.asarray(np.add.reduce(self.block, axis=2))

    def total(self, stages: tuple[str, ...]) -> Array:
        """Children in several stages together."""
        result: Array = getattr(self, stages[0]).copy()
        for name in stages[1:]:
            result += getattr(self, name)
        return result

    @property
    def children_in_need(self) -> Array:
        """Open cases of every kind, as the children-in-need census counts them."""
        return np.asarray(np.add.reduce(self.stages, axis=0))

    @property
    def permanent(self) -> Array:
        """Permanent social workers in post, FTE."""
        return self.experienced + self.newly_qualified

    @property
    def vacancies(self) -> Array:
        """Funded posts without a permanent holder, FTE."""
        return np.maximum(self.posts - self.permanent, 0.0)

    @property
    def attention_lost(self) -> Array:
        """Share of leaders' attention taken elsewhere."""
        return np.asarray(np.add.reduce(self.attention, axis=0))

    @property
    def extra_money(self) -> Array:
        """Budget beyond the usual one, as a share of it."""
        return self.failure_money + self.trust_money + self.directed_money

    @property
    def spend_intervention(self) -> Array:
        """Spent on intervention since the start, GBP m."""
        return np.asarray(np.add.reduce(self.help_spent, axis=0))

    @property
    def income(self) -> Array:
        """Everything that came in since the start by the budget and in grants, GBP m."""
        return self.income_budget + self.income_grant

    @property
    def spend(self) -> Array:
        """Everything spent since the start, GBP m."""
        return (
            self.spend_staff
            + self.spend_agency
            + self.spend_placements
            + self.spend_early_help
            + self.spend_other
            + self.spend_intervention
            + self.spend_overrun
        )


_PLACES = {f.name: place for place, f in enumerate(fields(State))}
_TOTALS = _PLACES["referrals"]  # running totals come last


@dataclass
class Traits:
    """What is particular to each council and fixed at the start, shape (countries, councils)
    or (1, councils). Rates are per year."""

    population_start: Array
    new_referrals: Array  # per year, from children not recently known
    return_rate: Array  # re-referrals per recently closed child
    no_action_share: Array  # of referrals
    no_need_share: Array  # of completed assessments
    plan_share: Array  # of completed assessments
    care_share: Array  # of completed assessments
    assessment_pace: Array  # per phase
    need_close: Array  # long need closed
    need_to_plan: Array
    need_to_care: Array
    plan_pace: Array  # per phase
    plan_to_care: Array  # share of plans ending
    care_long_pace: Array
    practice_start: Array  # against the mean of all councils
    early_help_start: Array
    leave_rate: Array
    recruiting_start: Array  # how well it recruits, log points
    agency_cover: Array  # agency FTE wanted per vacant FTE
    case_holder_share: Array  # of permanent and agency workers
    absence_start: Array
    pressure_scale: Array
    pressure_start: Array
    caseload_start: Array
    posts_start: Array  # FTE
    permanent_share_start: Array  # of those posts, held by permanent staff
    norm: Array  # what practice is pulled to, less the national level, grade steps
    trend: Array  # what that gains a year beyond England, grade steps
    aspects: tuple[Array, Array, Array]  # how each key judgement differs from practice
    toxic: Array  # 1 where staff would be relieved to leave the council
    change_start: Array  # changes of worker per child-year
    vacancy_start: Array  # share of posts
    strong_area: Array  # 1 in the six areas that were offered freedoms (claim 10)
    near: npt.NDArray[np.intp]  # (10, councils): statistical neighbours, itself where unknown
    near_weight: Array  # (10, councils): equal weights on those known, adding up to 1
