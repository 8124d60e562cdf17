"""A row for every route: the right it needs, a request about a given target, what an accepted one does."""

import datetime
import hashlib
import itertools
import os

from model import DENIED, NOT_FOUND, OK, STATE, Row, Target
from records import HELD, RECEIVED
from world import ARCHIVED, INSIDE, key

EXAMPLE_PERSON = {"family_name": "Hoàng", "given_name": "Mới", "sex": "SEX_FEMALE", "born_on": "1999"}
EXAMPLE_MEMBER = {**EXAMPLE_PERSON, "status": "MEMBER_STATUS_PROBATIONARY", "decision_on": "2026-01-20",
                  "joined_on": "2026-02-03", "from_on": "2026-02-03"}
BASIS = "Quyết định"

_numbers = itertools.count(1)
_months, _years = itertools.count(12 * 2031), itertools.count(2100)
TODAY = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=7)).date().isoformat()


def fresh():
    """An id that nobody has."""
    return os.urandom(16)


def number():
    """A biography number that nobody has."""
    return f"{900000 + next(_numbers)}YB"


def read(right, fields, shows="", scoped=True, **more):
    return Row(right, fields, False, scoped, shows, **more)


def write(right, fields, shows="", scoped=True, **more):
    return Row(right, fields, True, scoped, shows, **more)


def line(target, **changes):
    return {**EXAMPLE_MEMBER, "row_no": 2, "id": fresh(), "person_id": fresh(), "membership_id": fresh(),
            "unit_code": target.code, "biography_no": number(), **changes}


def one_time_code():
    return hashlib.sha256(os.urandom(16)).digest()


def of_unit(target):
    return {"unit_id": target.unit}


def waiting(target):
    """Whoever was received and takes no part yet."""
    return target.enrolled if str(target.index).isdigit() and target.name in ("own", "descendant") else target.registration


def in_rows(target):
    """Whether it is nobody's in particular."""
    return target.index == ARCHIVED or str(target.index).isdigit()


def voted(target):
    """Of what is at its end no vote is kept: another one's."""
    return Target(target.name) if target.index == ARCHIVED else target


def of_month(target):
    return {"unit_id": target.unit, "period_month": HELD[:7]}


def whole_page(target):
    """Of a list so long that what comes after the unit's records would not be on its first page."""
    return {**of_unit(target), "limit": 500}


def granted(target):
    return {"id": fresh(), "person_id": target.person, "role": "MB", "unit_id": target.unit, "basis": BASIS}


def month():
    """A month that no target is for yet."""
    year, index = divmod(next(_months), 12)
    return f"{year}-{index + 1:02}"


def moved(target):
    """`upper` and `lower` go back and forth between `own` and `descendant`, starting from the one or the other;
    somebody else's unit comes to `own`."""
    version = target.versions(target.movable)
    down = (target.movable == "upper") == (version % 2 == 1) and target.name in INSIDE
    return {"id": key("unit", target.movable), "base_version": version, "from_on": TODAY,
            "parent_id": key("unit", "descendant" if down else "own")}


STILL_READ = ALL_THE_SAME = (OK, "")
CLOSED = (STATE, "request_closed")
NOT_HIS_TURN = (STATE, "not_yours_to_approve")
OWN_PROPOSAL = (STATE, "own_proposal")
OWN_RECORD = (STATE, "own_record")
NOT_ACTIVE = (STATE, "not_active")
NO_MEETING = {"DG": (NOT_FOUND, "not_found")}       # a delegate's grant opens a meeting, and this is none
OWN_UNIT = {"own": (STATE, "own_unit")}             # whoever acts in a unit does not decide on what it sent
MEETING_CLOSED, MEETING_STATE = (STATE, "meeting_closed"), (STATE, "meeting_state")
STATE_TRANSITION = (STATE, "state_transition")
NOT_ASSIGNEE = {"descendant": (STATE, "not_assignee")}      # it lies with that unit
NOT_DRAFT, PROPOSAL_CLOSED = (STATE, "not_draft"), (STATE, "proposal_closed")
OWN_BRANCH = {"own": (STATE, "own_branch")}         # whoever belongs to a branch is not above it
ROOT_ONLY = (DENIED, "root_only")                   # what holds for the whole district is written at its root
CANDIDATE_STAGE, PROBATION_STATE = (STATE, "candidate_stage"), (STATE, "probation_state")
POINTS = [{"code": "1", "points": "40"}, {"code": "2", "points": "55.5"}]
SHEET = "chibo.score_line chibo.score_sheet chibo.scoring"

