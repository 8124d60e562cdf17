#!/usr/bin/python3
"""Plans of every method's statements on 20,000 members: no table that grows is read from end to end."""

import hashlib
import pathlib
import re
import subprocess
import unittest

import chain
import tap
from cluster import Cluster, fingerprint
from paths import ROOT

GROWING = ("change_request|person|person_sealed|person_origin|member|membership|entry|record|op|session|account|grant|failure|"
           "event|meeting|plan|plan_item|pilot|pilot_delegate|pilot_comment|post|post_holding|residential_registration|"
           "agenda_item|checklist_item|paper|attendance|speech|mentor_report|guest|scoring|score_sheet|score_line|minutes|"
           "residential_assessment|sent_report|sent_report_cell|resolution|resolution_copy|task|proposal|proposal_recipient|"
           "vote_item|vote_option|candidate|mentor_assignment|class_attendance|clock|admission_case|file_paper|"
           "background_check|term|target|probation|parked")
SQL_DIR = ROOT / "server" / "sql"
SEED = ROOT / "tests" / "bench" / "seed.sql"
TOKEN = hashlib.sha256(b"plans").hexdigest()
DISTRICT, WARD, BRANCH, OTHER = 1, 101, 1000, 1001
MEMBERS = 20_000
SEALED = "00000001" + "00" * 60


def uid(number):
    return f"'{number:032d}'"


PERSON, MEMBER, FRESH = uid(10_000_005), uid(20_000_005), uid(77_000_000)
CHANGE = uid(80_000_005)
CRITERIA, SCORED, VOTE = uid(84_000_000), 86_000_000, uid(87_000_000)    # SCORED + n: meetings of the branch, +1 of the other
LINES = {"lines.code": "'{1,2}'", "lines.points": "'{60,40}'", "lines.note": "'{a,b}'"}

# Values for what a method's statements name; a field that is not listed is absent.
REQUESTS = {
    "internal/identify": {"token_hash": f"'\\x{TOKEN}'", "grant_id": uid(3)},
    "internal/check_targets": {
        "entities": "'{unit,person,member,account,grant}'",
        "ids": f"array[{uid(BRANCH)}, {PERSON}, {MEMBER}, {uid(50_000_005)}, {uid(60_000_005)}]::uuid[]",
        "fields": "'{a,b,c,d,e}'"},
    "session/who_am_i": {},
    "grant/list": {},
    "conflict/list": {"limit": "100"},
    "conflict/show": {"id": uid(93_000_200)},
    "conflict/resolve": {"id": uid(93_000_200), "base_version": "1"},
    "unit/get": {"id": uid(BRANCH)},
    "unit/list": {"limit": "100"},
    "unit/rename": {"id": uid(BRANCH), "base_version": "1", "name": "'Chi bộ'", "from_on": "'2020-01-01'"},
    "sector/list": {},
    "scheme/list": {},
    "document/list": {"text": "'huong dan 12-hd'", "limit": "100"},
    "document/get": {"id": uid(90_000_005)},
    "template/list": {},
    "template/get": {"code": "'thuong-ky'"},
    "rule/list": {},
    "person/get": {"id": PERSON},
    "person/create": {"id": FRESH, "unit_id": uid(BRANCH), "family_name": "'Lê'", "given_name": "'An'"},
    "person/update": {"id": PERSON, "base_version": "1", "update_mask": "'{education}'", "education": "'12/12'"},
    "change_request/get": {"id": CHANGE},
    "change_request/list": {"limit": "100"},
    "change_request/create": {"id": FRESH, "person_id": PERSON, "update_mask": "'{born_on}'", "born_on": "'1940-01'",
                              "basis": "'giấy khai sinh'"},
    "person/get_sensitive": {"id": PERSON},
    "person/set_sensitive": {"id": PERSON, "base_version": "1", "update_mask": "'{phone,religion}'",
                             "sealed.phone": f"'\\x{SEALED}'", "religion": "'none'"},
    "code/list": {"list": "'ethnicity'"},
    "member/get": {"id": MEMBER},
    "member/list": {"limit": "100"},
    "member/roster": {"limit": "100"},
    "role/list": {},
    "role/show": {"code": "'BS'"},
    "member/search": {"name": "'nguyen van'", "limit": "20"},
    "member/update": {"id": MEMBER, "base_version": "1", "update_mask": "'{works_away}'", "works_away": "true"},
    "member/set_status": {"id": MEMBER, "base_version": "1", "status": "'deceased'", "from_on": "'2024-01-01'",
                          "basis": "'giấy báo'"},
    "criteria/get": {"code": "'mau'"},
    "criteria/list": {"as_of_on": "'2025-01-01'"},
    "criteria/create": {"id": FRESH, "code": "'moi'", "title": "'Bảng'", "legal_doc_id": CRITERIA, "edition": "2",
                        "max_total": "'100'", "from_on": "'2025-01-01'", "criteria.code": "'{1}'",
                        "criteria.title": "'{a}'", "criteria.max_points": "'{100}'", "bands.grade": "'{poor}'",
                        "bands.min_points": "'{0}'"},
    "score/get": {"id": uid(SCORED + 2200)},
    "score/compare": {"id": uid(SCORED + 2200)},
    "score/list": {"from_month": "'2023-02'", "until_month": "'2023-12'", "limit": "100"},
    "score/draft_self": {"id": FRESH, "meeting_id": uid(SCORED), "table_id": CRITERIA, **LINES},
    "score/update_self": {"id": uid(SCORED + 200), "base_version": "1", **LINES},
    "score/submit_self": {"id": uid(SCORED + 200), "base_version": "1", "vote_id": VOTE},
    "history/list": {"entity": "'member'", "id": MEMBER, "limit": "50"},
    "ledger/check_heads": {"heads.feed": f"array[{uid(WARD)}]::uuid[]", "heads.position": "'{7}'",
                           "heads.hash": f"array['\\x{TOKEN}']::bytea[]"},
}

POST, HOLDING, RESIDENT = uid(90_000_005), uid(91_000_005), uid(92_000_005)
RESIDENT_MEMBER, REPORT, DRAFT = uid(20_000_003), uid(94_000_005), uid(94_000_006)
REQUESTS |= {
    "post/get": {"id": POST},
    "post/list": {"limit": "100", "type": "'front_head'"},
    "post/create": {"id": FRESH, "unit_id": uid(BRANCH), "type": "'front_head'", "is_party": "true", "from_on": "'2020-01-01'"},
    "post/hold": {"id": FRESH, "post_id": POST, "person_id": PERSON, "mode": "'elected'", "decision_doc": "'1-QĐ'",
                  "from_on": "'2016-01-01'", "until_on": "'2016-12-31'"},
    "post/release": {"id": HOLDING, "base_version": "1", "last_on": "'2024-01-01'"},
    "post/end": {"id": POST, "base_version": "1", "last_on": "'2024-01-01'"},
    "residential/get": {"id": RESIDENT},
    "residential/list": {"limit": "100", "year": "2024"},
    "residential/create": {"id": FRESH, "member_id": RESIDENT_MEMBER, "category": "'not_introduced'", "work_unit": "'Sở'",
                           "received_on": "'2024-01-01'"},
    "residential/activate": {"id": RESIDENT, "base_version": "1"},
    "residential/assess": {"unit_id": uid(BRANCH), "year": "2025", "lines.registration_id": f"array[{uid(92_000_006)}]::uuid[]",
                           "lines.grade": "'{good}'", "lines.note": "'{x}'"},
    "residential/confirm": {"unit_id": uid(BRANCH), "year": "2024"},
    "residential/end": {"id": RESIDENT, "base_version": "1", "last_on": "'2024-06-30'", "reason": "'x'"},
    "sent_report/get": {"id": REPORT},
    "sent_report/list": {"limit": "100", "code": "'R12'", "period": "'2024'"},
    "sent_report/compare": {"id": REPORT, "with_id": REPORT},
    "sent_report/send": {"id": DRAFT, "base_version": "1"},
}

