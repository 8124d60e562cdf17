#!/usr/bin/python3
"""A first copy of every kind of record is what the server answers when it is asked for each."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "access"), str(HERE.parent / "lib"), str(HERE.parent / "integration")]

import tap  # noqa: E402
from access_case import AccessCase  # noqa: E402
from client import Client  # noqa: E402
from mirror import FIELDS, Mirror  # noqa: E402
from world import token  # noqa: E402

# Who shows one; the others are in a list, or in a part of another answer.
SHOWN_BY = {
    "unit": "Unit", "person": "Person", "member": "Member", "post": "Post", "residential_registration": "Residential",
    "meeting": "Meeting", "vote_item": "Vote", "resolution": "Resolution", "task": "Task", "proposal": "Proposal", "plan": "Plan",
    "target": "Target", "candidate": "Candidate", "probation": "Probation", "legal_doc": "Document",
}
SAMPLE = 12     # of each kind


def record_in(answer, kind):
    """The one field of an answer that is a message of this type."""
    return next(value for field, value in answer.ListFields() if field.message_type is not None
                and field.message_type == kind and field.label != field.LABEL_REPEATED)


class Copies(AccessCase):
    def client(self, role):
        client = Client(self.server.port, self.server.pin)
        self.addCleanup(client.connection.close)
        client.token = token(f"{role}/live")
        return client

    def test_records(self):
        """copied records are those that are shown"""
        for role in ("WO", "BS"):
            client = self.client(role)
            mirror = Mirror(client).copy()
            for entity, service in SHOWN_BY.items():
                kept = mirror.of(entity)
                if entity != "legal_doc":
                    self.assertGreater(len(kept), 1, entity)
                for id_, record in list(kept.items())[:SAMPLE]:
                    shown = record_in(client.read(f"{service}Service/Get", id=id_), record.DESCRIPTOR)
                    self.assertEqual(record, shown, entity)
            self.assertEqual(mirror.digests(), mirror.server_digests())

    def test_parts(self):
        """so are parts of meetings, memberships, minutes, holdings, rules and days"""
        client = self.client("BS")
        mirror = Mirror(client).copy()
        for id_ in list(mirror.of("meeting"))[:SAMPLE]:
            shown = client.read("MeetingService/Get", id=id_)
            self.assertEqual([(i.item_no, i.kind, i.title, i.presenter, i.minutes) for i in mirror.parts["agenda_items", id_]],
                             [(i.item_no, i.kind, i.title, i.presenter, i.minutes) for i in shown.agenda])
            self.assertEqual([(a.member_id, a.full_name, a.state, a.reason) for a in mirror.parts["attendances", id_]],
                             [(a.member_id, a.full_name, a.state, a.reason) for a in shown.attendance if a.state])
        for id_, record in list(mirror.of("minutes").items())[:SAMPLE]:
            shown = client.read("MinutesService/Get", id=id_).minutes
            self.assertEqual((record.version, record.meeting_id, record.unit_id, record.state, record.body),
                             (shown.version, shown.meeting_id, shown.unit_id, shown.state, shown.body))
        for id_, record in list(mirror.of("post").items())[:SAMPLE]:
            if record.holding_id:
                holding = mirror.of("post_holding")[record.holding_id]
                self.assertEqual((holding.post_id, holding.person_id, holding.holder_name, holding.from_on),
                                 (id_, record.person_id, record.holder_name, record.held_from_on))
        rules = {rule.id: rule for rule in client.read("RuleService/List").rules}
        self.assertEqual({id_: mirror.of("rule")[id_] for id_ in rules}, rules)
        days = {day.id: day for day in client.read("CalendarService/List", year=2025).days}
        self.assertEqual({id_: mirror.of("calendar_day")[id_] for id_ in days}, days)
        self.assertEqual(set(FIELDS) - {entity for entity, _ in mirror.records}, set(), "kinds of which there is nothing")


if __name__ == "__main__":
    tap.main()
