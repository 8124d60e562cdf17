#!/usr/bin/python3
"""Every step of W1, W2 and W14 in every state, as every role: what may be done is done, as a trial run, and all else is
refused by name. The tables here are written from the workflows, not from the program."""

import pathlib
import sys
import uuid

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / name) for name in ("lib", "integration")]

import actors  # noqa: E402
import tap  # noqa: E402
from client import Refused, id_bytes, uuid7  # noqa: E402
from fixture import ServerCase  # noqa: E402
from path import PROBATIONS, STAGES, TARGETS, Path  # noqa: E402

DENIED, STATE = 7, 9
BRANCH, WARD = "HUE.TX.01", "HUE.TX"
SEATS = {"MB": BRANCH, "BD": BRANCH, "BS": BRANCH, "WO": WARD, "WS": WARD, "DO": None, "DH": None, "DS": None, "IC": None,
         "DG": BRANCH, "SA": None, "AU": None}
REASON = "Chờ bổ sung hồ sơ"
GOING = STAGES[:13]                     # neither decided nor at the end
OPEN_FILE = STAGES[5:9]

# step: roles, states, and what the request says beside id and base_version
W1 = {
    "CandidateService/Enlist": ("BS", "identified", {"resolution": "05-NQ/CB"}),
    "CandidateService/AssignMentor": ("BD BS WO", " ".join(STAGES[1:9]), lambda c, p: {
        "assignment_id": uuid7(), "mentor_id": id_bytes(p.second), "resolution": "06-NQ/CB",
        "together_since_on": "2015-01-01"}),
    "CandidateService/EndMentor": ("BD BS WO", " ".join(STAGES[2:9]), lambda c, p: {
        "assignment_id": id_bytes(c["assignment"]), "reason": REASON}),
    "CandidateService/Suspend": ("BS", " ".join(GOING), {"reason": REASON}),
    "CandidateService/Drop": ("BS", " ".join((*GOING, "suspended")), {"reason": REASON}),
    "CandidateService/Resume": ("BS", "refused suspended dropped", {"reason": REASON}),
    "AdmissionService/OpenFile": ("BS", "certified", lambda c, p: {"case_id": uuid7()}),
    "AdmissionService/RenewFile": ("BS", "checked ready", {"reason": REASON}),
    "AdmissionService/SetPaper": ("BD BS WO", "file_open checking checked ready branch_approved grassroots_approved", lambda c, p: {
        "type": "sub_committee_appraisal", "dated_on": p.today, "custodian": "Chi bộ"}),
    "AdmissionService/RequestChecks": ("WO", "file_open", lambda c, p: {
        "checks": [{"id": uuid7(), "subject": "CHECK_SUBJECT_SELF", "place": "Xã Nghĩa An"}]}),
    "AdmissionService/AnswerCheck": ("WO", "checking", lambda c, p: {
        "check_id": id_bytes(c["check"]), "conclusion": "CHECK_CONCLUSION_CLEAR"}),
    "AdmissionService/ConcludeChecks": ("WS", "checking", {}),
    "AdmissionService/CollectOpinions": ("WO", "checked", {}),
    "AdmissionService/BranchVote": ("BS", "ready", lambda c, p: {"vote_id": id_bytes(c["vote"]), "resolution": "07-NQ/CB"}),
    "AdmissionService/Resolve": ("WS", "escalated", {"approve": True, "decision_doc": "20-NQ/ĐU"}),
    "AdmissionService/GrassrootsVote": ("WS", "branch_approved", lambda c, p: {
        "vote_id": id_bytes(c["committee_vote"]), "resolution": "08-NQ/ĐU"}),
    "AdmissionService/Submit": ("WO", "grassroots_approved", {}),
    "AdmissionService/SendBack": ("WS", "checking checked ready branch_approved grassroots_approved", {"reason": REASON}),
    "AdmissionService/Appraise": ("DO DH", "under_review", {"appraisal": "Đủ điều kiện"}),
    "AdmissionService/ReturnFile": ("DO DH", "under_review", {"reason": REASON}),
    "AdmissionService/Extend": ("DS", "branch_approved grassroots_approved under_review", {"reason": REASON}),
    "AdmissionService/Decide": ("DS", "under_review", {"admit": True, "decision_doc": "15-QĐ/TU"}),
    "AdmissionService/Receive": ("BS", "decided", {}),
    "AdmissionService/HoldCeremony": ("BS", "decided", lambda c, p: {
        "meeting_id": id_bytes(c["ceremony"]), "member_id": uuid7(), "membership_id": uuid7(), "biography_no": "987654TTH"}),
}
W2 = {
    "ProbationService/SetPaper": ("BD BS WO", "running branch_approved grassroots_approved", lambda c, p: {
        "type": "mentor_opinion", "dated_on": p.today, "custodian": "Chi bộ"}),
    "ProbationService/BranchVote": ("BS", "running", lambda c, p: {"vote_id": id_bytes(c["vote"]), "resolution": "09-NQ/CB"}),
    "ProbationService/GrassrootsVote": ("WS", "branch_approved", lambda c, p: {
        "vote_id": id_bytes(c["committee_vote"]), "resolution": "10-NQ/ĐU"}),
    "ProbationService/Submit": ("WO", "grassroots_approved", {}),
    "ProbationService/SendBack": ("WS", "branch_approved grassroots_approved under_review", {"reason": REASON}),
    "ProbationService/Extend": ("DS", "branch_approved grassroots_approved under_review", {"reason": REASON}),
    "ProbationService/Decide": ("DS", "under_review", {
        "recognise": True, "decision_doc": "16-QĐ/TU", "card_no": "87654321"}),
    "ProbationService/ProposeRemoval": ("BS", "running", {"reason": REASON}),
    "ProbationService/Resume": ("BS", "removal_proposed", {"reason": REASON}),
}
# Of a ward: whoever agrees is the ward itself, whoever issues stands above it.
W14 = {
    "TargetService/Agree": ("WS", "proposed", {}),
    "TargetService/SendBack": ("DS", "agreed", {"reason": REASON}),
    "TargetService/Issue": ("DS", "agreed", {}),
    "TargetService/Cascade": ("WO DO", "issued", lambda c, p: {
        "lines": [{"id": uuid7(), "unit_id": p.case.units[BRANCH], "value": 10}]}),
    "TargetService/Adjust": ("DS", "issued cascaded", lambda c, p: {
        "new_id": uuid7(), "value": 12, "basis": "12-KH/TU", "reason": REASON}),
    "TargetService/Close": ("DS", "proposed agreed issued cascaded", {"reason": REASON}),
}
# Who holds the permission and is refused for what he is to this record: the ward decides no admission of its own here.
NOT_HERE = {
    ("AdmissionService/Extend", "WS"): "not_decider", ("AdmissionService/Decide", "WS"): "not_decider",
    ("ProbationService/Extend", "WS"): "not_decider", ("ProbationService/Decide", "WS"): "not_decider",
    ("TargetService/SendBack", "WS"): "own_unit", ("TargetService/Issue", "WS"): "own_unit",
    ("TargetService/Adjust", "WS"): "own_unit", ("TargetService/Close", "WS"): "own_unit",
}
# ... or out of reach, like nothing at all: a target of the ward is not the branch's own.
UNSEEN = {("TargetService/Agree", "BS"), ("TargetService/Agree", "DH")}