# Of the branch, each as far as its number says: proposed, registered, held, commented; the last is no pilot yet.
PROPOSED, REGISTERED, HELD, COMMENTED, MEETING = (uid(96_000_000 + n) for n in (0, 200, 400, 600, 5000))
DRAFT_PLAN, SENT_PLAN = uid(97_000_000), uid(97_000_200)
REQUESTS |= {
    "plan/get": {"id": DRAFT_PLAN},
    "plan/list": {"limit": "100", "state": "'sent'"},
    "plan/create": {"id": FRESH, "unit_id": uid(BRANCH), "kind": "'other'", "title": "'x'", "from_on": "'2020-01-01'",
                    "lines.item_no": "'{null}'", "lines.month": "'{2020-01}'", "lines.topic": "'{x}'",
                    "lines.topic_tag": "'{other}'", "lines.author": "'{x}'"},
    "plan/update": {"id": DRAFT_PLAN, "base_version": "1", "update_mask": "'{title,lines}'", "title": "'x'",
                    "lines.item_no": "'{1}'", "lines.month": "'{null}'", "lines.topic": "'{x}'",
                    "lines.topic_tag": "'{null}'", "lines.author": "'{null}'"},
    "plan/submit": {"id": DRAFT_PLAN, "base_version": "1"},
    "plan/end": {"id": SENT_PLAN},
    "pilot/get": {"id": COMMENTED},
    "pilot/list": {"limit": "100", "period_month": "'2015-03'"},
    "pilot/propose": {"id": MEETING},
    "pilot/enrol": {"id": PROPOSED},
    "pilot/withdraw": {"id": REGISTERED, "reason": "'x'"},
    "pilot/comment": {"id": FRESH, "pilot_id": HELD, "author_id": uid(10_000_007), "comment": "'x'"},
    "pilot/publish_lessons": {"id": COMMENTED, "lessons": "'x'"},
}

# Meetings of the branch: the first is in session, of the second the minutes wait for signatures, the third's are sealed.
IN_SESSION, CLOSED, SEALED_MEETING = (uid(98_000_000 + n) for n in (0, 200, 400))
REQUESTS |= {
    "vote/get": {"id": IN_SESSION},
    "vote/list": {"meeting_id": CLOSED, "after_id": CLOSED, "limit": "100"},
    "vote/record": {"id": FRESH, "meeting_id": IN_SESSION, "item_no": "1", "purpose": "'ordinary'", "subject": "'y'",
                    "method": "'hand'", "votes_for": "60", "voted_at_us": "'2024-02-01'"},
    "minutes/preview": {"meeting_id": CLOSED},
    "minutes/get": {"id": CLOSED},
    "minutes/list": {"limit": "100", "state": "'sealed'", "after_pos": "0", "after_id": CLOSED},
    "minutes/adopt": {"id": FRESH, "meeting_id": IN_SESSION, "vote_id": IN_SESSION, "ended_at_us": "'2024-02-01'"},
    "minutes/sign": {"id": CLOSED},
    "minutes/correct": {"id": FRESH, "meeting_id": SEALED_MEETING, "corrects": SEALED_MEETING, "correction": "'x'"},
}

# Of the branch: its first resolutions, tasks and proposals, each in the state that its number says.
RESOLUTION = {state: uid(84_000_000 + 200 * k) for k, state in enumerate(("draft", "discussed", "voted", "issued"))}
TASK = {state: uid(86_000_000 + 200 * k) for k, state in enumerate(("assigned", "accepted", "reported", "confirmed"))}
PROPOSAL = {state: uid(87_000_000 + 200 * k) for k, state in enumerate(("draft", "adopted", "sent", "closed"))}
COPY, WAITING, RECEIVED, OUTSIDE = uid(85_000_000), uid(88_000_400), uid(88_001_200), uid(88_501_200)
REQUESTS |= {
    "resolution/create": {"id": FRESH, "unit_id": uid(BRANCH), "kind": "'monthly'", "period_month": "'2023-04'", "subject": "'x'",
                          "parent_id": RESOLUTION["issued"], "meeting_id": uid(96_000_000)},
    "resolution/update": {"id": RESOLUTION["draft"], "base_version": "1", "update_mask": "'{subject}'", "subject": "'x'"},
    "resolution/discuss": {"id": RESOLUTION["draft"]},
    "resolution/redraft": {"id": RESOLUTION["discussed"]},
    "resolution/adopt": {"id": RESOLUTION["discussed"], "vote_id": uid(89_000_000)},
    "resolution/issue": {"id": RESOLUTION["voted"], "number": "'99'", "suffix": "'NQ/CB'", "issuer": "'x'",
                         "issued_on": "'2023-04-10'", "unit_ids": f"array[{uid(BRANCH)}]::uuid[]"},
    "resolution/advance": {"id": RESOLUTION["issued"], "state": "'in_force'"},
    "resolution/supersede": {"id": RESOLUTION["issued"], "superseded_by": uid(84_001_400)},
    "resolution/get": {"id": RESOLUTION["issued"]},
    "resolution/list": {"limit": "100", "kind": "'thematic'", "suffix": "'nq/cb'"},
    "resolution/inbox": {"limit": "100"},
    "resolution/get_copy": {"id": COPY},
    "task/create": {"id": FRESH, "source": "'resolution'", "source_id": RESOLUTION["issued"], "unit_id": uid(BRANCH),
                    "title": "'x'", "due_on": "'2023-04-10'", "lines.title": "'{x}'", "lines.unit_id": "'{null}'",
                    "lines.unit_code": "'{W01.0}'", "lines.member_id": "'{null}'", "lines.category": "'{theme}'",
                    "lines.due_on": "'{2023-04-10}'"},
    "task/get": {"id": TASK["assigned"]},
    "task/list": {"limit": "100", "overdue": "true"},
    "proposal/create": {"id": FRESH, "unit_id": uid(BRANCH), "title": "'x'", "body": "'x'", "category": "'other'",
                        "meeting_id": uid(96_000_000), "recipient_ids": f"array[{uid(DISTRICT)}]::uuid[]", "bodies": "'{x}'"},
    "proposal/update": {"id": PROPOSAL["draft"], "base_version": "1", "update_mask": "'{title,bodies}'", "title": "'x'",
                        "bodies": "'{y}'"},
    "proposal/adopt": {"id": PROPOSAL["draft"], "vote_id": uid(89_000_200)},
    "proposal/send": {"id": PROPOSAL["adopted"]},
    "proposal/close": {"id": PROPOSAL["sent"]},
    "proposal/record_reply": {"id": OUTSIDE, "state": "'refused'", "reply": "'x'"},
    "proposal/get": {"id": PROPOSAL["sent"]},
    "proposal/list": {"limit": "100", "lying_here": "true", "overdue": "true"},
    "proposal/recipients": {},
}
# What only the unit itself may do.
AT_BRANCH = {
    "resolution/receive": {"id": COPY},
    "task/accept": {"id": TASK["assigned"]},
    "task/report": {"id": TASK["accepted"], "percent": "100", "result": "'x'"},
    "task/confirm": {"id": TASK["reported"]},
    "task/return_task": {"id": TASK["reported"], "reason": "'x'"},
    "task/cancel": {"id": TASK["assigned"], "reason": "'x'"},
}
AT_WARD = {
    "proposal/receive": {"id": WAITING},
    "proposal/forward": {"id": RECEIVED, "recipient_id": uid(DISTRICT)},
    "proposal/answer": {"id": RECEIVED, "state": "'answered'", "reply": "'x'"},
}
PLANNED, OPENED = uid(96_000_000), uid(96_001_000)
REQUESTS |= {
    "meeting/get": {"id": uid(SCORED)},
    "meeting/list": {"limit": "100", "from_month": "'2022-01'", "until_month": "'2022-12'"},
    "meeting/create": {"id": FRESH, "unit_id": uid(BRANCH), "kind": "'regular'", "period_month": "'2024-01'",
                       "planned_at_us": "now()", "chair_id": PERSON, "clerk_id": uid(10_000_006), "template": "'thuong-ky'"},
    "meeting/update": {"id": PLANNED, "base_version": "1", "update_mask": "'{place}'", "place": "'x'"},
    "meeting/set_agenda": {"id": PLANNED, "base_version": "1", "lines.item_no": "'{1}'", "lines.kind": "'{theme}'",
                           "lines.title": "'{x}'", "lines.presenter": "'{x}'", "lines.minutes": "'{5}'",
                           "lines.candidate_id": "'{null}'", "lines.admission_case_id": "'{null}'"},
    "meeting/check": {"id": PLANNED, "code": "'place_ready'"},
    "meeting/add_guest": {"id": FRESH, "meeting_id": PLANNED, "class": "'other'", "person_id": PERSON, "capacity": "'x'"},
    "meeting/record_attendance": {"id": OPENED, "others": "'present'"},
    "meeting/add_speech": {"id": FRESH, "meeting_id": OPENED, "speaker": "'x'", "summary": "'x'", "spoken_at_us": "now()"},
}

