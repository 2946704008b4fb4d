"""The log of one country: what happened, to which council, and which event led to it."""

from __future__ import annotations

from sim.model.batch_result import Event

# Every kind of event and how to read it. `emit` refuses a kind that is not here.
KINDS: dict[str, str] = {
    "run started": "the state on the start date",
    "lever changed": "a national policy choice changed",
    "inspection began": "an inspection team arrived",
    "judgement published": "a full inspection report was published",
    "monitoring visit": "inspectors looked again at an inadequate council",
    "focused visit": "inspectors looked at one part of a service between inspections",
    "emergency inspection called": "an alarm led ministers to ask for an inspection",
    "failure began": "an inadequate judgement opened a case in the department",
    "trigger not met": "the department did not act: not what its rule of intervention names",
    "rule changed": "the rule of intervention changed while the case was open",
    "case taken on": "the rule of that day took the open case on from where it stood",
    "failure persisted": "a re-inspection found the council still inadequate",
    "failure ended": "a full inspection found the council no longer inadequate",
    "rule applied": "a rule of the scenario's file led to a step",
    "notice issued": "an improvement notice was served",
    "direction issued": "a statutory direction told the council what to do",
    "adviser appointed": "an improvement adviser began, about two days a month",
    "adviser left": "the adviser's work was ended because the rule changed",
    "progress tested": "the department judged whether improvement was significant",
    "commissioner awaited": "no commissioner was free",
    "commissioner review": "a commissioner began to review who should run the service",
    "commissioner appointed": "a commissioner with power to direct took up post",
    "cuts forbidden": "a commissioner forbade cuts to early help and to posts",
    "posts ordered": "a commissioner ordered posts, because caseloads were above the cap",
    "order did harm": "an order of a commissioner made things worse",
    "commissioner left": "the commissioner's work ended",
    "sponsor awaited": "no sponsor was free",
    "sponsor found": "a sponsor agreed to take the service on",
    "peer team awaited": "no strong council could lend a management team",
    "peer team began": "a strong council's management team began work",
    "peer team left": "the lent management team went home",
    "partner began": "managers of a strong council began to help beside the council's own",
    "partner left": "those managers went home",
    "programme money began": "money of a national programme began to be paid",
    "programme money ended": "that money ended",
    "control ordered": "ministers decided that a strong council should take control",
    "control agreed": "the council agreed that a strong council should take control",
    "control order lapsed": "the order was dropped: no longer inadequate, or the rule changed",
    "sponsor took control": "managers of a strong council took control of the service",
    "sponsor left": "the managers of the strong council went home",
    "takeover decided": "ministers decided to remove the service from the council",
    "transfer agreed": "the council agreed to give its service to a trust",
    "trust order lapsed": "the order for a trust was dropped: better by then, or the rule changed",
    "trust set-up began": "a project team began to build the trust",
    "trust opened": "staff and service transferred to the trust",
    "trust failed": "the trust's contract was ended early because it failed",
    "trust handed back": "the council took its service back for money and integration",
    "penalty paid": "a trust that failed its re-inspection was fined",
    "next provider sought": "another provider was to follow the one that failed",
    "trust contract ended": "the contract ran its term and was not renewed",
    "trust contract renewed": "the contract ran its term and was renewed",
    "service returned": "the council runs the service again",
    "director left": "the director of children's services left",
    "director appointed": "a permanent director took up post",
    "tragedy reported": "a child's death became a national scandal",
    "policy paused": "new takeovers were stopped or allowed again",
}


class EventLog:
    """The events of one country. Numbers every event; keeps them only if asked to."""

    def __init__(self, country: int, keep: bool) -> None:
        self.country = country
        self.keep = keep
        self.events: list[Event] = []
        self._next = 0

    def emit(
        self,
        day: float,
        council: int,
        kind: str,
        cause: int | None = None,
        **details: str | int | float | bool,
    ) -> int:
        """Record an event and return its number, to be the cause of later ones.

        `council` is its column, or -1 for England. Raises KeyError for an unknown kind.
        """
        number = self._next
        self._next += 1
        if self.keep:
            if kind not in KINDS:
                raise KeyError(kind)
            self.events.append(Event(self.country, number, int(day), council, kind, cause, details))
        return number