ROUTES = {
    "AccountService/Create": write("keep accounts", lambda t: {
        "id": fresh(), "login_name": "zn" + fresh().hex(), "person_id": t.person, "code_hash": one_time_code()},
        shows="record", changes="auth.account auth.code"),
    "AccountService/Invite": write("keep accounts", lambda t: {"id": t.account, "code_hash": one_time_code()},
                                   shows="record", changes="auth.account auth.code auth.event",
                                   archived=(STATE, "account_ended")),
    "AccountService/End": write("keep accounts", lambda t: {"id": t.account}, shows="record", changes="auth.account",
                                archived=(STATE, "account_ended")),
    "AccountService/List": read("read accounts", lambda t: {"limit": 200}, scoped=False),
    "DeviceService/Invite": write("keep computers", lambda t: {
        "id": fresh(), "unit_id": t.unit, "name": "Máy mới", "code_hash": one_time_code()}, shows="unit_name",
        changes="auth.device"),
    "DeviceService/Enrol": Row(),
    "DeviceService/List": read("read computers", lambda t: {**of_unit(t), "limit": 200}, shows="record", whole=True),
    "DeviceService/Confirm": write("keep computers", lambda t: {"id": t.silent, "base_version": 1}, shows="record",
                                   changes="auth.device", archived=(STATE, "device_ended")),
    "DeviceService/Revoke": write("keep computers", lambda t: {"id": t.device, "base_version": 1, "reason": BASIS},
                                  shows="record", changes="auth.device", archived=(STATE, "device_ended")),
    "ConflictService/List": read("read conflicts", lambda t: {**of_unit(t), "limit": 200}, shows="record", whole=True),
    "ConflictService/Show": read("read conflicts", lambda t: {"id": t.told}, shows="record", audited=True,
                                 archived=STILL_READ),
    "ConflictService/Resolve": write("decide conflicts", lambda t: {"id": t.kept, "base_version": 1}, shows="record",
                                     archived=(STATE, "parked_closed")),
    "GrantService/Request": write("request grants", granted, shows="record", changes="auth.grant"),
    "GrantService/Create": write("draft grants", granted, shows="record", changes="auth.grant"),
    "GrantService/CreateEmergency": write("decide grants", granted, shows="record", changes="auth.grant"),
    "GrantService/Adopt": write("draft grants", lambda t: {"id": t.requested}, shows="record", changes="auth.grant",
                                archived=(STATE, "grant_ended")),
    "GrantService/Confirm": write("decide grants", lambda t: {"id": t.drafted}, shows="record", changes="auth.grant",
                                  archived=(STATE, "grant_ended")),
    "GrantService/End": write("decide grants", lambda t: {"id": t.grant}, shows="record", changes="auth.grant",
                              archived=(STATE, "grant_ended")),
    "GrantService/List": read("read grants", of_unit, shows="record", whole=True),
    "UnitService/Create": write("make units", lambda t: {
        "id": fresh(), "parent_id": t.unit, "code": f"NEW.{next(_numbers)}", "name": "Tổ đảng mới",
        "kind": "party_group", "founded_on": "2026-01-01", "basis": BASIS}, shows="unit_name"),
    "UnitService/Get": read("read units", lambda t: {"id": t.unit}, shows="unit_name"),
    "UnitService/List": read("read units", of_unit, shows="unit_name", whole=True),
    "UnitService/Rename": write("change units", lambda t: {
        "id": t.unit, "base_version": t.versions(t.name), "name": f"Zz{t.name} {next(_numbers)}", "from_on": TODAY},
        shows="unit_name", changes="chibo.unit chibo.unit_name"),
    "UnitService/Move": write("change units", moved),
    "SectorService/List": read("read catalogues", lambda t: {}, scoped=False),
    "SchemeService/Create": write("make schemes", lambda t: {
        "id": fresh(), "code": f"moi-{next(_numbers)}", "name": "Mẫu mới",
        "lines": [{"sector": "hamlet", "label": "Thôn"}]}, scoped=False, changes="chibo.scheme chibo.scheme_line"),
    "SchemeService/Get": read("read catalogues", lambda t: {"code": "mau-thu"}, scoped=False),
    "SchemeService/List": read("read catalogues", lambda t: {}, scoped=False),
    "RuleService/List": read("read catalogues", lambda t: {}, scoped=False),
    "PersonService/Create": write("register people", lambda t: {
        "id": fresh(), "unit_id": t.unit, "native_place": f"zy{t.name}", **EXAMPLE_PERSON}, shows="record",
        changes="chibo.person"),
    "PersonService/Get": read("read members", lambda t: {"id": t.person}, shows="record", archived=STILL_READ),
    "PersonService/Update": write("write members", lambda t: {
        "id": t.person, "base_version": 1, "update_mask": ["profession"], "profession": "Giáo viên"}, shows="record",
        changes="chibo.person", myself=OWN_RECORD),
    "PersonService/GetSensitive": read("read sealed fields", lambda t: {"id": t.person, "inspection_no": "12/2026"},
                                       shows="record", audited=True, archived=STILL_READ, myself=ALL_THE_SAME),
    "PersonService/SetSensitive": write("write sealed fields", lambda t: {
        "id": t.person, "base_version": 1, "update_mask": ["notes"], "notes": "Ghi chú"}, shows="record",
        changes="chibo.person chibo.person_sealed", myself=OWN_RECORD),
    # of the whole district, for who acts in all of it; see test_edges.py
    "PersonService/FindDuplicates": read("find duplicates", lambda t: {}, scoped=False, audited=True,
                                         but=dict.fromkeys(("DO", "DH"), (DENIED, "permission_denied"))),
    "HistoryService/List": read("read histories", lambda t: {"entity": "person", "id": t.person}, archived=STILL_READ,
                                myself=ALL_THE_SAME),
    "LedgerService/CheckHeads": read(None, lambda t: {
        "heads": [{"feed": key("unit", "ancestor"), "position": 1, "hash": bytes(32)}]}, scoped=False),
    "RoleService/List": read("read catalogues", lambda t: {}, scoped=False),
    "RoleService/Show": read("read catalogues", lambda t: {"code": "BS"}, scoped=False),
    "MemberService/Roster": read("read names", of_unit, shows="record", whole=True),
    "CodeService/List": read("read catalogues", lambda t: {"list": "ethnicity"}, scoped=False),
    "ChangeRequestService/Create": write("propose corrections", lambda t: {
        "id": fresh(), "person_id": t.person, "update_mask": ["native_place"], "native_place": f"zy{t.name}, nơi khác",
        "basis": BASIS}, shows="record", changes="chibo.change_request", myself=ALL_THE_SAME),
    "ChangeRequestService/Get": read("read corrections", lambda t: {"id": t.change}, shows="record",
                                     archived=STILL_READ, myself=ALL_THE_SAME),
    "ChangeRequestService/List": read("read corrections", lambda t: {
        **of_unit(t), "after_state": "CHANGE_STATE_CONFIRMED", "after_pos": 0, "after_id": bytes(16), "limit": 200},
        shows="record", whole=True),
    "ChangeRequestService/Approve": write("approve corrections", lambda t: {"id": t.change}, shows="record",
                                          changes="chibo.change_request", archived=CLOSED, but={"DO": NOT_HIS_TURN},
                                          myself=OWN_PROPOSAL),
    "ChangeRequestService/Confirm": write("confirm corrections", lambda t: {"id": t.approved}, shows="record",
                                          changes="chibo.change_request chibo.person", archived=CLOSED),
    "ChangeRequestService/Refuse": write("approve corrections", lambda t: {"id": t.change, "reason": BASIS},
                                         shows="record", changes="chibo.change_request", archived=CLOSED,
                                         but={"DO": NOT_HIS_TURN}, myself=OWN_PROPOSAL),
    "MemberService/Create": write("write members", lambda t: {
        "id": fresh(), "person_id": fresh(), "unit_id": t.unit, "biography_no": number(), **EXAMPLE_MEMBER},
        shows="unit_name", changes="chibo.clock chibo.member chibo.membership chibo.person chibo.probation"),
    "MemberService/Get": read("read members", lambda t: {"id": t.member}, shows="record", archived=STILL_READ),
    "MemberService/Update": write("write members", lambda t: {
        "id": t.member, "base_version": 1, "update_mask": ["works_away"], "works_away": True}, shows="record",
        changes="chibo.member", myself=OWN_RECORD),
    "MemberService/List": read("read members", whole_page, shows="record", whole=True),
    "MemberService/Search": read("read members", lambda t: {
        "name": f"zy{t.name[0]}", "limit": 100, **of_unit(t)}, shows="record", whole=True),
    "MemberService/SetStatus": write("write members", lambda t: {
        "id": t.member, "base_version": 1, "status": "MEMBER_STATUS_RESIGNED", "from_on": TODAY,
        "basis": BASIS}, shows="record", changes="chibo.clock chibo.member chibo.membership chibo.probation",
        archived=(STATE, "status_transition"), myself=OWN_RECORD),
    "MemberService/Place": write("place members", lambda t: {
        "id": t.member, "base_version": 1, "membership_id": fresh(), "unit_id": t.inside, "from_on": TODAY,
        "kind": "MEMBERSHIP_KIND_TEMPORARY"}, shows="record", changes="chibo.member chibo.membership",
        archived=NOT_ACTIVE, myself=OWN_RECORD),
    "MemberService/Leave": write("place members", lambda t: {
        "id": t.member, "base_version": 1, "membership_id": t.second, "last_on": TODAY}, shows="record",
        changes="chibo.member chibo.membership", myself=OWN_RECORD),
    "MemberService/Import": write("write members", lambda t: {**of_unit(t), "lines": [line(t)]},
                                  changes="chibo.clock chibo.member chibo.membership chibo.person chibo.probation"),
    "MemberService/CheckImport": read("write members", lambda t: {**of_unit(t), "lines": [line(t)]}),
    "MeetingService/Create": write("hold meetings", lambda t: {
        "id": fresh(), "unit_id": t.unit, "kind": "MEETING_KIND_REGULAR", "period_month": HELD[:7], "planned_at_us": 0,
        "chair_id": Target(t.name).person, "clerk_id": Target(t.name).holder}, shows="record",
        changes="chibo.checklist_item chibo.meeting"),
    "MeetingService/Update": write("hold meetings", lambda t: {
        "id": t.planned, "base_version": 1, "update_mask": ["place"], "place": BASIS}, shows="text",
        changes="chibo.meeting", uses="planned", archived=MEETING_STATE),
    "MeetingService/Get": read("read meetings", lambda t: {"id": t.meeting}, shows="text"),
    "MeetingService/List": read("read meetings", lambda t: {
        **of_unit(t), "from_month": HELD[:7], "until_month": HELD[:7]}, shows="text", whole=True, uses="meeting"),
    "MeetingService/SetAgenda": write("hold meetings", lambda t: {
        "id": t.planned, "base_version": 1, "lines": [{"kind": "other", "title": BASIS}]}, shows="text",
        changes="chibo.agenda_item chibo.meeting", uses="planned", archived=MEETING_STATE),
    "MeetingService/Check": write("hold meetings", lambda t: {"id": t.planned, "code": "place_ready"}, shows="text",
                                  changes="chibo.checklist_item chibo.meeting", uses="planned",
                                  archived=MEETING_STATE),
    "MeetingService/Prepare": write("hold meetings", lambda t: {"id": t.planned}, shows="text",
                                    changes="chibo.meeting", uses="planned", archived=MEETING_STATE),
    "MeetingService/Notify": write("hold meetings", lambda t: {
        "id": t.prepared, "papers": [{"title": BASIS, "sent_to": BASIS}]}, shows="text",
        changes="chibo.meeting chibo.paper", uses="prepared", archived=MEETING_STATE),
    "MeetingService/AddGuest": write("hold meetings", lambda t: {
        "id": fresh(), "meeting_id": t.planned, "class": "GUEST_CLASS_OTHER", "person_id": Target(t.name).person,
        "capacity": BASIS}, shows="record", changes="chibo.guest chibo.meeting", uses="planned",
        archived=MEETING_STATE),
    "MeetingService/CommentGuest": write("hold meetings", lambda t: {
        "meeting_id": t.opened, "guest_id": t.part("opened", "guest"), "comment": BASIS}, shows="record",
        changes="chibo.guest chibo.meeting", uses="opened", archived=MEETING_CLOSED),
    "MeetingService/Open": write("hold meetings", lambda t: {"id": t.notified}, shows="text", changes="chibo.meeting",
                                 uses="notified", archived=MEETING_STATE),
    "MeetingService/RecordAttendance": write("hold meetings", lambda t: {
        "id": t.opened, "lines": [{"member_id": Target(t.name).member, "state": "ATTENDANCE_STATE_PRESENT"}]},
        shows="record", changes="chibo.attendance chibo.meeting", uses="opened", archived=MEETING_CLOSED),
    "MeetingService/AddSpeech": write("hold meetings", lambda t: {
        "id": fresh(), "meeting_id": t.opened, "speaker": BASIS, "summary": BASIS}, shows="record",
        changes="chibo.meeting chibo.speech", uses="opened", archived=MEETING_CLOSED),
    "MeetingService/ReportCandidate": write("report candidates", lambda t: {
        "id": fresh(), "meeting_id": t.opened if in_rows(t) else Target(t.name).opened, "candidate_id": t.candidate_helped,
        "mentor_id": Target(t.name).helper if in_rows(t) else key("member", t.index, "live"), "strengths": BASIS,
        "weaknesses": BASIS}, shows="text", changes="chibo.meeting chibo.mentor_report", uses="opened",
        archived=MEETING_CLOSED, myself=ALL_THE_SAME),
    "MeetingService/SetConclusion": write("hold meetings", lambda t: {
        "id": t.opened, "base_version": 1, "conclusion": BASIS}, shows="text", changes="chibo.meeting", uses="opened",
        archived=MEETING_CLOSED),
    "MeetingService/Cancel": write("hold meetings", lambda t: {"id": t.planned, "reason": BASIS}, shows="text",
                                   changes="chibo.meeting", uses="planned", archived=MEETING_STATE),
    "MeetingService/Submit": write("submit meetings", lambda t: {"id": t.closed}, shows="text",
                                   changes="chibo.meeting", uses="closed"),
    "MeetingService/Acknowledge": write("receive meetings", lambda t: {"id": t.submitted}, shows="text",
                                        changes="chibo.meeting", uses="submitted", but=OWN_UNIT),
    "MeetingService/SendBack": write("receive meetings", lambda t: {"id": t.submitted, "reason": BASIS}, shows="text",
                                     changes="chibo.meeting", uses="submitted", but=OWN_UNIT),
    "MinutesService/Preview": read("read meetings", lambda t: {"meeting_id": t.meeting}, shows="record"),
    "MinutesService/Adopt": write("hold meetings", lambda t: {
        "id": fresh(), "meeting_id": t.opened, "vote_id": t.part("opened", "minutes")}, shows="record",
        changes="chibo.meeting chibo.minutes", uses="opened", archived=MEETING_CLOSED),
    "MinutesService/Sign": write("sign minutes", lambda t: {"id": t.part("adopted", "minutes_of")},
                                 changes="chibo.minutes", uses="adopted", in_hands=True),
    "MinutesService/Correct": write("hold meetings", lambda t: {
        "id": fresh(), "meeting_id": t.closed, "corrects": t.part("closed", "minutes_of"), "correction": BASIS},
        shows="record", changes="chibo.minutes", uses="closed"),
    "MinutesService/Get": read("read meetings", lambda t: {"id": t.part("meeting", "minutes_of")}, shows="record"),
    "MinutesService/List": read("read meetings", of_unit, shows="unit_name", whole=True, uses="meeting"),
    "ResolutionService/Create": write("draft resolutions", lambda t: {
        "id": fresh(), "unit_id": t.unit, "kind": "RESOLUTION_KIND_THEMATIC", "subject": f"zx{t.name}"}, shows="text",
        changes="chibo.resolution"),
    "ResolutionService/Update": write("draft resolutions", lambda t: {
        "id": t.draft, "base_version": 1, "update_mask": ["body"], "body": BASIS}, shows="text",
        changes="chibo.resolution", uses="draft"),
    "ResolutionService/Discuss": write("draft resolutions", lambda t: {"id": t.draft}, shows="text",
                                       changes="chibo.resolution", uses="draft"),
    "ResolutionService/Redraft": write("draft resolutions", lambda t: {"id": t.discussed}, shows="text",
                                       changes="chibo.resolution", uses="discussed", archived=STATE_TRANSITION),
    "ResolutionService/Adopt": write("draft resolutions", lambda t: {
        "id": t.discussed, "vote_id": t.part("decided", "resolution")}, shows="text", changes="chibo.resolution",
        uses="discussed", archived=STATE_TRANSITION),
    "ResolutionService/Issue": write("issue resolutions", lambda t: {
        "id": t.carried, "number": str(next(_numbers)), "suffix": "NQ/TT", "issuer": BASIS, "issued_on": TODAY},
        shows="text", changes="chibo.resolution", uses="carried", archived=STATE_TRANSITION),
    "ResolutionService/Advance": write("issue resolutions", lambda t: {
        "id": t.issued, "state": "RESOLUTION_STATE_IN_FORCE"}, shows="text", changes="chibo.resolution", uses="issued",
        archived=STATE_TRANSITION),
    "ResolutionService/Supersede": write("issue resolutions", lambda t: {
        "id": t.in_force, "superseded_by": Target(t.name).looked_over}, shows="text", changes="chibo.resolution",
        uses="in_force", archived=STATE_TRANSITION),
    "ResolutionService/Get": read("read resolutions", lambda t: {"id": t.resolution}, shows="text",
                                  archived=STILL_READ),
    "ResolutionService/List": read("read resolutions", of_unit, shows="text", whole=True, uses="resolution"),
    "ResolutionService/Inbox": read("read resolutions", lambda t: {"limit": 500}, scoped=False),
    "ResolutionService/GetCopy": read("read resolutions", lambda t: {"id": t.copy}, shows="text", but=NO_MEETING),
    "ResolutionService/Receive": write("draft resolutions", lambda t: {"id": t.copy}, shows="text",
                                       changes="chibo.resolution_copy", uses="copy",
                                       but={"descendant": (STATE, "not_receiver")}),
    "TaskService/Create": write("assign tasks", lambda t: {
        "id": fresh(), "unit_id": t.unit, "source": "TASK_SOURCE_OTHER", "title": f"zx{t.name}", "due_on": TODAY},
        shows="text", changes="chibo.task"),
    "TaskService/Accept": write("report tasks", lambda t: {"id": t.assigned}, shows="record", changes="chibo.task",
                                uses="assigned", but=NOT_ASSIGNEE, archived=STATE_TRANSITION, myself=ALL_THE_SAME),
    "TaskService/Report": write("report tasks", lambda t: {"id": t.begun, "percent": 50}, shows="record",
                                changes="chibo.task", uses="begun", but=NOT_ASSIGNEE, archived=STATE_TRANSITION,
                                myself=ALL_THE_SAME),
    "TaskService/Confirm": write("assign tasks", lambda t: {"id": t.reported}, shows="record", changes="chibo.task",
                                 uses="reported", archived=STATE_TRANSITION, myself=OWN_RECORD),
    "TaskService/ReturnTask": write("assign tasks", lambda t: {"id": t.reported, "reason": BASIS}, shows="record",
                                    changes="chibo.task", uses="reported", archived=STATE_TRANSITION),
    "TaskService/Cancel": write("assign tasks", lambda t: {"id": t.assigned, "reason": BASIS}, shows="record",
                                changes="chibo.task", uses="assigned", archived=STATE_TRANSITION),
    "TaskService/Get": read("read tasks", lambda t: {"id": t.task}, shows="record", archived=STILL_READ,
                            myself=ALL_THE_SAME, uses="task"),
    "TaskService/List": read("read tasks", whole_page, shows="record", whole=True, uses="task"),
    "ProposalService/Create": write("draft proposals", lambda t: {
        "id": fresh(), "unit_id": t.unit, "title": f"zx{t.name}", "body": BASIS, "bodies": [BASIS]}, shows="text",
        changes="chibo.proposal chibo.proposal_recipient"),
    "ProposalService/Update": write("draft proposals", lambda t: {
        "id": t.wish, "base_version": 1, "update_mask": ["body"], "body": BASIS}, shows="record",
        changes="chibo.proposal", uses="wish", but={"MB": (NOT_FOUND, "not_found")}, myself=ALL_THE_SAME),
    "ProposalService/Adopt": write("send proposals", lambda t: {
        "id": t.wish, "vote_id": t.part("decided", "proposal")}, shows="record", changes="chibo.proposal",
        uses="wish", archived=NOT_DRAFT),
    "ProposalService/Send": write("send proposals", lambda t: {"id": t.agreed}, shows="record",
                                  changes="chibo.proposal chibo.proposal_recipient", uses="agreed",
                                  archived=STATE_TRANSITION),
    "ProposalService/Receive": write("route proposals", lambda t: {"id": t.part("sent", "recipient")}, shows="record",
                                     changes="chibo.proposal_recipient", uses="sent", archived=PROPOSAL_CLOSED),
    "ProposalService/Forward": write("route proposals", lambda t: {
        "id": t.part("arrived", "recipient"), "body_name": BASIS}, shows="record", changes="chibo.proposal_recipient",
        uses="arrived", archived=PROPOSAL_CLOSED),
    "ProposalService/Answer": write("answer proposals", lambda t: {
        "id": t.part("routed", "recipient"), "state": "RECIPIENT_STATE_ANSWERED", "reply": BASIS}, shows="record",
        changes="chibo.proposal_recipient", uses="routed", archived=PROPOSAL_CLOSED, myself=OWN_PROPOSAL),
    "ProposalService/RecordReply": write("route proposals", lambda t: {
        "id": t.part("mailed", "recipient"), "state": "RECIPIENT_STATE_ANSWERED", "reply": BASIS}, shows="record",
        changes="chibo.proposal_recipient", uses="mailed", archived=PROPOSAL_CLOSED),
    "ProposalService/Close": write("send proposals", lambda t: {"id": t.sent}, shows="record",
                                   changes="chibo.proposal", uses="sent", archived=STATE_TRANSITION),
    "ProposalService/Reopen": write("send proposals", lambda t: {"id": t.answered, "reason": BASIS}, shows="record",
                                    changes="chibo.proposal chibo.proposal_recipient", uses="answered"),
    "ProposalService/Get": read("read proposals", lambda t: {"id": t.sent}, shows="record", archived=STILL_READ,
                                myself=ALL_THE_SAME, uses="sent"),
    "ProposalService/List": read("read proposals", whole_page, shows="record", whole=True, uses="sent"),
    # names of units above, which are no secret
    "ProposalService/Recipients": read("draft proposals", of_unit, whole=True, uses="wish"),
    "DocumentService/Create": write("write documents", lambda t: {
        "id": fresh(), "number": str(next(_numbers)), "suffix": "QĐ/TU", "issuer": BASIS, "issued_on": TODAY,
        "title": BASIS}, scoped=False, changes="chibo.legal_doc"),
    "DocumentService/Get": read("read catalogues", lambda t: {"id": key("document")}, scoped=False),
    "DocumentService/List": read("read catalogues", lambda t: {}, scoped=False),
    "TemplateService/Create": write("write documents", lambda t: {
        "id": fresh(), "code": f"mau-{next(_numbers)}", "name": BASIS, "kind": "MEETING_KIND_REGULAR",
        "lines": [{"kind": "other", "title": BASIS}]}, scoped=False,
        changes="chibo.agenda_template chibo.agenda_template_line"),
    "TemplateService/Get": read("read catalogues", lambda t: {"code": "mau-hop"}, scoped=False),
    "TemplateService/List": read("read catalogues", lambda t: {}, scoped=False),
    "CriteriaService/Create": write("write criteria", lambda t: {
        "id": fresh(), "code": f"bang-{next(_numbers)}", "title": BASIS, "legal_doc_id": key("document"),
        "edition": 100 + next(_numbers) % 900, "max_total": "10", "from_on": TODAY,
        "criteria": [{"code": "1", "title": BASIS, "max_points": "10"}],
        "bands": [{"grade": "good", "min_points": "0"}]}, scoped=False,
        changes="chibo.criteria_table chibo.criterion chibo.grade_band"),
    "CriteriaService/Get": read("read catalogues", lambda t: {"code": "bang-thu"}, scoped=False),
    "CriteriaService/List": read("read catalogues", lambda t: {}, scoped=False),
    "ScoreService/DraftSelf": write("score one's own meetings", lambda t: {
        "id": fresh(), "meeting_id": t.unscored, "table_id": key("criteria"), "lines": POINTS}, shows="unit_name",
        changes=SHEET, uses="unscored"),
    "ScoreService/UpdateSelf": write("score one's own meetings", lambda t: {
        "id": t.scored, "base_version": 1, "lines": POINTS}, shows="unit_name", changes=SHEET, uses="scored"),
    "ScoreService/SubmitSelf": write("submit one's own scores", lambda t: {
        "id": t.scored, "base_version": 1, "vote_id": t.part("scored", "score")}, shows="record",
        changes="chibo.score_sheet chibo.scoring", uses="scored"),
    "ScoreService/Upper": write("score others' meetings", lambda t: {
        "id": fresh(), "meeting_id": t.meeting if t.role == "DG" else t.voted, "lines": POINTS}, shows="unit_name",
        changes=SHEET, uses="voted", but={"DG": (OK, ""), **OWN_BRANCH}),
    "ScoreService/UpdateUpper": write("score others' meetings", lambda t: {
        "id": t.meeting if t.role == "DG" else t.judged, "base_version": 1, "lines": POINTS}, shows="unit_name",
        changes=SHEET, uses="judged", in_hands=True, but={"DG": (STATE, "no_own_sheet"), **OWN_BRANCH}),
    "ScoreService/SendBack": write("confirm scores", lambda t: {
        "id": t.voted, "base_version": 1, "reason": BASIS}, shows="unit_name",
        changes="chibo.score_sheet chibo.scoring", uses="voted", but=OWN_BRANCH),
    "ScoreService/Confirm": write("confirm scores", lambda t: {"id": t.judged, "base_version": 1}, shows="unit_name",
                                  changes="chibo.scoring", uses="judged", but=OWN_BRANCH),
    "ScoreService/Publish": write("confirm scores", lambda t: {"id": t.confirmed, "base_version": 1}, shows="unit_name",
                                  changes="chibo.scoring", uses="confirmed", but=OWN_BRANCH),
    "ScoreService/Get": read("read scores", lambda t: {"id": t.meeting}, shows="record"),
    "ScoreService/List": read("read scores", of_unit, shows="unit_name", whole=True, uses="meeting"),
    "ScoreService/Compare": read("read scores", lambda t: {"id": t.meeting}),
    "ReportService/Proposals": read("read figures", lambda t: {**of_unit(t), "quarter": "2026-Q1"}, shows="text",
                                    whole=True),
    "ReportService/MeetingQuality": read("read figures", lambda t: {**of_unit(t), "period": "2026"},
                                         shows="unit_name", whole=True),
    "VoteService/Record": write("hold meetings", lambda t: {
        "id": fresh(), "meeting_id": t.opened, "purpose": "VOTE_PURPOSE_ORDINARY", "subject": BASIS,
        "method": "VOTE_METHOD_HAND", "votes_for": 0, "tellers": f"zy{t.name}"}, shows="record",
        changes="chibo.vote_item", uses="opened", archived=MEETING_CLOSED),
    "VoteService/Get": read("read meetings", lambda t: {"id": t.part("meeting", "election")}, shows="record"),
    "VoteService/List": read("read meetings", lambda t: {"meeting_id": t.meeting}, shows="record"),
    "PlanService/Create": write("hold meetings", lambda t: {
        "id": fresh(), "unit_id": t.unit, "kind": "PLAN_KIND_OTHER", "title": f"zx{t.name}", "from_on": "2026-01-01"},
        shows="text", changes="chibo.plan"),
    "PlanService/Get": read("read meetings", lambda t: {"id": t.plan}, shows="text", but=NO_MEETING),
    "PlanService/List": read("read meetings", of_unit, shows="text", whole=True, uses="plan", blind=("DG",)),
    "PlanService/Update": write("hold meetings", lambda t: {
        "id": t.plan, "base_version": 1, "update_mask": ["basis"], "basis": BASIS}, shows="text",
        changes="chibo.plan", uses="plan", archived=(STATE, "plan_ended")),
    "PlanService/Submit": write("submit meetings", lambda t: {"id": t.plan, "base_version": 1}, shows="text",
                                changes="chibo.plan", uses="plan", archived=(STATE, "plan_ended")),
    "PlanService/End": write("hold meetings", lambda t: {"id": t.plan_sent}, shows="text", changes="chibo.plan",
                             uses="plan_sent", archived=(STATE, "plan_ended")),
    "PilotService/Propose": write("hold meetings", lambda t: {"id": t.planned}, shows="text", changes="chibo.pilot",
                                  uses="planned", archived=(STATE, "meeting_state")),
    "PilotService/Enrol": write("register pilots", lambda t: {"id": t.proposed}, shows="text", changes="chibo.pilot",
                                uses="proposed", archived=(STATE, "meeting_state")),
    "PilotService/Withdraw": write("register pilots", lambda t: {"id": t.proposed, "reason": BASIS}, shows="text",
                                   changes="chibo.pilot", uses="proposed"),
    "PilotService/AssignDelegate": write("send delegates", lambda t: {
        "id": fresh(), "pilot_id": t.registered, "person_id": Target(t.name).holder, "capacity": BASIS},
        shows="record", changes="chibo.pilot chibo.pilot_delegate", uses="registered"),
    "PilotService/Comment": write("comment pilots", lambda t: {
        "id": fresh(), "pilot_id": t.meeting, "comment": BASIS,
        **({} if t.role == "DG" else {"author_id": Target(t.name).person})}, shows="record",
        changes="chibo.pilot chibo.pilot_comment", uses="meeting"),
    "PilotService/PublishLessons": write("publish lessons", lambda t: {"id": t.reviewed, "lessons": f"zx{t.name}"},
                                         shows="text", changes="chibo.pilot", uses="reviewed"),
    "PilotService/Get": read("read meetings", lambda t: {"id": t.meeting}, shows="text"),
    "PilotService/List": read("read meetings", of_unit, shows="text", whole=True, uses="meeting"),
    "PostService/Create": write("write posts", lambda t: {
        "id": fresh(), "unit_id": t.unit, "type": "other", "title": f"zx{t.name}", "is_party": True, "from_on": TODAY},
        shows="text", changes="chibo.post"),
    "PostService/Hold": write("write posts", lambda t: {
        "id": fresh(), "post_id": t.vacancy, "person_id": Target(t.name).person, "mode": "HOLDING_MODE_ELECTED",
        "decision_doc": BASIS, "from_on": TODAY}, shows="record", changes="chibo.post_holding", uses="vacancy",
        archived=(STATE, "post_ended")),
    "PostService/Release": write("write posts", lambda t: {"id": t.holding, "base_version": 1, "last_on": TODAY},
                                 shows="record", changes="chibo.post_holding", uses="post",
                                 archived=(STATE, "holding_over"), myself=OWN_RECORD),
    "PostService/End": write("write posts", lambda t: {"id": t.post, "base_version": 1, "last_on": TODAY},
                             shows="record", changes="chibo.post chibo.post_holding", uses="post",
                             archived=(STATE, "post_ended")),
    "PostService/Get": read("read posts", lambda t: {"id": t.post}, shows="record", archived=STILL_READ),
    "PostService/List": read("read posts", of_unit, shows="record", whole=True),
    "ResidentialService/Create": write("write residents", lambda t: {
        "id": fresh(), "membership_id": t.second, "work_unit": BASIS, "introduced_on": "2026-01-01",
        "received_on": "2026-01-02"}, shows="record", changes="chibo.residential_registration"),
    "ResidentialService/Activate": write("write residents", lambda t: {"id": waiting(t), "base_version": 1},
                                         shows="record", changes="chibo.residential_registration", uses="enrolled",
                                         archived=(STATE, "state_transition"), myself=OWN_RECORD),
    "ResidentialService/Assess": write("write residents", lambda t: {
        "unit_id": key("unit", t.movable), "year": 2026, "lines": [{"registration_id": t.registration, "grade": "good"}]},
        changes="chibo.residential_assessment", uses="registration"),
    "ResidentialService/Confirm": write("confirm residents", lambda t: {
        "unit_id": key("unit", t.movable), "year": 2025}, changes="chibo.residential_assessment", uses="registration"),
    "ResidentialService/End": write("write residents", lambda t: {
        "id": t.registration, "base_version": 1, "last_on": TODAY, "reason": BASIS}, shows="record",
        changes="chibo.membership chibo.residential_registration", uses="registration",
        archived=STATE_TRANSITION, myself=OWN_RECORD),
    "ResidentialService/Get": read("read residents", lambda t: {"id": t.registration}, shows="record",
                                   archived=STILL_READ, myself=ALL_THE_SAME, uses="registration"),
    "ResidentialService/List": read("read residents", of_unit, shows="record", whole=True),
    "SentReportService/Make": write("make reports", lambda t: {
        "id": fresh(), "unit_id": t.unit, "code": "R12", "period": "2025"}, shows="unit_name",
        changes="chibo.sent_report chibo.sent_report_cell"),
    "SentReportService/Send": write("send reports", lambda t: {"id": t.report, "base_version": 1}, shows="record",
                                    changes="chibo.sent_report", uses="report"),
    "SentReportService/Accept": write("decide reports", lambda t: {"id": t.report_sent, "base_version": 1},
                                      shows="record", changes="chibo.sent_report", uses="report_sent", but=OWN_UNIT),
    "SentReportService/SendBack": write("decide reports", lambda t: {
        "id": t.report_sent, "base_version": 1, "reason": BASIS}, shows="record", changes="chibo.sent_report",
        uses="report_sent", but=OWN_UNIT),
    "SentReportService/Get": read("read figures", lambda t: {"id": t.report_sent}, shows="record"),
    "SentReportService/List": read("read figures", of_unit, shows="record", whole=True),
    "SentReportService/Compare": read("read figures", lambda t: {"id": t.report_sent, "with_id": t.report_sent}),
    "ReportService/Residential": read("read figures", of_unit, shows="unit_name", whole=True),
    "ReportService/Posts": read("read figures", of_unit, whole=True),
    "ReportService/BranchActivity": read("read figures", of_month, shows="unit_name", whole=True),
    "ReportService/WardActivity": read("read figures", of_month, whole=True),
    "ReportService/PilotList": read("read figures", of_month, shows="record", whole=True),
    "ReportService/MembersBySector": read("read figures", of_unit, whole=True),
    "ReportService/MembersBySex": read("read figures", of_unit, whole=True),
    "ReportService/Membership": read("read figures", of_unit, shows="unit_name", whole=True),
    "CalendarService/Set": write("keep the calendar", lambda t: {
        "id": fresh(), "day_on": "2031-01-02", "is_working": False, "name": BASIS, "basis": BASIS}, scoped=False,
        but={"DO": ROOT_ONLY, "DH": ROOT_ONLY}),
    "CalendarService/List": read("read catalogues", lambda t: {"year": 2026}, scoped=False),
    "RuleService/Create": write("write rules", lambda t: {
        "id": fresh(), "key": "due.near_days", "value": "9", "valid_from_on": "2031-01-01", "legal_doc": BASIS}, scoped=False,
        but={"DH": ROOT_ONLY}),
    "CandidateService/Create": write("write candidates", lambda t: {
        "id": fresh(), "unit_id": t.unit, "person_id": fresh(), **EXAMPLE_PERSON, "given_name": f"Zy{t.name}",
        "source_group": "worker",
        "introduced_by": "youth_union", "union_resolution": BASIS, "education_level": "university"}, shows="record",
        changes="chibo.candidate chibo.person"),
    "CandidateService/Update": write("write candidates", lambda t: {
        "id": t.candidate_listed, "base_version": 1, "update_mask": ["works_away"], "works_away": True}, shows="record",
        changes="chibo.candidate", uses="candidate_listed", archived=CANDIDATE_STAGE),
    "CandidateService/Get": read("read candidates", lambda t: {"id": t.candidate_helped}, shows="record",
                                 archived=STILL_READ, myself=ALL_THE_SAME, uses="candidate_helped"),
    "CandidateService/List": read("read candidates", lambda t: {**whole_page(t), "stage": "CANDIDATE_STAGE_MENTORED"},
                                  shows="record", whole=True, uses="candidate_helped"),
    "CandidateService/Enlist": write("advance candidates", lambda t: {
        "id": t.candidate_identified, "base_version": 1, "resolution": BASIS}, shows="record", changes="chibo.candidate",
        uses="candidate_identified", archived=CANDIDATE_STAGE),
    "CandidateService/AssignMentor": write("write candidates", lambda t: {
        "id": t.candidate_listed, "base_version": 1, "assignment_id": fresh(), "mentor_id": Target(t.name).helper,
        "resolution": BASIS, "together_since_on": "2022-01-01"}, shows="record",
        changes="chibo.candidate chibo.mentor_assignment", uses="candidate_listed", archived=CANDIDATE_STAGE),
    "CandidateService/EndMentor": write("write candidates", lambda t: {
        "id": t.candidate_mentored, "base_version": 1, "assignment_id": t.part("candidate_mentored", "help"),
        "reason": BASIS}, shows="record", changes="chibo.candidate chibo.mentor_assignment", uses="candidate_mentored",
        archived=CANDIDATE_STAGE),
    "CandidateService/Move": write("move candidates", lambda t: {
        "id": t.candidate_file_open, "base_version": 1, "unit_id": t.inside}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.class_attendance chibo.clock chibo.file_paper "
                "chibo.mentor_assignment chibo.person", uses="candidate_file_open", archived=CANDIDATE_STAGE),
    "CandidateService/Suspend": write("advance candidates", lambda t: {
        "id": t.candidate_listed, "base_version": 1, "reason": BASIS}, shows="record", changes="chibo.candidate",
        uses="candidate_listed", archived=CANDIDATE_STAGE),
    "CandidateService/Drop": write("advance candidates", lambda t: {
        "id": t.candidate_file_open, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock chibo.mentor_assignment", uses="candidate_file_open",
        archived=CANDIDATE_STAGE),
    "CandidateService/Resume": write("advance candidates", lambda t: {"id": t.candidate_suspended, "base_version": 1},
                                     shows="record", changes="chibo.candidate", uses="candidate_suspended",
                                     archived=CANDIDATE_STAGE),
    "ClassService/Create": write("hold classes", lambda t: {
        "id": fresh(), "code": f"LOP.{next(_numbers)}", "name": BASIS, "organiser": BASIS, "from_on": TODAY}, scoped=False,
        changes="chibo.awareness_class"),
    "ClassService/Get": read("read candidates", lambda t: {"id": key("CLASS")}, scoped=False),
    "ClassService/List": read("read candidates", lambda t: {}, scoped=False),
    "ClassService/Send": write("send to classes", lambda t: {
        "class_id": key("LONG"), "candidate_ids": [t.candidate_mentored]}, shows="record",
        changes="chibo.candidate chibo.class_attendance", uses="candidate_mentored", archived=CANDIDATE_STAGE),
    "ClassService/Certify": write("hold classes", lambda t: {
        "class_id": key("CLASS"),
        "lines": [{"candidate_id": t.candidate_in_class, "certified": True, "certificate_no": BASIS}]}, shows="record",
        changes="chibo.candidate chibo.class_attendance chibo.clock", uses="candidate_in_class", archived=CANDIDATE_STAGE),
    "AdmissionService/OpenFile": write("vote on files", lambda t: {
        "id": t.candidate_certified, "base_version": 1, "case_id": fresh()}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock chibo.file_paper", uses="candidate_certified",
        archived=CANDIDATE_STAGE),
    "AdmissionService/RenewFile": write("vote on files", lambda t: {
        "id": t.candidate_checked, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock chibo.file_paper", uses="candidate_checked",
        archived=CANDIDATE_STAGE),
    "AdmissionService/SetPaper": write("prepare files", lambda t: {
        "id": t.candidate_checked, "base_version": 1, "type": "mass_opinion", "dated_on": "2026-01-10", "custodian": BASIS},
        shows="record", changes="chibo.candidate chibo.file_paper", uses="candidate_checked", archived=CANDIDATE_STAGE),
    "AdmissionService/RequestChecks": write("ask for checks", lambda t: {
        "id": t.candidate_file_open, "base_version": 1,
        "checks": [{"id": fresh(), "subject": "CHECK_SUBJECT_SELF", "place": "Xã Khác"}]}, shows="record",
        changes="chibo.background_check chibo.candidate", uses="candidate_file_open", archived=CANDIDATE_STAGE),
    "AdmissionService/AnswerCheck": write("ask for checks", lambda t: {
        "id": t.candidate_checking, "base_version": 1, "check_id": t.part("candidate_checking", "check"),
        "conclusion": "CHECK_CONCLUSION_CLEAR"}, shows="record", changes="chibo.background_check chibo.candidate",
        uses="candidate_checking", archived=CANDIDATE_STAGE),
    "AdmissionService/ListChecks": read("read checks", lambda t: {"id": t.candidate_checked, "inspection_no": "12/2026"},
                                        shows="text", audited=True, archived=STILL_READ),
    "AdmissionService/ConcludeChecks": write("conclude checks", lambda t: {"id": t.candidate_answered, "base_version": 1},
                                             shows="record", changes="chibo.admission_case chibo.candidate",
                                             uses="candidate_answered", archived=CANDIDATE_STAGE),
    "AdmissionService/CollectOpinions": write("send files", lambda t: {"id": t.candidate_checked, "base_version": 1},
                                              shows="record", changes="chibo.candidate", uses="candidate_checked",
                                              archived=CANDIDATE_STAGE),
    "AdmissionService/BranchVote": write("vote on files", lambda t: {
        "id": t.candidate_ready, "base_version": 1, "vote_id": voted(t).part("candidate_ready", "admission"),
        "resolution": BASIS},
        shows="record", changes="chibo.admission_case chibo.candidate chibo.clock", uses="candidate_ready",
        archived=CANDIDATE_STAGE),
    "AdmissionService/Resolve": write("approve files", lambda t: {
        "id": t.candidate_escalated, "base_version": 1, "approve": True, "decision_doc": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock", uses="candidate_escalated", archived=CANDIDATE_STAGE),
    # voted by the committee of the grassroots organisation, which is above the actors; see test_edges_of_admissions.py
    "AdmissionService/GrassrootsVote": write("approve files", lambda t: {
        "id": t.candidate_branch_approved, "base_version": 1,
        "vote_id": t.part("candidate_branch_approved", "admission"), "resolution": BASIS},
        but={"WS": (STATE, "vote_on_other")}),
    "AdmissionService/Submit": write("send files", lambda t: {"id": t.candidate_grassroots_approved, "base_version": 1},
                                     shows="record", changes="chibo.admission_case chibo.candidate",
                                     uses="candidate_grassroots_approved", archived=CANDIDATE_STAGE),
    "AdmissionService/SendBack": write("approve files", lambda t: {
        "id": t.candidate_grassroots_approved, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate", uses="candidate_grassroots_approved", archived=CANDIDATE_STAGE),
    "AdmissionService/Appraise": write("review files", lambda t: {
        "id": t.candidate_under_review, "base_version": 1, "appraisal": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate", uses="candidate_under_review", archived=CANDIDATE_STAGE),
    "AdmissionService/ReturnFile": write("review files", lambda t: {
        "id": t.candidate_under_review, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate", uses="candidate_under_review", archived=CANDIDATE_STAGE),
    "AdmissionService/Extend": write("decide on files", lambda t: {
        "id": t.candidate_appraised, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.candidate chibo.clock", uses="candidate_appraised", archived=CANDIDATE_STAGE),
    "AdmissionService/Decide": write("decide on files", lambda t: {
        "id": t.candidate_appraised, "base_version": 1, "admit": True, "decision_doc": BASIS}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock", uses="candidate_appraised", archived=CANDIDATE_STAGE),
    "AdmissionService/Receive": write("vote on files", lambda t: {"id": t.candidate_decided, "base_version": 1},
                                      shows="record", changes="chibo.admission_case chibo.candidate chibo.clock",
                                      uses="candidate_decided", archived=CANDIDATE_STAGE),
    "AdmissionService/HoldCeremony": write("vote on files", lambda t: {
        "id": t.candidate_received, "base_version": 1, "meeting_id": Target(t.name).festive, "held_on": RECEIVED,
        "member_id": fresh(), "membership_id": fresh(), "biography_no": number()}, shows="record",
        changes="chibo.admission_case chibo.candidate chibo.clock chibo.member chibo.membership chibo.probation",
        uses="candidate_received", archived=CANDIDATE_STAGE),
    "DueService/List": read("read what is due", lambda t: {**whole_page(t), "kind": "consider_file", "within_days": 3660},
                            shows="record", whole=True),
    "ProbationService/Get": read("read members", lambda t: {"id": t.probation_running}, shows="record", archived=STILL_READ),
    "ProbationService/List": read("read members", lambda t: {
        **whole_page(t), "state": "PROBATION_STATE_REMOVAL_PROPOSED"}, shows="record", whole=True),
    "ProbationService/SetPaper": write("prepare files", lambda t: {
        "id": t.probation_running, "base_version": 1, "type": "self_review", "dated_on": "2026-01-10", "custodian": BASIS},
        shows="record", changes="chibo.file_paper chibo.probation", uses="probation_running", archived=PROBATION_STATE),
    "ProbationService/BranchVote": write("vote on files", lambda t: {
        "id": t.probation_running, "base_version": 1, "vote_id": voted(t).part("probation_running", "recognition"),
        "resolution": BASIS}, shows="record", changes="chibo.clock chibo.probation", uses="probation_running",
        archived=PROBATION_STATE),
    "ProbationService/GrassrootsVote": write("approve files", lambda t: {
        "id": t.probation_branch_approved, "base_version": 1,
        "vote_id": t.part("probation_branch_approved", "recognition"), "resolution": BASIS},
        but={"WS": (STATE, "vote_on_other")}),
    "ProbationService/Submit": write("send files", lambda t: {"id": t.probation_grassroots_approved, "base_version": 1},
                                     shows="record", changes="chibo.probation", uses="probation_grassroots_approved",
                                     archived=PROBATION_STATE),
    "ProbationService/SendBack": write("approve files", lambda t: {
        "id": t.probation_under_review, "base_version": 1, "reason": BASIS}, shows="record", changes="chibo.probation",
        uses="probation_under_review", archived=PROBATION_STATE),
    "ProbationService/Extend": write("decide on files", lambda t: {
        "id": t.probation_under_review, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.clock chibo.probation", uses="probation_under_review", archived=PROBATION_STATE),
    "ProbationService/Decide": write("decide on files", lambda t: {
        "id": t.probation_under_review, "base_version": 1, "recognise": True, "decision_doc": BASIS,
        "card_no": f"9{next(_numbers):07}"}, shows="record", changes="chibo.clock chibo.member chibo.probation",
        uses="probation_under_review", archived=PROBATION_STATE),
    "ProbationService/ProposeRemoval": write("vote on files", lambda t: {
        "id": t.probation_running, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.clock chibo.probation", uses="probation_running", archived=PROBATION_STATE),
    "ProbationService/Resume": write("vote on files", lambda t: {
        "id": t.probation_removal_proposed, "base_version": 1, "reason": BASIS}, shows="record",
        changes="chibo.clock chibo.probation", uses="probation_removal_proposed", archived=PROBATION_STATE),
    "TermService/Create": write("write targets", lambda t: {
        "id": fresh(), "unit_id": t.unit, "name": f"zx{t.name}", "from_on": f"{(year := next(_years))}-01-01",
        "last_on": f"{year}-12-31", "nominal_years": 1, "basis": BASIS}, shows="text", changes="chibo.term"),
    "TermService/List": read("read targets", whole_page, shows="text", whole=True, uses="term"),
    "TargetService/Propose": write("write targets", lambda t: {
        "id": fresh(), "unit_id": t.unit, "metric": "candidates", "month": month(), "value": 5, "basis": f"zx{t.name}"},
        shows="text", changes="chibo.target"),
    "TargetService/Agree": write("agree to targets", lambda t: {"id": t.target_proposed, "base_version": 1}, shows="text",
                                 changes="chibo.target", uses="target_proposed", archived=STATE_TRANSITION),
    "TargetService/SendBack": write("issue targets", lambda t: {
        "id": t.target_agreed, "base_version": 1, "reason": BASIS}, shows="text", changes="chibo.target",
        uses="target_agreed", but=OWN_UNIT),
    "TargetService/Issue": write("issue targets", lambda t: {"id": t.target_agreed, "base_version": 1}, shows="text",
                                 changes="chibo.target", uses="target_agreed", but=OWN_UNIT),
    "TargetService/Cascade": write("write targets", lambda t: {
        "id": t.target_issued, "base_version": 1,
        "lines": [{"id": fresh(), "unit_id": key("unit", t.movable), "value": 5}]}, shows="text", changes="chibo.target",
        uses="target_issued", archived=STATE_TRANSITION),
    "TargetService/Adjust": write("issue targets", lambda t: {
        "id": t.target_issued, "base_version": 1, "new_id": fresh(), "value": 6, "basis": f"zx{t.name}", "reason": BASIS},
        shows="text", changes="chibo.target", uses="target_issued", but=OWN_UNIT),
    "TargetService/Close": write("issue targets", lambda t: {
        "id": t.target_cascaded, "base_version": 1, "reason": BASIS}, shows="text", changes="chibo.target",
        uses="target_cascaded", but=OWN_UNIT),
    "TargetService/Get": read("read targets", lambda t: {"id": t.target_issued}, shows="text", archived=STILL_READ,
                              uses="target_issued"),
    "TargetService/List": read("read targets", lambda t: {**whole_page(t), "state": "TARGET_STATE_CASCADED"}, shows="text",
                               whole=True, uses="target_cascaded"),
    "ReportService/Progress": read("read figures", of_unit, whole=True),
    "ReportService/ProbationDue": read("read figures", whole_page, shows="record", whole=True),
    "ReportService/NewlyAdmitted": read("read figures", of_unit, whole=True),
    "ReportService/Structure": read("read figures", of_unit, whole=True),
    "ReportService/DrillMembers": read("read members", lambda t: {
        **whole_page(t), "report": "R06", "group": "total", "code": "all"}, shows="record", whole=True, audited=True),
    "ReportService/Pipeline": read("read figures", of_unit, whole=True),
    "ReportService/DrillCandidates": read("read candidates", lambda t: {**whole_page(t), "group": "stage", "code": "mentored"},
                                          shows="record", whole=True, uses="candidate_helped"),
    # the feed is of the caller's grant, whatever the target; test_edges_of_feeds.py asks for others
    "SyncService/Open": read(None, lambda t: {}, scoped=False),
    "SyncService/Report": Row(),
    "SyncService/Feeds": read("keep copies", lambda t: {}, scoped=False),
    "SyncService/Copy": read("keep copies", lambda t: {"feed": key("unit", "ancestor"), "entity": "unit"}, scoped=False),
    "SyncService/Pull": read("keep copies", lambda t: {
        "history_id": bytes(16), "feed": key("unit", "ancestor"), "position": 0}, scoped=False,
        but=dict.fromkeys(("BD", "BS", "WO", "WS"), (STATE, "history"))),
    "SyncService/Digest": read("keep copies", lambda t: {"feed": key("unit", "ancestor")}, scoped=False),
    "SyncService/Status": read("read sync states", of_unit, whole=True),
    # a stream has no end: a place that the feed has not reached gives it one, after all gates
    "WatchService/Follow": read("follow changes", lambda t: {
        **of_unit(t), "after": [{"feed": key("unit", "ancestor"), "position": 1 << 40}]},
        but=dict.fromkeys(("BD", "BS", "WO", "WS", "DO", "DH", "DS", "IC"), (11, "out_of_range"))),
    "SessionService/WhoAmI": read(None, lambda t: {}, scoped=False),
    "SessionService/Hello": Row(),
    "SessionService/Login": Row(),
    "SessionService/Redeem": Row(),
    "SessionService/Logout": Row(),
    "SessionService/ChooseGrant": Row(),
    "SessionService/ChangePassword": Row(),
}

# Routes whose answer goes on; test_streams.py asks each on a connection of its own.
STREAMS = {"WatchService/Follow": read("follow changes", of_unit, whole=True)}