# Of the branch: each twentieth member in each state that is not the end, from this number on.
PROBATION = {state: uid(20_000_000 + n) for n, state in enumerate(
    ("running", "branch_approved", "grassroots_approved", "under_review", "removal_proposed"), 34)}
RECOGNITION = uid(88_900_000)
REQUESTS |= {
    "probation/get": {"id": PROBATION["running"]},
    "probation/list": {"limit": "100", "is_due": "true", "after_due_on": "'2011-01-01'", "after_id": MEMBER},
    "probation/set_paper": {"id": PROBATION["running"], "base_version": "1", "type": "'self_review'", "dated_on": "'2011-06-02'",
                            "custodian": "'x'"},
    "probation/branch_vote": {"id": PROBATION["running"], "base_version": "1", "vote_id": RECOGNITION, "resolution": "'1-NQ'"},
    "probation/submit": {"id": PROBATION["grassroots_approved"], "base_version": "1"},
    "probation/send_back": {"id": PROBATION["branch_approved"], "base_version": "1", "reason": "'x'"},
    "probation/propose_removal": {"id": PROBATION["running"], "base_version": "1", "reason": "'x'"},
    "probation/resume": {"id": PROBATION["removal_proposed"], "base_version": "1", "reason": "'x'"},
}

# Of the branch: every second person, a sixth of them in each stage.
STEP = {name: uid(98_000_001 + 2 * n) for n, name in enumerate(
    ("identified", "listed", "mentored", "in_class", "certified", "suspended"))}
CLASS = uid(95_000_007)
REQUESTS |= {
    "candidate/create": {"id": FRESH, "person_id": FRESH, "unit_id": uid(BRANCH), "family_name": "'Lê'", "given_name": "'An'",
                         "sex": "'female'", "born_on": "'1999'", "source_group": "'teacher'"},
    "candidate/update": {"id": STEP["listed"], "base_version": "1", "update_mask": "'{source_group,occupation}'",
                         "source_group": "'pupil'", "occupation": "'student'"},
    "due/list": {"limit": "100", "within_days": "3660"},
    "calendar/list": {"year": "2026"},
    "candidate/get": {"id": STEP["certified"]},
    "candidate/list": {"limit": "100", "stage": "'mentored'", "unit_members_max": "1000", "age_max": "99"},
    "candidate/enlist": {"id": STEP["identified"], "base_version": "1", "resolution": "'1-NQ'"},
    "candidate/assign_mentor": {"id": STEP["listed"], "base_version": "1", "assignment_id": FRESH, "mentor_id": uid(20_000_050),
                                "resolution": "'2-NQ'", "together_since_on": "'2015-01-01'"},
    "candidate/end_mentor": {"id": STEP["mentored"], "base_version": "1", "assignment_id": STEP["mentored"], "reason": "'x'"},
    "candidate/suspend": {"id": STEP["certified"], "base_version": "1", "reason": "'x'"},
    "candidate/drop": {"id": STEP["certified"], "base_version": "1", "reason": "'x'"},
    "candidate/resume": {"id": STEP["suspended"], "base_version": "1"},
    "class/create": {"id": FRESH, "code": "'MOI-1'", "name": "'x'", "organiser": "'x'", "from_on": "'2024-01-01'"},
    "class/get": {"id": CLASS},
    "class/list": {"limit": "100", "from_on": "'2023-01-01'"},
    "class/send": {"class_id": uid(95_000_008), "candidate_ids": f"array[{STEP['mentored']}]::uuid[]", "sent_on": "'2024-06-01'"},
    "class/certify": {"class_id": CLASS, "lines.candidate_id": f"array[{STEP['in_class']}]::uuid[]", "lines.certified": "'{true}'",
                      "lines.certificate_no": "'{1}'", "lines.issued_on": "'{2024-06-01}'"},
}

# Of the branch: a target in each state, and one of the ward.
TARGET = {state: uid(99_000_000 + 200 * k) for k, state in enumerate(("proposed", "agreed", "issued", "cascaded"))}
WARD_TARGET = uid(99_500_000)
REQUESTS |= {
    "term/create": {"id": FRESH, "unit_id": uid(BRANCH), "name": "'x'", "from_on": "'2100-01-01'", "last_on": "'2105-01-01'",
                    "nominal_years": "5", "basis": "'x'"},
    "term/list": {"limit": "100", "as_of_on": "'2022-01-01'"},
    "target/propose": {"id": FRESH, "unit_id": uid(BRANCH), "metric": "'candidates'", "term_id": uid(95_000_000), "value": "5",
                       "basis": "'x'"},
    "target/agree": {"id": TARGET["proposed"], "base_version": "1"},
    "target/get": {"id": TARGET["cascaded"]},
    "target/list": {"limit": "100", "metric": "'admissions'", "year": "1950", "live": "true"},
}

AT_WARD |= {
    "target/cascade": {"id": WARD_TARGET, "base_version": "1", "lines.id": f"array[{FRESH}]::uuid[]",
                       "lines.unit_id": f"array[{uid(BRANCH)}]::uuid[]", "lines.unit_code": "'{null}'", "lines.value": "'{5}'"},
}

# Only the district's own offices manage accounts, and look for duplicates.
DISTRICT_ONLY = {
    "person/find_duplicates": {"keyed.national_id": f"'\\x{'5a' * 8}'"},
    "account/list": {},
    "probation/extend": {"id": PROBATION["under_review"], "base_version": "1", "reason": "'x'"},
    "probation/decide": {"id": PROBATION["under_review"], "base_version": "1", "recognise": "true", "decision_doc": "'1-QĐ'",
                         "card_no": "'99999999'"},
    "calendar/set": {"id": FRESH, "day_on": "'2027-02-08'", "is_working": "false", "name": "'Tết'", "basis": "'TB'"},
    "rule/create": {"id": FRESH, "key": "'admission.decide_days'", "value": "'45'", "valid_from_on": "'2099-01-01'",
                    "legal_doc": "'QĐ'"},
}

