"""The department's six answers, and the ways its reply takes before it goes out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.routing import rules, timeline
from services.routing.order_clocks import Clocked
from services.routing.rules import refuse
from services.routing.states import IN_REVIEW
from shared.district import District

Reply = Mapping[str, Any]
"""A department's answer, as loaded by its verb's contract."""
BEFORE = "before"
"""The pack's rule ``review``: the unit's leader reads a reply before it goes out."""


class Answered(Clocked):
    """What the department does with its order."""

    def answer(
        self, verb: str, reply: Reply, at: datetime, district: District, *, assists_open: bool
    ) -> None:
        """Apply one of the six verbs of the department protocol.

        Args:
            verb: one of the six.
            reply: what it says.
            at: now.
            district: the pack.
            assists_open: whether other departments still assist; a reply waits for them.

        Raises:
            Refused: the state or a rule does not allow it.
            KeyError: there is no such verb.
        """
        acts = {
            "signed": self._sign,
            "contacted": self._contact,
            "progressed": self._progress,
            "return_requested": self._ask_return,
            "extension_requested": self._ask_extension,
            "completed": self._complete,
        }
        act = acts[verb]
        self._may(verb)
        department = district.departments[self.department] if self.department else None
        by = reply["officer"] or (department.short if department else "")
        act(reply, at, by, district)
        if verb == "completed" and not self._leader_first(district):
            self._send_out(verb, at, by, self.result, waits=assists_open, district=district)
        if verb != "signed":
            self.pressed_at = None

    def approve(
        self, note: str, at: datetime, by: str, district: District, *, assists_open: bool
    ) -> None:
        """The review finds the reply good (N, 审单); one that waited for it goes out now."""
        self._may("approve")
        self.reviewed_at, self.reviewed_by = at, by
        if self.state == IN_REVIEW:
            self._send_out("approve", at, by, note, waits=assists_open, district=district)
        else:
            self._move("approve", at, by, note)

    def send_back(self, reason: str, at: datetime, by: str, district: District) -> None:
        """The review finds the reply wanting; the deadline stays where it was (N, 审单).

        Who has not called the resident yet has for it what was left when they replied.
        """
        self._may("send_back")
        refuse(rules.nothing_said("reason", reason))
        facts = self._let_go_on(at, district)
        self.completed_at = self.reviewed_at = None
        self.reviewed_by = ""
        self._move("send_back", at, by, reason, facts)

    def assists_done(self, at: datetime, by: str) -> None:
        """The last department that assisted is done: the lead's reply goes out."""
        self._may("assists_done")
        self._move("assists_done", at, by)

    # -- the six -------------------------------------------------------------------------------

    def _sign(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        self._move("signed", at, by, reply["note"])

    def _contact(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        """The first contact stops the clock; later ones are only remembered."""
        contacted_at = reply["at"] or at
        refuse(rules.contact_out_of_time(self, contacted_at, at))
        first = self.contacted_at is None
        facts = [self._run(timeline.CONTACTED, contacted_at, {}, district)] if first else []
        self._move("contacted", at, by, reply["note"], facts)

    def _progress(self, reply: Reply, at: datetime, by: str, _district: District) -> None:
        refuse(rules.nothing_said("note", reply["note"]))
        self._move("progressed", at, by, reply["note"])

    def _ask_return(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        proposed = reply["proposed_department"]
        refuse(
            rules.ruled_before(self, district.departments),
            rules.return_too_late(self, at, district.rules),
            rules.return_without_ground(reply["reason"], reply["legal_ground"]),
            rules.return_to_itself(self, proposed),
            rules.unknown_department(proposed, district.departments) if proposed else None,
        )
        self.return_request = {
            "reason": reply["reason"],
            "legal_ground": reply["legal_ground"],
            "proposed_department": proposed,
            "by": by,
            "at": at.isoformat(),
        }
        self._move("return_requested", at, by, f"{reply['reason']}（{reply['legal_ground']}）")

    def _ask_extension(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        refuse(
            rules.extended_before(self, district.rules),
            rules.extension_pending(self),
            rules.extension_too_late(self, at),
            rules.extension_without_approver(reply["reason"], reply["approved_by"]),
        )
        self.extension = {
            "reason": reply["reason"],
            "approved_by": reply["approved_by"],
            "by": by,
            "at": at.isoformat(),
        }
        approved = f"{reply['reason']}（{reply['approved_by']}批准）"
        self._move("extension_requested", at, by, approved)

    def _complete(self, reply: Reply, at: datetime, by: str, district: District) -> None:
        """Keep the reply; where a leader has to read it first and has not, it waits for that.

        Its clocks stop here: the time that the leader takes to read it is not the officer's.
        """
        refuse(rules.nothing_said("result", reply["result"]))
        self.result = "" if self.erased_at else reply["result"]
        self.replied_by, self.reviewed_by = by, reply["reviewed_by"]
        self.return_request = self.extension = None
        self.reviewed_at = None
        if self._leader_first(district):
            self._move("review_asked", at, by, reply["result"], self._stop_clocks(at, district))
        elif district.rules.review == BEFORE:
            self.reviewed_at = at

    def _leader_first(self, district: District) -> bool:
        """Whether the unit's leader still has to read the reply before it goes out (N).

        ``reviewed_by`` is what the department's own system says, or the leader who is signed in;
        nothing that was typed into a form comes this far (``actions.answer``, ``form_pages``).
        """
        return district.rules.review == BEFORE and not self.reviewed_by

    def _send_out(
        self, verb: str, at: datetime, by: str, note: str, *, waits: bool, district: District
    ) -> None:
        """The reply is good: it goes out, or waits for the departments that assist."""
        self.completed_at = at
        facts = self._stop_clocks(at, district)
        self._move("assists_awaited" if waits else verb, at, by, note, facts)