class Ways(ServerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_candidates")
        cls.path = Path(case, BRANCH, WARD)
        (cls.path.today,), = case.sql("select chibo.today()")
        cls.people = {role: actors.act(case, role, seat) for role, seat in SEATS.items()}
        for client in cls.people.values():
            client.read("SessionService/WhoAmI")        # a connection without an accepted request ends after 30 s
        cls.clients = case._cleanups[:]     # they stay until the class ends
        case._cleanups.clear()

    @classmethod
    def tearDownClass(cls):
        for close, arguments, _ in cls.clients:
            close(*arguments)
        super().tearDownClass()

    def ask(self, role, method, record, version, fields):
        """'ok', or the refusal."""
        made = fields(record, self.path) if callable(fields) else fields
        try:
            self.people[role].call(method, {"op_id": uuid7(), "dry_run": True},
                                   {"id": id_bytes(record["id"]), "base_version": version, **made})
        except Refused as refused:
            return refused
        return "ok"

    def walk(self, table, records, version):
        """(answers, of them accepted); fails at the end with all that is wrong."""
        wrong, asked, accepted = [], 0, 0
        for method, (roles, states, fields) in table.items():
            for state in records:
                for role in SEATS:
                    asked += 1
                    record = records[state] if not isinstance(records[state], dict) or "id" in records[state] else \
                        records[state].get(method, records[state][""])
                    answer = self.ask(role, method, record, version(record), fields)
                    told = self.judge(method, role, state, roles.split(), states.split(), answer)
                    accepted += answer == "ok"
                    if told:
                        wrong.append(f"{method} of {state} as {role}: {told}")
        if wrong:
            self.fail(f"{len(wrong)} of {asked} wrong\n" + "\n".join(wrong[:40]))
        return asked, accepted

    def judge(self, method, role, state, roles, states, answer):
        if role in roles and state in states:
            return None if answer == "ok" else f"refused: {answer}"
        if answer == "ok":
            return "not refused"
        if role in roles:
            return None if answer.code == STATE and answer.rule else f"{answer}, not a rule of the state"
        if (method, role) in UNSEEN:
            return None if answer.rule == "not_found" else f"{answer} instead of not_found"
        if (method, role) in NOT_HERE:
            known = (NOT_HERE[method, role], "candidate_stage", "state_transition", "probation_state", "target_state")
            return None if answer.code == STATE and answer.rule in known else f"{answer} instead of {NOT_HERE[method, role]}"
        return None if (answer.code, answer.rule) == (DENIED, "permission_denied") else f"{answer} instead of denied"

    def version_of(self, table):
        return lambda record: int(self.sql(f"select version from chibo.{table} where id = '{record['id']}'")[0][0])

    def test_candidates(self):
        """W1: 24 steps x 18 stages x 12 roles"""
        records = {stage: self.path.candidate(stage) for stage in STAGES}
        records["checking"] = {"": records["checking"], "AdmissionService/AnswerCheck": self.path.candidate("checking", open_check=True)}
        asked, accepted = self.walk(W1, records, lambda record: 1)
        self.assertEqual(asked, 24 * 18 * 12)
        self.assertEqual(accepted, sum(len(roles.split()) * len(states.split()) for roles, states, _ in W1.values()))

    def test_probations(self):
        """W2: nine steps x seven states x 12 roles"""
        records = {state: self.path.probation(state) for state in PROBATIONS}
        asked, _ = self.walk(W2, records, lambda record: 1)
        self.assertEqual(asked, 9 * 7 * 12)

    def test_targets(self):
        """W14: six steps x six states x 12 roles"""
        records = {state: self.path.target(state, WARD, 2030 + number) for number, state in enumerate(TARGETS)}
        asked, _ = self.walk(W14, records, lambda record: 1)
        self.assertEqual(asked, 6 * 6 * 12)

    def test_told(self):
        """what an answer says may come next is what the tables here say, for each role that reads"""
        for stage in STAGES:
            record = self.path.candidate(stage)
            for role in ("BD", "BS", "WO", "WS", "DO", "DH"):
                told = {action.method for action in self.people[role].read("CandidateService/Get", id=id_bytes(record["id"])).actions}
                may = {method for method, (roles, states, _) in W1.items() if role in roles.split() and stage in states.split()}
                apart = {"CandidateService/Update", "CandidateService/Move", "ClassService/Send", "ClassService/Certify",
                         "AdmissionService/OpenFile", "AdmissionService/Extend", "AdmissionService/Decide"}
                self.assertEqual(told - apart, may - apart, (stage, role))


if __name__ == "__main__":
    tap.main()