AT_BRANCH |= {
    "meeting/report_candidate": {"id": FRESH, "meeting_id": OPENED, "candidate_id": uid(98_000_005),
                                 "mentor_id": uid(20_000_006), "strengths": "'x'", "weaknesses": "'x'"},
}

# What names two branches is out of scope for one of them.
ABOVE_BRANCH = {
    "candidate/move": {"id": STEP["certified"], "base_version": "1", "unit_id": uid(OTHER)},
    "pilot/assign_delegate": {"id": FRESH, "pilot_id": REGISTERED, "person_id": uid(10_000_150), "capacity": "'x'"},
    "member/place": {"id": MEMBER, "base_version": "1", "membership_id": FRESH, "unit_id": uid(OTHER),
                     "kind": "'temporary'", "from_on": "'2024-01-01'"},
    "target/send_back": {"id": TARGET["agreed"], "base_version": "1", "reason": "'x'"},
    "target/issue": {"id": TARGET["agreed"], "base_version": "1"},
    "target/adjust": {"id": TARGET["issued"], "base_version": "1", "new_id": FRESH, "value": "7", "basis": "'x'", "reason": "'x'"},
    "target/close": {"id": TARGET["issued"], "base_version": "1", "reason": "'x'"},
    # nobody judges his own branch
    "score/upper": {"id": FRESH, "meeting_id": uid(SCORED + 401), **LINES},
    "score/send_back": {"id": uid(SCORED + 401), "base_version": "1", "reason": "'sai'"},
    "score/confirm": {"id": uid(SCORED + 601), "base_version": "1"},
    "score/publish": {"id": uid(SCORED + 801), "base_version": "1"},
}

# A report over the whole scope reads the whole scope; it is bounded by the district, not by time.
WHOLE_SCOPE = {
    "report/membership": {}, "report/members_by_sex": {}, "report/members_by_sector": {},
    "report/residential": {}, "report/posts": {}, "report/meeting_quality": {"period": "'2024'"},
    "report/proposals": {"quarter": "'2023-Q2'"}, "report/branch_activity": {"period_month": "'2023-02'"},
    "report/ward_activity": {"period_month": "'2023-02'"}, "report/pilot_list": {"period_month": "'2015-03'"},
    "report/probation_due": {"as_of_on": "'2024-05-31'"},
    "report/newly_admitted": {"period": "'2010-07'"}, "report/structure": {"as_of_on": "'2024-12-31'"},
    "report/pipeline": {"from_on": "'2020-01-01'"},
    "report/drill_candidates": {"from_on": "'2020-01-01'", "group": "'due'", "code": "'mentor_missing'"},
    "report/drill_members": {"report": "'R06'", "group": "'sex'", "code": "'female'"},
    "report/progress": {"as_of_on": "'2020-05-31'"},
}

# Whoever keeps records acts in a ward or in a branch.
HISTORY = uid(99_900_000)
WHOLE_SCOPE |= {
    "internal/feed_heads": {},
    "internal/watch": {"unit_id": uid(BRANCH), "feeds": f"array[{uid(WARD)}]::uuid[]", "positions": "'{15000}'"},
    "sync/open": {}, "sync/feeds": {}, "sync/status": {"limit": "100"}, "sync/digest": {"feed": uid(WARD)},
    "sync/copy": {"feed": uid(WARD), "entity": "'member'", "after_id": uid(20_000_005), "limit": "50"},
    "sync/pull": {"history_id": HISTORY, "feed": uid(WARD), "position": "15000", "hash": "'\\x'", "limit": "50"},
}


def session(sql):
    """Runs as chibo_app after auth.enter, with every nested statement's plan on stderr."""
    return f"""
load 'auto_explain';
set auto_explain.log_min_duration = 0;
set auto_explain.log_nested_statements = on;
set search_path = chibo, public;
set plan_cache_mode = force_generic_plan;
set random_page_cost = 1.1;
set jit = off;
set enable_bitmapscan = off;
set session authorization chibo_app;
begin;
{sql}
rollback;
"""


