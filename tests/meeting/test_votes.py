#!/usr/bin/python3
"""A branch of 18 votes: twelve are two thirds, eleven are not; what does not add up is refused by its name."""

import pathlib
import random
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "lib"),
                str(pathlib.Path(__file__).resolve().parents[1] / "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from assembly import OPENED_US, Assembly, quoted  # noqa: E402
from client import MESSAGES, Refused, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402

INVALID, NOT_FOUND, EXISTS, DENIED, STATE = 3, 5, 6, 7, 9
SEED, TALLIES, IN_FLIGHT = 20211106, 40, 8


class VoteCase(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.house = Assembly(cls)

    @classmethod
    def sql(cls, text):
        return cls.cluster.psql(cls.database, text)

    def record(self, meeting, client=None, **fields):
        values = {"id": uuid7(), "meeting_id": meeting, "purpose": "VOTE_PURPOSE_ORDINARY", "method": "VOTE_METHOD_HAND",
                  "subject": "Kế hoạch", **fields}
        return (client or self.house.clerk).call("VoteService/Record", {"op_id": uuid7()}, values)

    def ballot(self, meeting, votes_for, present=16, **fields):
        """All present cast a valid paper."""
        values = {"method": "VOTE_METHOD_SECRET_BALLOT", "issued": present, "returned": present, "missing": 0,
                  "valid": present, "votes_for": votes_for, "votes_against": present - votes_for, **fields}
        return self.record(meeting, **values)


class Dialogue(VoteCase):
    def test_two_thirds(self):
        """AT-02: of 18 full members 12 votes admit, 11 do not, whoever is present"""
        meeting = self.house.meet(absent=2)
        failed = self.ballot(meeting, 11, purpose="VOTE_PURPOSE_ADMISSION", subject="Kết nạp quần chúng A").vote
        self.assertEqual((failed.eligible, failed.present, failed.needed, failed.passed), (18, 16, 12, False))
        passed = self.ballot(meeting, 12, purpose="VOTE_PURPOSE_ADMISSION", subject="Kết nạp quần chúng A", round=2).vote
        self.assertEqual((passed.needed, passed.passed, passed.round), (12, True, 2))
        self.assertEqual((passed.rule_key, passed.rule_value), ("vote.admission_ratio", "2/3"))
        self.assertIn("QĐ 29-QĐ/TW", passed.rule_doc)
        with self.assertRefused(STATE, "already_passed", "round"):
            self.ballot(meeting, 12, purpose="VOTE_PURPOSE_ADMISSION", subject="kết nạp quần chúng a", round=3)

    def test_more_than_half(self):
        """of 18 it takes 10 for what is decided by more than half"""
        meeting = self.house.meet(absent=2)
        nine = self.record(meeting, votes_for=9, votes_against=7).vote
        self.assertEqual((nine.needed, nine.passed, nine.valid, nine.rule_key), (10, False, 16, "vote.ordinary_ratio"))
        self.assertTrue(self.record(meeting, votes_for=10, votes_against=5, blank=1, round=2).vote.passed)

    def test_rounds(self):
        """a round follows one that did not pass, and each is recorded once"""
        meeting = self.house.meet()
        with self.assertRefused(STATE, "round_order", "round"):
            self.record(meeting, votes_for=10, round=2)
        self.record(meeting, votes_for=1)
        with self.assertRefused(EXISTS, "voted", "round"):
            self.record(meeting, votes_for=10)
        with self.assertRefused(STATE, "round_order", "round"):
            self.record(meeting, votes_for=10, round=3)
        self.record(meeting, votes_for=2, round=2)
        self.record(meeting, votes_for=3, round=3)
        with self.assertRefused(INVALID, "out_of_range", "round"):
            self.record(meeting, votes_for=10, round=4)
        case = actors.admission(self, f"'{uuid.UUID(bytes=self.house.branch)}'")
        admission = {"purpose": "VOTE_PURPOSE_ADMISSION", "subject_id": case}
        self.ballot(meeting, 11, subject="Kết nạp", **admission)
        later = self.house.meet()
        with self.assertRefused(EXISTS, "voted", "round"):
            self.ballot(later, 12, subject="Xét kết nạp", **admission)
        self.assertTrue(self.ballot(later, 12, subject="Xét kết nạp", round=2, **admission).vote.passed)
        with self.assertRefused(STATE, "already_passed", "round"):
            self.ballot(later, 12, subject="Kết nạp nữa", round=3, **admission)

    def test_roll(self):
        """who may vote and who is there is counted at the instant; the paper is only compared"""
        meeting = self.house.meet(absent=2)
        gone, exempt, here_late = self.house.members[3:6]
        self.sql(f"""
            update chibo.attendance set left_at = '2021-11-06 09:30+07' where meeting_id = {quoted(meeting)} and member_id = {quoted(gone)};
            update chibo.attendance set arrived_at = '2021-11-06 09:00+07' where meeting_id = {quoted(meeting)} and member_id = {quoted(here_late)};
            update chibo.attendance set state = 'exempt' where meeting_id = {quoted(meeting)} and member_id = {quoted(exempt)}""")
        for minute, present in ((10, 14), (59, 14), (60, 15), (89, 15), (90, 14)):
            vote = self.record(meeting, votes_for=1, subject=f"Lúc {minute}", voted_at_us=OPENED_US + minute * 60_000_000).vote
            self.assertEqual((vote.eligible, vote.present), (17, present), minute)
        with self.assertRefused(STATE, "eligible_differs", "eligible") as caught:
            self.record(meeting, votes_for=1, subject="Giấy", eligible=18, present=15)
        self.assertEqual(caught.exception.params, {"paper": "18", "roll": "17"})
        with self.assertRefused(STATE, "present_differs", "present") as caught:
            self.record(meeting, votes_for=1, subject="Giấy", eligible=17, present=16)
        self.assertEqual(caught.exception.params, {"paper": "16", "roll": "14"})
        self.record(meeting, votes_for=1, subject="Giấy", eligible=17, present=14)

    def test_quorum(self):
        """nine of 18 are no quorum, ten are; the vote tells"""
        self.assertFalse(self.record(self.house.meet(absent=9), votes_for=9).vote.quorum_met)
        self.assertTrue(self.record(self.house.meet(absent=8), votes_for=9).vote.quorum_met)

    def test_election(self):
        """an election has names with their votes, and totals only"""
        meeting = self.house.meet(absent=2)
        fields = {"purpose": "VOTE_PURPOSE_ELECTION", "subject": "Bầu chi ủy", "method": "VOTE_METHOD_SECRET_BALLOT",
                  "issued": 16, "returned": 15, "missing": 1, "valid": 14, "invalid": 1}
        options = [{"title": "Lương An", "votes": 10}, {"title": "Lương Bình", "votes": 9}]
        answer = self.record(meeting, **fields, options=options, tellers="Lương Chi (tổ trưởng)")
        self.assertTrue(answer.vote.passed)
        self.assertEqual([(o.item_no, o.title, o.votes, o.elected) for o in answer.options],
                         [(1, "Lương An", 10, True), (2, "Lương Bình", 9, False)])
        with self.assertRefused(INVALID, "required", "options"):
            self.record(meeting, **{**fields, "subject": "Khác"})
        with self.assertRefused(INVALID, "not_in_election", "votes_for"):
            self.record(meeting, **{**fields, "subject": "Khác"}, options=options, votes_for=10)
        with self.assertRefused(INVALID, "only_in_election", "options"):
            self.record(meeting, votes_for=10, options=options)
        self.assertEqual(self.sql(f"select count(*) from chibo.vote_item where meeting_id = {quoted(meeting)}")[0][0], "1")

    def test_when_and_what(self):
        """a vote is held in session, about something that is there"""
        meeting = self.house.meet()
        for at in (OPENED_US - 1, OPENED_US + 20 * 365 * 86400_000_000):
            with self.assertRefused(INVALID, "outside_session", "voted_at_us"):
                self.record(meeting, votes_for=1, voted_at_us=at)
        with self.assertRefused(NOT_FOUND, "not_found", "item_no"):
            self.record(meeting, votes_for=1, item_no=1)
        with self.assertRefused(NOT_FOUND, "not_found", "subject_id"):
            self.record(meeting, votes_for=1, purpose="VOTE_PURPOSE_RESOLUTION", subject_id=uuid7())
        with self.assertRefused(INVALID, "no_such_subject", "subject_id"):
            self.record(meeting, votes_for=1, subject_id=uuid7())
        with self.assertRefused(INVALID, "required", "votes_for"):
            self.record(meeting)
        with self.assertRefused(STATE, "meeting_state", "meeting_id"):
            self.record(self.house.meet("planned"), votes_for=1)
        with self.assertRefused(STATE, "meeting_closed", "meeting_id"):
            self.record(self.house.meet("closed"), votes_for=1)

    def test_read(self):
        """members of the branch read, others do not; a masked reader gets counts"""
        meeting = self.house.meet()
        vote = self.record(meeting, votes_for=10, tellers="Lương Chi").vote
        self.record(meeting, votes_for=3, subject="Sau đó")
        first, second = self.house.member.read("VoteService/List", meeting_id=meeting).votes
        self.assertEqual((first.subject, second.subject, first.tellers), ("Kế hoạch", "Sau đó", "Lương Chi"))
        page, = self.house.member.read("VoteService/List", meeting_id=meeting, after_id=first.id).votes
        self.assertEqual(page.id, second.id)
        self.assertEqual(self.house.member.read("VoteService/Get", id=vote.id).vote, vote)
        masked = self.house.head.read("VoteService/Get", id=vote.id).vote
        self.assertEqual((masked.votes_for, masked.subject, masked.tellers), (10, "", ""))
        with self.assertRefused(NOT_FOUND, "not_found", "id"):
            self.login("khoi.5").read("VoteService/Get", id=vote.id)
        with self.assertRefused(NOT_FOUND, "not_found", "meeting_id"):
            self.login("khoi.5").read("VoteService/List", meeting_id=meeting)
        with self.assertRefused(DENIED, "permission_denied"):
            self.record(meeting, self.house.member, votes_for=10)


def tally(dice, present):
    """Counts that add up."""
    counts = {"issued": dice.randint(0, present)}
    counts["missing"] = dice.randint(0, min(2, counts["issued"]))
    counts["returned"] = counts["issued"] - counts["missing"]
    counts["invalid"] = dice.randint(0, min(2, counts["returned"]))
    counts["valid"] = counts["returned"] - counts["invalid"]
    counts["votes_for"] = dice.randint(0, counts["valid"])
    counts["votes_against"] = dice.randint(0, counts["valid"] - counts["votes_for"])
    counts["blank"] = counts["valid"] - counts["votes_for"] - counts["votes_against"]
    return counts


def without_papers(counts):
    return {**{name: value for name, value in counts.items() if name not in ("issued", "returned", "missing")},
            "method": "VOTE_METHOD_CARD"}


def election(dice, counts):
    votes = [dice.randint(0, counts["valid"]) for _ in range(dice.randint(1, 4))]
    kept = {name: value for name, value in counts.items() if name not in ("votes_for", "votes_against")}
    return {**kept, "blank": 0, "purpose": "VOTE_PURPOSE_ELECTION",
            "options": [{"title": f"Lương Người {number}", "votes": count} for number, count in enumerate(votes)]}


def more_cast(counts, total):
    """Without papers: as many cast as said, all else in order."""
    counts = without_papers(counts)
    return {**counts, "valid": total - counts["invalid"], "votes_against": 0, "blank": 0,
            "votes_for": total - counts["invalid"]}


def swap(counts, field, other):
    """One count below zero, while the sum holds."""
    less = counts[field] + 1
    return {**counts, field: -1, other: counts[other] + less}


def over_option(dice, counts):
    broken = election(dice, counts)
    dice.choice(broken["options"])["votes"] = broken["valid"] + dice.randint(1, 5)
    return broken


def broken_tallies(dice, eligible, present):
    """(rule, field, counts): each breaks one sum of a tally that is right."""
    c = tally(dice, present)
    more = dice.randint(1, 5)
    dropped = dice.choice(("issued", "returned", "missing"))
    partly = {**c, "method": "VOTE_METHOD_CARD"}
    del partly[dropped]
    secret = {name: value for name, value in c.items() if name not in ("issued", "returned", "missing")}
    yield "issued_within_present", "issued", {**c, "issued": present + more, "missing": present + more - c["returned"]}
    yield "issued_is_returned_and_missing", "issued", {**c, "missing": c["missing"] + more}
    if c["returned"]:
        yield "returned_is_valid_and_invalid", "returned", {**c, "returned": c["returned"] - 1, "missing": c["missing"] + 1}
        yield "negative", "missing", {**c, "missing": -1, "issued": c["returned"] - 1}
    yield "options_fill_valid", "valid", {**c, "votes_for": c["votes_for"] + more}
    if c["votes_against"]:
        yield "options_fill_valid", "valid", {**c, "votes_against": c["votes_against"] - 1}
    yield "options_within_valid", "votes_for", {**election(dice, c), "blank": c["valid"] + more}
    yield "option_within_valid", "votes", over_option(dice, c)
    yield "ballots_required", "issued", secret
    yield "ballots_together", "issued", partly
    yield "cast_within_present", "valid", more_cast(c, dice.randint(present + 1, eligible))
    yield "cast_within_eligible", "valid", more_cast(c, eligible + more)
    yield "negative", "invalid", {**c, "invalid": -1, "valid": c["returned"] + 1, "votes_for": c["returned"] + 1,
                                  "votes_against": 0, "blank": 0}
    yield "negative", "votes_for", swap(c, "votes_for", "blank")
    yield "negative", "votes_against", swap(c, "votes_against", "votes_for")
    yield "negative", "blank", swap(c, "blank", "votes_against")
    yield "present_differs", "present", {**c, "present": present + dice.choice((-1, 1))}
    yield "eligible_differs", "eligible", {**c, "eligible": eligible + dice.choice((-1, 1))}


class Property(VoteCase):
    """Random tallies with several requests in flight."""

    def sent(self, clients, requests):
        """The outcome of each request: its vote, or the refusal; IN_FLIGHT at a time on several connections."""
        outcomes = [None] * len(requests)
        for start in range(0, len(requests), IN_FLIGHT):
            waiting = []
            for number in range(start, min(start + IN_FLIGHT, len(requests))):
                client = clients[number % len(clients)]
                body = MESSAGES["VoteRecordRequest"](**requests[number]).SerializeToString()
                envelope = client.request("VoteService/Record", body, op_id=uuid7())
                client.connection.send_frame(envelope.SerializeToString())
                waiting.append((number, client, envelope.id))
            replies = {}
            for number, client, id_ in waiting:
                while (client, id_) not in replies:
                    reply = client.connection.read_reply()
                    replies[client, reply.id] = reply
                reply = replies[client, id_]
                refused = reply.HasField("status") and reply.status.code != 0
                outcomes[number] = Refused(reply.status) if refused else \
                    MESSAGES["VoteRecordResponse"].FromString(reply.body).vote
        return outcomes

    def test_tallies(self):
        """every tally that adds up is taken, every broken one is refused by the sum that it breaks"""
        dice = random.Random(SEED)
        clients = [self.house.clerk, self.house.again(self.house.clerk), self.house.again(self.house.chair)]
        meetings = {absent: self.house.meet(absent=absent) for absent in (1, 4, 9)}
        requests, wanted = [], []
        for number in range(TALLIES):
            absent = dice.choice(list(meetings))
            cases = [(None, None, tally(dice, 18 - absent)), (None, None, election(dice, tally(dice, 18 - absent))),
                     (None, None, without_papers(tally(dice, 18 - absent))), *broken_tallies(dice, 18, 18 - absent)]
            for rule, field, counts in cases:
                requests.append({
                    "id": uuid7(), "meeting_id": meetings[absent], "subject": f"Phiếu {len(requests)}",
                    "purpose": dice.choice(("VOTE_PURPOSE_ORDINARY", "VOTE_PURPOSE_ADMISSION")),
                    "method": "VOTE_METHOD_SECRET_BALLOT", **counts})
                wanted.append((rule, field, 18 - absent))
        order = list(range(len(requests)))
        dice.shuffle(order)
        outcomes = self.sent(clients, [requests[n] for n in order])
        for n, outcome in zip(order, outcomes):
            rule, field, present = wanted[n]
            with self.subTest(seed=SEED, rule=rule, counts=requests[n]):
                if rule is None:
                    self.assertNotIsInstance(outcome, Refused)
                    self.check_result(requests[n], outcome, present)
                else:
                    self.assertIsInstance(outcome, Refused)
                    self.assertEqual((outcome.rule, outcome.field), (rule, field))
        good = sum(rule is None for rule, _, _ in wanted)
        self.assertEqual(self.sql("select count(*) from chibo.vote_item where subject like 'Phiếu %'")[0][0], str(good))
        self.assertGreater(len(wanted) - good, 500)

    def check_result(self, request, vote, present):
        self.assertEqual((vote.eligible, vote.present, vote.quorum_met), (18, present, 2 * present > 18))
        if request["purpose"] == "VOTE_PURPOSE_ELECTION":
            self.assertEqual(vote.passed, any(2 * o["votes"] > 18 for o in request["options"]))
        elif request["purpose"] == "VOTE_PURPOSE_ADMISSION":
            self.assertEqual(vote.passed, vote.votes_for * 3 >= 18 * 2)
        else:
            self.assertEqual(vote.passed, vote.votes_for * 2 > 18)


if __name__ == "__main__":
    tap.main()