class Plans(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster()
        mark = fingerprint(ROOT / "migrations", SEED, pathlib.Path(__file__))
        template = cls.cluster.keep("plans", mark, cls.seed)
        cls.database = cls.enterClassContext(cls.cluster.database(template))

    @classmethod
    def seed(cls, database):
        cls.cluster.create(database, cls.cluster.migrated())
        grants = ",".join(
            f"({uid(n)}, {uid(10_000_000)}, '{role}', {uid(unit)}, {uid(feed)}, '[2020-01-01,)', '01-QĐ/MAU', now())"
            for n, role, unit, feed in ((2, "WO", WARD, WARD), (3, "BS", BRANCH, WARD)))
        cls.cluster.psql(database, f"\\set members {MEMBERS}\n" + SEED.read_text(encoding="utf-8") + f"""
            insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at) values {grants};
            insert into auth.session (token_hash, account_id) values ('\\x{TOKEN}', {uid(1)});
            insert into auth.account (id, feed_id, login_name, person_id)
            select lpad((50000000 + n)::text, 32, '0')::uuid, {uid(1)}, 'nguoi.' || n,
                   lpad((10000000 + n)::text, 32, '0')::uuid from generate_series(1, 4999) n;
            insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
            select lpad((60000000 + n)::text, 32, '0')::uuid, m.person_id, 'BS', m.unit_id, m.feed_id, '[2020-01-01,)',
                   '01-QĐ/MAU', now()
            from generate_series(1, 4999) n join chibo.member m on m.id = lpad((20000000 + n)::text, 32, '0')::uuid;
            insert into auth.session (token_hash, account_id)
            select sha256(n::text::bytea), lpad((50000000 + n)::text, 32, '0')::uuid from generate_series(1, 4999) n;
            insert into chibo.change_request (id, unit_id, unit_pos, feed_id, person_id, person_version, state, fields,
                before, born_on, basis, submitted_by, refused_by, refused_at, reason)
            select lpad((80000000 + n)::text, 32, '0')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id, 1,
                   (case when n % 20 = 5 then 'submitted' else 'refused' end)::chibo.change_state, '{{born_on}}', '{{1950}}',
                   '1951', 'giấy khai sinh', {uid(10_000_001)}, case when n % 20 <> 5 then {uid(10_000_000)}::uuid end,
                   now(), case when n % 20 <> 5 then 'không rõ' end
            from generate_series(0, {MEMBERS} - 1) n
            join chibo.person p on p.id = lpad((10000000 + n)::text, 32, '0')::uuid where n > 1;
            insert into chibo.person_sealed (id, unit_id, unit_pos, feed_id, national_id, national_id_hash)
            select id, unit_id, unit_pos, feed_id, '\\x{SEALED}', substr(sha256(id::text::bytea), 1, 8) from chibo.person;
            insert into chibo.person_origin (id, unit_id, unit_pos, feed_id, ethnicity)
            select id, unit_id, unit_pos, feed_id, 'kinh' from chibo.person;
            insert into ledger.op (op_id, account_id, request_hash)
            select gen_random_uuid(), {uid(1)}, '\\x{TOKEN}' from generate_series(1, 20000);
            insert into ledger.entry (feed, position, op_id, at, account_id, method, request_hash, touched, body,
                                      prev_hash, hash)
            select {uid(WARD)}, row_number() over (), o.op_id, o.at, o.account_id, 'MemberService/Update', o.request_hash,
                   '', '', '', '' from ledger.op o;
            insert into ledger.record (entity, id, at, feed, position, version, kind)
            select 'member', m.id, e.at, e.feed, e.position, 1, 'changed'
            from (select id, row_number() over () as n from chibo.member) m join ledger.entry e on e.position = m.n;
            insert into ledger.feed_head values ({uid(WARD)}, 20000, sha256(''));
            insert into ledger.history (id, started_at, system_identifier, timeline, database)
            select {HISTORY}, now() + interval '1 year', s.system_identifier, h.timeline, d.oid
            from pg_control_system() s, ledger.history h, pg_database d where d.datname = current_database();
            set session_replication_role = replica;
            insert into chibo.post (id, unit_id, unit_pos, feed_id, type, title, is_party, during)
            select lpad((90000000 + n)::text, 32, '0')::uuid, m.unit_id, m.unit_pos, m.feed_id,
                   (array['front_head', 'hamlet_head', 'secretary'])[1 + n % 3], 'Chức vụ', true, '[2015-01-01,)'
            from generate_series(0, {MEMBERS} - 1) n
            join chibo.member m on m.id = lpad((20000000 + n)::text, 32, '0')::uuid;
            insert into chibo.post_holding (id, unit_id, unit_pos, feed_id, post_id, person_id, holder_name, mode, decision_doc,
                                            during)
            select lpad((91000000 + n)::text, 32, '0')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id,
                   lpad((10000000 + n)::text, 32, '0')::uuid, 'Tên', 'elected', '1-QĐ', '[2020-01-01,)'
            from generate_series(0, {MEMBERS} - 1) n
            join chibo.post p on p.id = lpad((90000000 + n)::text, 32, '0')::uuid;
            insert into chibo.residential_registration (id, unit_id, unit_pos, feed_id, member_id, person_id, full_name,
                membership_id, category, state, work_unit, introduced_on, received_on)
            select lpad((92000000 + n)::text, 32, '0')::uuid, s.unit_id, s.unit_pos, s.feed_id, s.member_id,
                   lpad((10000000 + n)::text, 32, '0')::uuid, 'Tên', s.id, 'normal',
                   (case when n % 10 = 5 then 'received' else 'active' end)::chibo.residential_state, 'Sở', '2023-01-01',
                   '2023-02-01'
            from generate_series(0, {MEMBERS} - 1) n
            join chibo.membership s on s.id = lpad((40000000 + n)::text, 32, '0')::uuid where n > 4;
            insert into chibo.residential_assessment (id, unit_id, unit_pos, feed_id, registration_id, year, grade, proposed_by)
            select gen_random_uuid(), r.unit_id, r.unit_pos, r.feed_id, r.id, 2024, 'good', {uid(10_000_001)}
            from chibo.residential_registration r;
            insert into chibo.sent_report (id, unit_id, unit_pos, feed_id, code, period, number, hash, made_by, state,
                sent_by, sent_at)
            select lpad((94000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'R12', (2000 + n / 200 % 25)::text,
                   1, '\\x{'00' * 32}', {uid(10_000_001)},
                   (case when n % 100 = 6 then 'draft' else 'sent' end)::chibo.sent_report_state,
                   case when n % 100 <> 6 then {uid(10_000_001)}::uuid end, case when n % 100 <> 6 then now() end
            from generate_series(0, 4999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            update chibo.sent_report r set unit_id = u.id, unit_pos = u.pos, period = case when r.sent_at is null then '1999' else '1998' end from chibo.unit u
            where r.id in ({uid(94_000_005)}, {uid(94_000_006)}) and u.id = {uid(BRANCH)};
            insert into chibo.sent_report_cell (report_id, unit_id, unit_pos, row_no, row_key, field_no, field, value)
            select r.id, r.unit_id, r.unit_pos, n, 'k' || n, 1, 'members', '1'
            from chibo.sent_report r cross join generate_series(1, 4) n;
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at,
                ended_at, chair_id, chair_name, clerk_id, clerk_name)
            select lpad((96000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'regular', s.state, to_char(s.at, 'YYYY-MM'), s.at,
                   case when s.state = 'closed' then s.at end, case when s.state = 'closed' then s.at + interval '2 hours' end,
                   {uid(10_000_001)}, 'Tên', {uid(10_000_002)}, 'Tên'
            from generate_series(0, 5000) n
            join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid
            cross join lateral (select timestamptz '2015-01-20' + make_interval(months => n / 200) as at,
                (case when n / 200 % 5 < 2 then 'planned' else 'closed' end)::chibo.meeting_state as state) s;
            insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, state, proposed_by, published_at)
            select m.id, m.unit_id, m.unit_pos, m.feed_id, m.feed_id, m.period_month,
                   (array['proposed', 'registered', 'held', 'after_action', 'lessons_published'])[1 + n / 200 % 5]::chibo.pilot_state,
                   {uid(10_000_001)}, case when n / 200 % 5 = 4 then now() end
            from generate_series(0, 4999) n join chibo.meeting m on m.id = lpad((96000000 + n)::text, 32, '0')::uuid;
            insert into chibo.pilot_delegate (id, pilot_id, unit_id, unit_pos, person_id, full_name, capacity, assigned_by)
            select gen_random_uuid(), p.id, p.unit_id, p.unit_pos, {uid(10_000_007)}, 'Tên', 'x', {uid(10_000_001)} from chibo.pilot p;
            insert into chibo.pilot_comment (id, pilot_id, unit_id, unit_pos, author_id, author_name, comment, said_on)
            select gen_random_uuid(), p.id, p.unit_id, p.unit_pos, {uid(10_000_007)}, 'Tên', 'x', '2020-01-01' from chibo.pilot p;
            insert into chibo.plan (id, unit_id, unit_pos, feed_id, kind, state, title, during, sent_at)
            select lpad((97000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'thematic',
                   (case when n / 200 % 2 = 0 then 'draft' else 'sent' end)::chibo.plan_state, 'x', '[2015-01-01,)',
                   case when n / 200 % 2 = 1 then now() end
            from generate_series(0, 4999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.plan_item (plan_id, item_no, unit_id, unit_pos, topic)
            select p.id, n, p.unit_id, p.unit_pos, 'x' from chibo.plan p cross join generate_series(1, 4) n;
            insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
            values ({CRITERIA}, {uid(1)}, '8', 'QĐ/TU', 'Tỉnh ủy', '2021-09-15', 'Tiêu chí');
            insert into chibo.criteria_table (id, feed_id, code, title, legal_doc_id, edition, max_total, during)
            values ({CRITERIA}, {uid(1)}, 'mau', 'Bảng mẫu', {CRITERIA}, 1, 100, '[2021-09-15,)');
            insert into chibo.criterion (table_id, item_no, code, title, max_points)
            values ({CRITERIA}, 1, '1', 'a', 60), ({CRITERIA}, 2, '2', 'b', 40);
            insert into chibo.grade_band (table_id, grade, min_points) values ({CRITERIA}, 'good', 90), ({CRITERIA}, 'poor', 0);
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at, ended_at,
                chair_id, chair_name, clerk_id, clerk_name)
            select lpad(({SCORED} + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'regular', 'closed',
                   to_char(d.at, 'YYYY-MM'), d.at, d.at, d.at + interval '2 hours', {uid(10_000_001)}, 'A', {uid(10_000_002)}, 'B'
            from generate_series(0, 9999) n
            join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid
            cross join lateral (select timestamptz '2022-01-05 08:00+07' + n / 200 * interval '1 month' as at) d;
            insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, person_id, capacity)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, 'delegate', {uid(10_000_003)}, 'Đại biểu'
            from chibo.meeting m where m.id between {uid(SCORED)} and {uid(SCORED + 9999)};
            insert into chibo.checklist_item (meeting_id, code, unit_id, unit_pos)
            select m.id, c.code, m.unit_id, m.unit_pos from chibo.meeting m, chibo.code c where c.list = 'checklist';
            insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title)
            select m.id, n, m.unit_id, m.unit_pos, 'other', 'x' from chibo.meeting m, generate_series(1, 3) n;
            insert into chibo.paper (id, meeting_id, unit_id, unit_pos, title, sent_to, sent_at)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, 'x', 'x', m.planned_at from chibo.meeting m;
            insert into chibo.speech (id, meeting_id, unit_id, unit_pos, speaker, summary, spoken_at)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, 'x', 'x', m.started_at from chibo.meeting m where m.state = 'closed';
            insert into chibo.mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id, mentor_name,
                month, strengths, weaknesses)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, m.id, 'x', {MEMBER}, 'x', m.period_month, 'x', 'x' from chibo.meeting m;
            insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state, reason)
            select m.id, d.id, m.unit_id, m.unit_pos, 'x', 'x', 'full', false, 'excused', 'x'
            from (select x.*, row_number() over (partition by x.unit_id order by x.id) as n from chibo.meeting x where x.state = 'closed') m
            join chibo.member d on d.unit_id = m.unit_id
            where m.n <= 10;
            update chibo.meeting set state = 'in_session', started_at = planned_at where id = {OPENED};
            insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, state, drafted_by, voted_by, vote_id, total, grade,
                gap, gap_alert, confirmed_by, confirmed_at)
            select lpad(({SCORED} + n)::text, 32, '0')::uuid, m.unit_id, m.unit_pos, m.feed_id, {CRITERIA}, s.state,
                   {uid(10_000_001)}, case when s.voted then {uid(10_000_001)}::uuid end,
                   case when s.voted then {VOTE}::uuid end, case when s.done then 90 end, case when s.done then 'good' end,
                   case when s.done then 5 end, case when s.done then 10 end,
                   case when s.done then {uid(10_000_002)}::uuid end, case when s.done then now() end
            from generate_series(200, 9999) n
            join chibo.meeting m on m.id = lpad(({SCORED} + n)::text, 32, '0')::uuid
            cross join lateral (select x.state, x.state <> 'draft_self' as voted, x.state in ('confirmed', 'final') as done
                from (values ((case n / 200 when 1 then 'draft_self' when 2 then 'voted_by_branch' when 3 then 'voted_by_branch'
                    when 4 then 'confirmed' else 'final' end)::chibo.scoring_state)) x (state)) s;
            insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, state, assessor_id, assessor_name,
                assessor_unit, total, grade, submitted_at)
            select gen_random_uuid(), s.unit_id, s.unit_pos, s.feed_id, s.id, c.class,
                   (case when s.state = 'draft_self' then 'draft' else 'submitted' end)::chibo.sheet_state, {uid(10_000_001)}, 'A', 'B',
                   90, 'good', case when s.state <> 'draft_self' then now() end
            from chibo.scoring s cross join (values ('self'), ('ward_committee')) c (class)
            where c.class = 'self' or right(s.id::text, 4) >= '0600';
            insert into chibo.score_line (sheet_id, unit_id, unit_pos, item_no, code, points, max_points)
            select x.id, x.unit_id, x.unit_pos, c.item_no, c.code, 35, c.max_points
            from chibo.score_sheet x cross join chibo.criterion c;
            insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
                present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
            select {VOTE}, m.unit_id, m.unit_pos, m.feed_id, m.id, 'score', 'Phiếu', 'hand', m.started_at, 2, 2, true, 2, 2, 0, 0,
                   'vote.ordinary_ratio', '1/2', 'Điều lệ', 2, true from chibo.meeting m where m.id = {uid(SCORED + 200)};
            insert into chibo.meeting (id, unit_id, unit_pos, feed_id, kind, state, period_month, planned_at, started_at,
                ended_at, chair_id, chair_name, clerk_id, clerk_name)
            select lpad((98000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'regular',
                   (case when n / 200 = 0 then 'in_session' else 'closed' end)::chibo.meeting_state, to_char(s.at, 'YYYY-MM'), s.at, s.at,
                   case when n / 200 > 0 then s.at + interval '2 hours' end, {uid(10_000_000)}, 'Tên', {uid(10_000_001)}, 'Tên'
            from generate_series(0, 4999) n
            join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid
            cross join lateral (select timestamptz '2024-01-15' - make_interval(months => n / 200) as at) s;
            create temp table held as select m.*, right(m.id::text, 4)::int as no from chibo.meeting m where m.id >= {IN_SESSION};
            insert into chibo.attendance (meeting_id, member_id, unit_id, unit_pos, full_name, sort_key, status, is_away, state)
            select m.id, s.member_id, m.unit_id, m.unit_pos, 'Tên', 'Tên', 'full', false, 'present'
            from held m join chibo.membership s on s.unit_id = m.unit_id and s.kind = 'primary'
            where m.id = {IN_SESSION} or m.no % 10 = 5 and m.state = 'closed';
            insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
                present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
            select m.id, m.unit_id, m.unit_pos, m.feed_id, m.id, 'minutes', 'x', 'hand', m.started_at, 99, 99, true, 99, 99, 0, 0,
                   'vote.ordinary_ratio', '1/2', 'x', 50, true from held m;
            insert into chibo.vote_option (vote_id, item_no, unit_id, unit_pos, title, votes, valid)
            select m.id, n, m.unit_id, m.unit_pos, 'x', 1, 99 from held m cross join generate_series(1, 2) n;
            insert into chibo.agenda_item (meeting_id, item_no, unit_id, unit_pos, kind, title)
            select m.id, n, m.unit_id, m.unit_pos, 'other', 'x' from held m cross join generate_series(1, 4) n;
            insert into chibo.speech (id, meeting_id, unit_id, unit_pos, speaker, summary, spoken_at)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, 'x', 'x', m.started_at from held m cross join generate_series(1, 4) n;
            insert into chibo.guest (id, meeting_id, unit_id, unit_pos, class, full_name, capacity)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, 'delegate', 'x', 'x' from held m cross join generate_series(1, 2) n;
            insert into chibo.mentor_report (id, meeting_id, unit_id, unit_pos, candidate_id, candidate_name, mentor_id, mentor_name,
                month, strengths, weaknesses)
            select gen_random_uuid(), m.id, m.unit_id, m.unit_pos, m.id, 'x', {MEMBER}, 'x', m.period_month, 'x', 'x' from held m;
            insert into chibo.minutes (id, unit_id, unit_pos, feed_id, meeting_id, number, state, body, hash, adopted_at, chair_id,
                chair_name, chair_signed_at, clerk_id, clerk_name, clerk_signed_at)
            select m.id, m.unit_id, m.unit_pos, m.feed_id, m.id, 1, (case when m.no < 400 then 'adopted' else 'sealed' end)::chibo.minutes_state,
                   'x', sha256('x'), m.ended_at, m.chair_id, 'Tên', case when m.no >= 400 then m.ended_at end, m.clerk_id, 'Tên',
                   case when m.no >= 400 then m.ended_at end from held m where m.state = 'closed';
            insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, method, voted_at, eligible,
                present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
            select lpad((89000000 + n)::text, 32, '0')::uuid, m.unit_id, m.unit_pos, m.feed_id, m.id,
                   (array['resolution', 'proposal'])[1 + n / 200 % 2]::chibo.vote_purpose, 'x', 'hand', '2023-04-10', 18, 18, true,
                   18, 12, 6, 0, 'vote.ordinary_ratio', '1/2', 'x', 10, true
            from generate_series(0, 4999) n join chibo.meeting m on m.id = lpad((96000000 + n)::text, 32, '0')::uuid;
            insert into chibo.resolution (id, unit_id, unit_pos, feed_id, kind, state, number, suffix, issuer, issued_on, issued_by,
                subject, drafted_by)
            select lpad((84000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'thematic',
                   (array['draft', 'discussed', 'voted', 'issued'])[1 + n / 200 % 4]::chibo.resolution_state, n / 200 + 1, 'NQ/CB',
                   'x', '2020-01-01', {uid(10_000_001)}, 'x', {uid(10_000_001)}
            from generate_series(0, 9999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.resolution_copy (id, unit_id, unit_pos, feed_id, resolution_id, sender_path, kind, number, suffix,
                issuer, issued_on, subject, sent_at)
            select lpad((85000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, lpad((83000000 + n)::text, 32, '0')::uuid,
                   'x', 'thematic', '1', 'NQ/ĐU', 'x', '2020-01-01', 'x', '2020-01-01'
            from generate_series(0, 9999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.task (id, unit_id, unit_pos, feed_id, source, category, title, assigner_id, assigned_by,
                assignee_name, due_on, state, result, reported_by)
            select lpad((86000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'other', 'general', 'x', u.id,
                   {uid(10_000_001)}, 'x', '2023-01-01',
                   (array['assigned', 'accepted', 'reported', 'confirmed'])[1 + n / 200 % 4]::chibo.task_state, 'x', {uid(10_000_001)}
            from generate_series(0, 9999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.proposal (id, unit_id, unit_pos, feed_id, state, title, body, category, drafted_by, sent_at)
            select lpad((87000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id,
                   (array['draft', 'adopted', 'sent', 'closed'])[1 + n / 200 % 4]::chibo.proposal_state, 'x', 'x', 'other',
                   {uid(10_000_001)}, case when n / 200 % 4 > 1 then timestamptz '2023-04-10' end
            from generate_series(0, 9999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.proposal_recipient (id, unit_id, unit_pos, feed_id, proposal_id, recipient_id, body_name,
                recipient_name, state, sent_at, due_on)
            select lpad((88000000 + n + case when outside then 500000 else 0 end)::text, 32, '0')::uuid, p.unit_id, p.unit_pos,
                   p.feed_id, p.id, case when not outside then p.feed_id end, case when outside then 'Sở' end, 'x',
                   (case when n / 200 % 8 = 6 then 'received' else 'waiting' end)::chibo.recipient_state, p.sent_at, '2023-05-10'
            from generate_series(0, 9999) n join chibo.proposal p on p.id = lpad((87000000 + n)::text, 32, '0')::uuid
            cross join (values (true), (false)) o (outside);
            update chibo.unit set can_decide_admission = true where id = {uid(1)};
            insert into chibo.probation (id, unit_id, unit_pos, feed_id, state, joined_on, due_on, decided_by, decision_on)
            select m.id, m.unit_id, m.unit_pos, m.feed_id, s.state, '2010-06-01', '2011-06-01',
                   case when s.state = 'recognised' then {uid(10_000_001)}::uuid end,
                   case when s.state = 'recognised' then date '2011-09-01' end
            from generate_series(4, {MEMBERS} - 1) n
            join chibo.member m on m.id = lpad((20000000 + n)::text, 32, '0')::uuid
            cross join lateral (select coalesce((array['running', 'branch_approved', 'grassroots_approved', 'under_review',
                'removal_proposed'])[n % 20 - 13], 'recognised')::chibo.probation_state as state) s;
            update chibo.member m set status = 'probationary', full_on = null
            from chibo.probation p where p.id = m.id and p.state <> 'recognised';
            insert into chibo.file_paper (member_id, type, unit_id, unit_pos, feed_id, dated_on, custodian)
            select p.id, t.code, p.unit_id, p.unit_pos, p.feed_id, '2011-06-01', 'x'
            from chibo.probation p join chibo.paper_type t on t.kind = 'recognition';
            insert into chibo.clock (kind, member_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value,
                rule_unit, rule_doc, stopped_on)
            select k.kind, p.id, p.unit_id, p.unit_pos, p.feed_id, '2011-06-01', '2011-07-14', 'x', 30, 'working_days', 'x',
                   case when (k.kind = 'decide_full') = (p.state in ('running', 'removal_proposed')) or p.state = 'recognised'
                   then date '2011-07-01' end
            from chibo.probation p cross join (values ('probation'), ('consider_full'), ('decide_full')) as k (kind);
            insert into chibo.vote_item (id, unit_id, unit_pos, feed_id, meeting_id, purpose, subject, subject_id, method, voted_at,
                eligible, present, quorum_met, valid, votes_for, votes_against, blank, rule_key, rule_value, rule_doc, needed, passed)
            select {RECOGNITION}, m.unit_id, m.unit_pos, m.feed_id, m.id, 'recognition', 'x', {PROBATION["running"]}, 'card', m.started_at,
                   18, 18, true, 18, 18, 0, 0, 'vote.admission_ratio', '2/3', 'x', 12, true
            from chibo.meeting m where m.id = {uid(SCORED)};
            insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, resume_stage, source_group,
                identified_on, listed_on, listing_resolution, stage_on)
            select lpad((98000000 + n)::text, 32, '0')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id, s.stage,
                   case when s.stage = 'suspended' then 'listed'::chibo.candidate_stage end, 'teacher', '2023-01-01',
                   case when s.stage <> 'identified' then date '2023-02-01' end,
                   case when s.stage <> 'identified' then '1-NQ' end, '2023-03-01'
            from generate_series(1, {MEMBERS} - 1, 2) n
            join chibo.person p on p.id = lpad((10000000 + n)::text, 32, '0')::uuid
            cross join lateral (select (array['identified', 'listed', 'mentored', 'in_class', 'certified',
                'suspended'])[1 + n / 2 % 6]::chibo.candidate_stage as stage) s;
            insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id,
                mentor_name, resolution, together_since_on, during)
            select c.id, c.id, c.unit_id, c.unit_pos, c.feed_id, lpad((20000001 + right(c.id::text, 5)::int)::text, 32, '0')::uuid,
                   lpad((10000001 + right(c.id::text, 5)::int)::text, 32, '0')::uuid, 'x', '2-NQ', '2020-01-01', '[2015-01-01,)'
            from chibo.candidate c where c.stage in ('mentored', 'in_class', 'certified');
            insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
            select lpad((95000000 + n)::text, 32, '0')::uuid, {uid(1)}, 'L-' || n, 'x', 'x', '[2022-01-01,2025-01-01)'
            from generate_series(0, 199) n;
            insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id)
            select c.id, lpad((95000000 + right(c.id::text, 5)::int % 100)::text, 32, '0')::uuid, c.unit_id, c.unit_pos, c.feed_id
            from chibo.candidate c where c.stage in ('in_class', 'certified');
            insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value,
                rule_unit, rule_doc)
            select 'certificate', c.id, c.unit_id, c.unit_pos, c.feed_id, '2023-03-01', '2028-03-01', 'x', 60, 'months', 'x'
            from chibo.candidate c where c.stage = 'certified';
            insert into chibo.awareness_class (id, feed_id, code, name, organiser, during)
            select lpad((98900000 + n)::text, 32, '0')::uuid, {uid(1)}, 'BC' || n, 'x', 'x', daterange(d, d + 5)
            from generate_series(0, 39) n cross join lateral (select date '2022-01-10' + n * 40 as d) x on conflict do nothing;
            insert into chibo.candidate (id, unit_id, unit_pos, feed_id, person_id, stage, stage_on, source_group, identified_on)
            select lpad((99000000 + n)::text, 32, '0')::uuid, p.unit_id, p.unit_pos, p.feed_id, p.id,
                   (array['mentored', 'in_class', 'certified', 'file_open', 'checking', 'ready', 'branch_approved', 'under_review'])[1 + n / 10 % 8]
                   ::chibo.candidate_stage, date '2025-01-01' + n % 500, 'teacher', '2020-01-01'
            from generate_series(5, {MEMBERS} - 1, 10) n join chibo.person p on p.id = lpad((10000000 + n)::text, 32, '0')::uuid
            on conflict do nothing;
            insert into chibo.mentor_assignment (id, candidate_id, unit_id, unit_pos, feed_id, mentor_id, mentor_person_id, mentor_name,
                resolution, together_since_on, during, reason_end)
            select gen_random_uuid(), c.id, c.unit_id, c.unit_pos, c.feed_id, {MEMBER}, {PERSON}, 'Tên', 'x', '2019-01-01', d.during,
                   case when not upper_inf(d.during) then 'x' end
            from chibo.candidate c cross join (values (daterange '[2020-01-01,2022-01-01)'), ('[2022-01-01,)')) as d (during)
            on conflict do nothing;
            insert into chibo.class_attendance (candidate_id, class_id, unit_id, unit_pos, feed_id, result, certificate_no, issued_on, valid_until_on)
            select c.id, k.id, c.unit_id, c.unit_pos, c.feed_id, 'certified', 'x', lower(k.during) + 9, lower(k.during) + 1800
            from chibo.candidate c join chibo.awareness_class k on k.code = 'BC' || right(c.id::text, 4)::int % 40 on conflict do nothing;
            insert into chibo.admission_case (id, candidate_id, unit_id, unit_pos, feed_id, opened_on, opened_by)
            select c.id, c.id, c.unit_id, c.unit_pos, c.feed_id, '2025-06-01', {PERSON} from chibo.candidate c on conflict do nothing;
            insert into chibo.background_check (id, candidate_id, case_id, unit_id, unit_pos, feed_id, subject, place, asked_on)
            select gen_random_uuid(), x.candidate_id, x.id, x.unit_id, x.unit_pos, x.feed_id, 'self', 'Xã Mẫu', '2025-07-01'
            from chibo.admission_case x cross join generate_series(1, 4) n;
            insert into chibo.clock (kind, candidate_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key, rule_value, rule_unit, rule_doc)
            select k.code, c.id, c.unit_id, c.unit_pos, c.feed_id, '2025-06-01', date '2026-11-01' + right(c.id::text, 3)::int % 400, 'x', 1, 'days', 'x'
            from chibo.candidate c cross join (values ('certificate'), ('consider_file')) as k (code) on conflict do nothing;
            update chibo.member set joined_on = date '2010-06-01' + right(id::text, 4)::int % 365;
            insert into chibo.term (id, unit_id, unit_pos, feed_id, name, during, nominal_years, basis)
            select lpad((95000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'x',
                   daterange(make_date(1940 + n / 200 * 5, 1, 1), make_date(1945 + n / 200 * 5, 1, 1)), 5, 'x'
            from generate_series(0, 4999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by)
            select lpad((99000000 + n)::text, 32, '0')::uuid, u.id, u.pos, u.feed_id, 'admissions', 'year',
                   daterange(make_date(1940 + n / 200, 1, 1), make_date(1941 + n / 200, 1, 1)), 5, 'x',
                   (array['proposed', 'agreed', 'issued', 'cascaded'])[1 + n / 200 % 4]::chibo.target_state, {uid(10_000_001)}
            from generate_series(0, 19999) n join chibo.unit u on u.id = lpad((1000 + n % 200)::text, 32, '0')::uuid;
            insert into chibo.target (id, unit_id, unit_pos, feed_id, metric, period, during, value, basis, state, proposed_by)
            select {WARD_TARGET}, u.id, u.pos, u.feed_id, 'admissions', 'year', '[2090-01-01,2091-01-01)', 5, 'x', 'issued',
                   {uid(10_000_001)} from chibo.unit u where u.id = {uid(WARD)};
            insert into chibo.file_paper (case_id, candidate_id, type, unit_id, unit_pos, feed_id, dated_on, custodian)
            select c.id, c.candidate_id, t.code, c.unit_id, c.unit_pos, c.feed_id, '2020-01-01', 'x'
            from chibo.admission_case c cross join chibo.paper_type t where t.code in ('application', 'biography');
            insert into auth.device (id, unit_id, feed_id, name, state, key_hash, invited_by)
            select lpad((93000000 + n)::text, 32, '0')::uuid, t.unit_id, t.feed_id, 'x', 'active', sha256(n::text::bytea), {uid(1)}
            from generate_series(0, 199) n join auth.tree t on t.unit_id = lpad((1000 + n)::text, 32, '0')::uuid;
            insert into ledger.parked (id, feed_id, state, device_id, device_seq, account_id, method, code, rule, body)
            select lpad((93000000 + n)::text, 32, '0')::uuid, d.feed_id,
                   (case when n / 200 in (1, 2) then 'open' else 'answered' end)::ledger.parked_state, d.id, n / 200, {uid(1)},
                   'MemberService/Update', 10, 'conflict', case when n / 200 in (1, 2) then '\\x{SEALED}'::bytea end
            from generate_series(0, 19999) n join auth.device d on d.id = lpad((93000000 + n % 200)::text, 32, '0')::uuid;
            set session_replication_role = origin;
            vacuum analyze;""")

    def plans(self, name, values, grant):
        """The plans of a method's statements at a grant, nested ones included."""
        enter = f"""select from auth.enter('\\x{TOKEN}', {uid(grant)}, 'MemberService/List', false, 60000)"""
        parts = [f"{enter};"]
        for number, statement in enumerate(chain.read(SQL_DIR, name)):
            bound = [path for path in statement.args if not path.startswith(("session.", "op."))]
            sql = chain.render(statement, {path: f"${at}" for at, path in enumerate(bound, 1)})
            arguments = ", ".join(values.get(path, "null") for path in bound)
            parts.append(f"prepare s{number} as {sql};")
            parts.append(f"execute s{number}{f'({arguments})' if bound else ''};")
        done = subprocess.run(
            ["psql", "-X", "-q", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", self.database],
            input=session("set client_min_messages = log;\n" + "\n".join(parts)),
            env=self.cluster.environment, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])
        self.assertIn("plan:", done.stderr)
        return done.stderr

    def check(self, name, values, grants):
        for grant in grants:
            with self.subTest(grant=grant):
                scans = re.findall(rf'Seq Scan on "?(?:{GROWING})"?\b.*', self.plans(name, values, grant))
                self.assertEqual(scans, [])


def add_case(name, values, grants, where):
    def case(self):
        self.check(name, values, grants)
    case.__doc__ = f"{name}: no sequential scan {where}"
    setattr(Plans, f"test_{name.replace('/', '_')}", case)


for method, request in REQUESTS.items():
    add_case(method, request, (1, 2, 3), "at district, ward and branch scope")
for method, request in DISTRICT_ONLY.items():
    add_case(method, request, (1,), "at district scope")
for method, request in ABOVE_BRANCH.items():
    add_case(method, request, (1, 2), "at district and ward scope")
for method, request in AT_BRANCH.items():
    add_case(method, request, (3,), "at branch scope")
for method, request in AT_WARD.items():
    add_case(method, request, (2,), "at ward scope")
for method, request in WHOLE_SCOPE.items():
    add_case(method, request, (2, 3), "at ward and branch scope")

if __name__ == "__main__":
    tap.main()
