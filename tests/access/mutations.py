"""Rules that can be broken, one at a time, and who is expected to notice it first."""

import dataclasses
import json

from gates import in_function
from model import ROLES
from probes import Case, Cells, denied, out_of_scope, unpermitted
from routes import ROUTES
from test_catalogue import RULES, name_of


@dataclasses.dataclass
class Mutation:
    name: str
    sql: str = ""           # breaks the rule in the database
    undo: str = ""          # mends it again, exactly; without it the district is made anew
    opened: str = ""        # or the method for which the server's gate is open
    seen_by: tuple = ()     # tried before everything else


def edges(*names):
    return Case(*(f"test_edges.{name}" for name in names))


def duties(*names):
    return Case(*(f"test_duties.{name}" for name in names))


def sessions(*names):
    return Case(*(f"test_sessions.{name}" for name in names))


def straight(*names):
    return Case(*(f"test_straight_sql.Straight.test_{name}" for name in names))


def rule(beginning):
    title = next(title for title in RULES if title.startswith(beginning))
    return Case(f"test_catalogue.Catalogue.{name_of(title)}")


# --- policies -------------------------------------------------------------------------------------

# Where a row of the table shows first.
SHOWN_BY = {
    "chibo.person": ("PersonService/Get",),
    "chibo.member": ("MemberService/Get",),
    "chibo.membership": ("MemberService/Get", "MemberService/Leave"),
    "chibo.unit": ("UnitService/Get",),
    "chibo.unit_name": ("UnitService/Get",),
    "chibo.change_request": ("ChangeRequestService/Get",),
    "chibo.person_sealed": ("PersonService/GetSensitive",),
}

def seen_in(table):
    return *((Cells(SHOWN_BY[table]),) if table in SHOWN_BY else ()), straight("scope")


POLICIES = """
select jsonb_build_object('name', policyname, 'on', on_table, 'using', qual, 'check', with_check, 'create',
	format('drop policy if exists %I on %s; create policy %1$I on %2$s as %s for %s to %s%s%s', policyname, on_table,
		permissive, cmd, array_to_string(roles, ', '), ' using (' || qual || ')', ' with check (' || with_check || ')'))
from (select *, format('%I.%I', schemaname, tablename) as on_table from pg_policies) p
order by on_table, policyname
"""


def policies(superuser):
    for text in superuser.rows(POLICIES):
        policy = json.loads(text)
        table, undo = policy["on"], policy["create"]
        on = f"policy {policy['name']} on {table}"
        words = rule("every table under scope has its policy"), rule("every table under scope is read whole")
        shown = seen_in(table)
        dropped = (edges("Leaving"),) if policy["name"].startswith("leaving") else (*shown, *words)
        yield Mutation(f"{on}: dropped", f"drop {on}", undo, seen_by=dropped)
        if policy["using"] not in (None, "true"):
            yield Mutation(f"{on}: all rows are seen", f"alter {on} using (true)", undo, seen_by=(*shown, *words))
        if policy["check"] not in (None, "true"):
            yield Mutation(f"{on}: all rows are written", f"alter {on} with check (true)", undo,
                           seen_by=(straight("moving_in"), *words))


def tables(superuser):
    for table in superuser.rows("select oid::regclass from pg_class where relrowsecurity order by oid::regclass::text"):
        yield Mutation(f"row-level security on {table}: off", f"alter table {table} disable row level security",
                       f"alter table {table} enable row level security",
                       seen_by=(*seen_in(table), rule("row-level security is on and forced")))
        yield Mutation(f"row-level security on {table}: not forced", f"alter table {table} no force row level security",
                       f"alter table {table} force row level security",
                       seen_by=(rule("row-level security is on and forced"),))


# --- permissions ----------------------------------------------------------------------------------

def guarded():
    """Methods that need a right, and of which there are requests."""
    return [method for method, row in ROUTES.items() if row.right and row.fields]


def forbidden(method):
    """Who notices that everybody may use a route."""
    if method == "PersonService/FindDuplicates":        # whose statement refuses all who act in `own`
        return edges("Reaches.test_duplicates")
    return Cells([method], unpermitted)


def methods(superuser):
    """Each route's permission as the database knows it."""
    for method in guarded():
        undo = superuser.value("select format('update auth.method set permission = %L where method = %L', permission, "
                               f"method) from auth.method where method = '{method}'")
        for permission in ("SELF", "catalogue_read"):
            if f"'{permission}'" in undo:
                continue
            yield Mutation(f"method {method} in the database: {permission}",
                           f"update auth.method set permission = '{permission}' where method = '{method}'", undo,
                           seen_by=(forbidden(method),))


def permissions(superuser):
    """Each permission that a role has lost, and one more role that has each."""
    needing = {}
    for text in superuser.rows("select jsonb_build_array(permission, method) from auth.method order by method"):
        permission, method = json.loads(text)
        if ROUTES[method].fields:
            needing.setdefault(permission, []).append(method)
    rows = [json.loads(text) for text in superuser.rows(
        "select to_jsonb(p) from auth.role_permission p order by permission, role")]
    for row in rows:
        role, permission = row["role"], row["permission"]
        which = f"role = '{role}' and permission = '{permission}'"
        yield Mutation(f"permission {permission}: {role} has lost it",
                       f"delete from auth.role_permission where {which}",
                       f"insert into auth.role_permission select (jsonb_populate_record(null::auth.role_permission, "
                       f"'{json.dumps(row)}')).*",
                       seen_by=used_by(permission, Cells(needing.get(permission, []), granted_to(role))))
    for permission, needed_by in needing.items():
        having = {row["role"] for row in rows if row["permission"] == permission}
        role = next((role for role in ("WO", *ROLES) if role not in having), None)
        if having and role:
            yield Mutation(f"permission {permission}: {role} has it too",
                           f"insert into auth.role_permission values ('{role}', '{permission}', 'scope')",
                           f"delete from auth.role_permission where role = '{role}' and permission = '{permission}'",
                           seen_by=used_by(permission, Cells(needed_by, denied_to(role))))


def used_by(permission, probe):
    """Who looks for duplicates acts at the root: there, too, does somebody of the role WO."""
    return (edges("Reaches.test_duplicates"),) if permission == "duplicate_find" else (probe,)


def denied_to(role):
    return lambda cell: cell.role == role and denied(cell)


def granted_to(role):
    return lambda cell: cell.role == role and not unpermitted(cell)


# --- functions ------------------------------------------------------------------------------------

# function, what is replaced in it, by what, who notices. Where two checks stand one behind the other, taking one away
# changes nothing and is not tried: auth.lock_unit and auth.lock_change ask in_scope, and their FOR UPDATE is bound
# by the policy, as is the INSERT of auth.submit_change; an ended account is found by nobody, and gets no session.
FUNCTIONS = [
    # who is calling
    ("auth.caller", "g.person_id = a.person_id", "true", sessions("Sessions.test_foreign_grant")),
    ("auth.caller", "x.revoked_at is not null or", "", sessions("Sessions.test_revoked")),
    ("auth.caller", "or a.ended_at is not null", "", sessions("Sessions.test_account_ends")),
    ("auth.caller", "x.last_seen_at + interval '12 hours'", "'infinity'", sessions("Sessions.test_idle")),
    ("auth.caller", "least(x.expires_at, x.last_seen_at + interval '12 hours')", "x.last_seen_at + interval '12 hours'",
     sessions("Sessions.test_absolute")),
    ("auth.caller", "count(g.id) over () > 1", "false", sessions("Sessions.test_several_grants")),
    ("auth.caller", "when g.id is null then 'grant_ended'", "", Cells(["UnitService/List"])),
    ("auth.enter", "if not found then\n\t\tperform refuse(7", "if false then\n\t\tperform refuse(7",
     straight("methods")),
    ("auth.enter", "and rp.permission = m.permission", "", Cells(["UnitService/Create"])),
    ("auth.enter", "elsif s.reach is null then", "elsif false then", Cells(["UnitService/Create"])),
    ("auth.enter", "set_config('app.lo', s.pos::text, true)", "set_config('app.lo', '1', true)",
     Cells(["UnitService/Get"])),
    ("auth.enter", "set_config('app.hi', s.last::text, true)", "set_config('app.hi', '2147483647', true)",
     Cells(["UnitService/Get"])),
    ("auth.enter", "set_config('app.hi', s.last::text, true)", "set_config('app.hi', s.last::text, false)",
     rule("settings are local to the transaction")),
    ("auth.enter", "set_config('app.reach', s.reach::text, true)", "set_config('app.reach', 'scope', true)",
     Cells(["PersonService/GetSensitive"])),
    ("auth.enter", "set_config('transaction_read_only', 'on', true)", "1", straight("read_only")),
    ("auth.find_account", "and a.password_hash is not null", "or true", sessions("Strangers.test_others")),
    ("auth.redeem_code", "and c.code_hash = p_code_hash", "", sessions("Strangers.test_others")),
    ("auth.redeem_code", "and c.used_at is null", "", sessions("Strangers.test_others")),
    ("auth.own_grants", "g.person_id = nullif(current_setting('app.person_id', true), '')::uuid", "true",
     Cells(["SessionService/WhoAmI"])),
    ("auth.choose_grant", "where g.id = p_id", "", sessions("Sessions.test_choose_grant")),
    # how far he reaches
    ("auth.in_scope", "t.pos between", "t.pos is not null or t.pos between", straight("functions_outside")),
    ("auth.own_rank", "select r.rank from", "select r.rank + 100 from", duties("Ranks.test_asking")),
    ("auth.require_not_own", "if p_person = nullif", "if false and p_person = nullif",
     Cells(["PersonService/SetSensitive"])),
    ("auth.unit_path", "case when in_scope(p_unit) then path_of(p_unit, p_day) end", "path_of(p_unit, p_day)",
     straight("functions_outside")),
    # units
    ("auth.move_unit", "and in_scope(x.id)", "", edges("TwoTargets.test_move")),
    # members
    ("auth.member_page", "and s.unit_pos <= v_hi", "", Cells(["MemberService/List"])),
    ("auth.member_search", "and s.unit_pos between v_lo and v_hi", "", Cells(["MemberService/Search"])),
    ("auth.member_search", "or m.unit_pos between v_lo and v_hi", "or true", Cells(["MemberService/Search"])),
    ("auth.roster_page", "v_unit = v_own or current_setting('app.reach', true) <> 'unit'", "true",
     straight("roster")),
    ("auth.roster_page", "and t.pos between nullif", "and t.pos is not null or t.pos between nullif",
     Cells(["MemberService/Roster"])),
    ("auth.unit_figures", "and u.pos between v_lo and v_hi", "", edges("Past.test_former_tree")),
    ("auth.end_places", "and in_scope(m.unit_id)", "", straight("outside_functions")),
    # accounts
    ("auth.account_rows", "and p.unit_pos between", "and p.unit_pos is not null or p.unit_pos between",
     Cells(["AccountService/List"])),
    ("auth.require_outranked", "r.rank >= own_rank() or", "", duties("Ranks.test_inviting")),
    ("auth.require_outranked", "or not in_scope(g.unit_id)", "", duties("Ranks.test_reach")),
    ("auth.create_account", "perform require_outranked(p_person, 'person_id');", "",
     duties("Ranks.test_opening_accounts")),
    ("auth.create_account", "and in_scope(p.unit_id)", "", Cells(["AccountService/Create"])),
    ("auth.lock_account", "and in_scope(p.unit_id)", "", Cells(["AccountService/Invite"])),
    # computers
    ("auth.device_rows", "and t.pos between v_lo and v_hi", "", Cells(["DeviceService/List"])),
    ("auth.lock_device", "and in_scope(x.unit_id)", "", Cells(["DeviceService/Revoke"])),
    ("auth.invite_device", "if not in_scope(p_unit) then", "if false then", Cells(["DeviceService/Invite"])),
    ("auth.parked_operations", "inside(t.pos) and", "", Cells(["ConflictService/List"])),
    ("auth.resolve_parked", "and inside(parked_pos(x.device_id))", "", Cells(["ConflictService/Resolve"])),
    # grants
    ("auth.grant_rows", "and t.pos between v_lo and v_hi", "", Cells(["GrantService/List"])),
    ("auth.grant_rows", "where x.unit_pos between v_lo and v_hi", "", Cells(["GrantService/List"])),
    ("auth.check_proposal", "if not in_scope(p_unit) then", "if false then", edges("TwoTargets.test_grant_unit")),
    ("auth.check_proposal", "and in_scope(p.unit_id)", "", edges("TwoTargets.test_grant_person")),
    ("auth.check_proposal", "elsif p_person = current_setting('app.person_id')::uuid then", "elsif false then",
     duties("Ranks.test_oneself")),
    ("auth.check_giver", "g.role = 'SA'", "false", duties("Duties.test_administrator")),
    ("auth.check_inspector", "p_role = 'IC' and g.role = any (v_offices) or", "", duties("Duties.test_inspector")),
    ("auth.check_inspector", "or g.role = 'IC' and p_role = any (v_offices)", "", duties("Duties.test_inspector")),
    ("auth.check_code", "c.given_rank <= r.rank", "false", duties("Duties.test_code")),
    ("auth.check_confirmer", "own_rank() < r.confirm_rank", "false", duties("Ranks.test_confirming")),
    ("auth.lock_grant", "and in_scope(x.unit_id)", "", Cells(["GrantService/End"])),
    ("auth.request_grant", "r.rank >= own_rank()", "false", duties("Ranks.test_asking")),
    ("auth.create_grant", "perform check_giver();", "", duties("Duties.test_administrator")),
    ("auth.create_grant", "perform check_proposal(p_person, p_role, p_unit, p_from, p_until);", "",
     Cells(["GrantService/Create"])),
    ("auth.adopt_grant", "elsif g.person_id = v_caller then", "elsif false then", duties("Duties.test_own_grant")),
    ("auth.confirm_grant", "perform check_giver();", "", duties("Duties.test_administrator")),
    ("auth.confirm_grant", "if g.created_at is null then", "if false then", duties("Duties.test_own_request")),
    ("auth.confirm_grant", "elsif g.person_id = v_caller then", "elsif false then", duties("Duties.test_own_grant")),
    ("auth.confirm_grant", "elsif v_caller in (g.created_by, g.requested_by) then", "elsif false then",
     duties("Duties.test_own_draft")),
    ("auth.confirm_grant", "perform check_confirmer(g.role, 'id');", "", duties("Ranks.test_confirming")),
    ("auth.create_emergency_grant", "perform check_giver();", "", duties("Duties.test_administrator")),
    ("auth.create_emergency_grant", "perform check_confirmer(p_role, 'role');", "", duties("Ranks.test_emergency")),
    ("auth.create_emergency_grant", "r.rank >= own_rank()", "false", duties("Ranks.test_emergency")),
    ("auth.end_grant", "if g.confirmed_at is not null then", "if false then", duties("Ranks.test_ending")),
    # corrections
    ("auth.is_own_only", "is distinct from 'scope'", "= 'nothing'", Cells(["ChangeRequestService/Get"])),
    ("auth.may_see_change", "in_scope(r.unit_id)", "true", Cells(["ChangeRequestService/Get"])),
    ("auth.change_page", "and r.unit_pos <= v_scope.hi", "", Cells(["ChangeRequestService/List"])),
    ("auth.change_page", "and (not is_own_only() or r.person_id = v_own)", "", Cells(["ChangeRequestService/List"])),
    ("auth.submit_change", "and (not is_own_only() or x.id = v_caller)", "", Cells(["ChangeRequestService/Create"])),
    ("auth.require_turn", "if v_caller = r.submitted_by then", "if false then", duties("Duties.test_own_correction")),
    ("auth.require_turn", "elsif v_caller = r.first_by then", "elsif false then", duties("Duties.test_second_person")),
    ("auth.require_turn", "perform require_not_own(r.person_id, 'id');", "", duties("Duties.test_own_record")),
    ("auth.require_turn", "or w.role is distinct from current_setting('app.role', true)", "",
     Cells(["ChangeRequestService/Approve"])),
    # sealed fields and histories
    ("auth.sealed_sight", "when 'masked' then 'masked'", "when 'masked' then 'open'",
     Cells(["PersonService/GetSensitive"])),
    ("auth.sealed_sight",
     "case when p_person = nullif(current_setting('app.person_id', true), '')::uuid then 'open' end", "'open'",
     Cells(["PersonService/GetSensitive"])),
    ("auth.require_no_session", "is not null", "is null", straight("outside_functions")),
    ("auth.require_history", "subject_of(p_entity, p_id) = nullif(current_setting('app.person_id', true), '')::uuid",
     "true", Cells(["HistoryService/List"])),
    ("auth.require_history", "position_of(p_entity, p_id) between", "true or position_of(p_entity, p_id) between",
     Cells(["HistoryService/List"])),
]

def duties_of_meetings(*names):
    return Case(*(f"test_duties_of_meetings.{name}" for name in names))


def edges_of_meetings(*names):
    return Case(*(f"test_edges_of_meetings.{name}" for name in names))


# The same around meetings. chibo.reaches asks for the interval, too, which the policies hold for whatever runs as the
# server's role; what an answer asks once more after the step that asked is not tried, nor what a constraint refuses
# by the same code.
MEETING_FUNCTIONS = [
    # how far a permission reaches
    ("chibo.reaches", "select p_pos between", "select p_pos is not null or p_pos between",
     Cells(["PostService/Get"], out_of_scope)),
    ("chibo.reaches", "when 'unit' then coalesce", "when 'unit' then true or coalesce", Cells(["MeetingService/Get"])),
    ("chibo.reaches", "when 'meeting' then coalesce", "when 'meeting' then true or coalesce",
     Cells(["MeetingService/Get"])),
    ("chibo.reaches", "when 'own' then coalesce", "when 'own' then true or coalesce", Cells(["TaskService/Get"])),
    ("chibo.sees_names", "is distinct from 'masked'", "is not null", Cells(["VoteService/Get"])),
    ("auth.full_name_of", "and in_scope(p.unit_id)", "", edges_of_meetings("Persons.test_chair")),
    ("auth.roll_of", "and in_scope(p_unit)", "", straight("functions_outside")),
    # meetings
    ("chibo.lock_meeting", "and chibo.reaches(x.unit_id, x.unit_pos, x.id, p_person)", "", Cells(["MeetingService/Prepare"])),
    ("chibo.meeting_unit", "and chibo.reaches(x.id, x.pos)", "", Cells(["MeetingService/Create"])),
    ("chibo.lock_submitted", "m.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid", "false",
     Cells(["MeetingService/Acknowledge"])),
    ("chibo.lock_submitted", "m.submitted_by = chibo.caller()", "false",
     duties_of_meetings("OwnSteps.test_submitted")),
    ("chibo.meeting_record", "case when s.names then m.chair_name end", "m.chair_name", Cells(["MeetingService/Get"])),
    ("chibo.meeting_record", "case when s.names then m.clerk_name end", "m.clerk_name", Cells(["MeetingService/Get"])),
    ("chibo.meeting_record", "case when s.names then m.conclusion end", "m.conclusion", Cells(["MeetingService/Get"])),
    ("chibo.meeting_rows", "and chibo.reaches(m.unit_id, m.unit_pos, m.id)", "", Cells(["MeetingService/List"])),
    ("chibo.tells_meeting", "chibo.sees_names()", "true", Cells(["MeetingService/Get"])),
    ("chibo.meeting_attendance", "where chibo.tells_meeting(p_id)", "", Cells(["MeetingService/Get"])),
    # votes and minutes
    ("chibo.vote_rows", "and chibo.reaches(v.unit_id, v.unit_pos, v.meeting_id)", "", Cells(["VoteService/Get"])),
    ("chibo.vote_rows", "case when chibo.sees_names() then v.subject end", "v.subject", Cells(["VoteService/Get"])),
    ("chibo.vote_rows", "case when chibo.sees_names() then v.tellers end", "v.tellers", Cells(["VoteService/Get"])),
    ("chibo.vote_options", "and chibo.sees_names()", "", Cells(["VoteService/Get"])),
    ("chibo.minutes_rows", "and chibo.reaches(r.unit_id, r.unit_pos, r.meeting_id)", "",
     Cells(["MinutesService/Get"])),
    ("chibo.minutes_rows", "case when chibo.sees_names() then r.body end", "r.body", Cells(["MinutesService/Get"])),
    ("chibo.minutes_rows", "case when chibo.sees_names() then r.chair_name end", "r.chair_name",
     Cells(["MinutesService/Get"])),
    ("chibo.minutes_rows", "case when chibo.sees_names() then r.clerk_name end", "r.clerk_name",
     Cells(["MinutesService/Get"])),
    ("auth.minutes_page", "and reaches(r.unit_id, r.unit_pos, r.meeting_id)", "", Cells(["MinutesService/List"])),
    ("auth.unit_heading", "and covers(n.during, p_day) and in_scope(p_unit);", "and covers(n.during, p_day);",
     straight("functions_outside")),
    ("chibo.sign_minutes", "and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id)", "",
     Cells(["MinutesService/Sign"])),
    ("chibo.sign_minutes", "chibo.caller() is distinct from r.chair_id and chibo.caller() is distinct from r.clerk_id",
     "false", duties_of_meetings("Minutes.test_signed")),
    ("chibo.sign_minutes", "= 1 then 'sealed'", "<= 1 then 'sealed'", duties_of_meetings("Minutes.test_signed")),
    ("chibo.require_minutes_vote", "where v.id = p_vote and v.meeting_id = p_meeting", "where v.id = p_vote",
     edges_of_meetings("Records.test_votes")),
    ("chibo.require_newest_minutes", "where x.id = p_id and x.meeting_id = p_meeting", "where x.id = p_id",
     edges_of_meetings("Records.test_corrected")),
    # plans and pilots
    ("chibo.lock_plan", "and chibo.reaches(x.unit_id, x.unit_pos)", "", Cells(["PlanService/Update"])),
    ("chibo.create_plan", "and chibo.reaches(x.id, x.pos)", "", Cells(["PlanService/Create"])),
    ("chibo.plan_rows", "and chibo.reaches(p.unit_id, p.unit_pos)", "", Cells(["PlanService/Get"])),
    ("chibo.plan_page", "and chibo.reaches(p.unit_id, p.unit_pos)", "", Cells(["PlanService/List"])),
    ("chibo.name_of", "and chibo.sees_names()", "", Cells(["PilotService/Get"])),
    ("chibo.lock_pilot", "and chibo.reaches(x.unit_id, x.unit_pos, x.id)", "", Cells(["PilotService/Comment"])),
    ("chibo.register_pilot", "if p.proposed_by = chibo.caller() then", "if false then",
     duties_of_meetings("OwnSteps.test_pilot")),
    ("chibo.check_delegate", "if exists (select", "if false and exists (select",
     duties_of_meetings("OwnBranch.test_delegate")),
    ("chibo.comment_author", "if author_id <> chibo.caller() then", "if false then",
     duties_of_meetings("OwnBranch.test_comment")),
    ("chibo.comment_author", "if not found then", "if false then", duties_of_meetings("OwnBranch.test_comment")),
    ("chibo.pilot_rows", "and chibo.reaches(p.unit_id, p.unit_pos, p.id)", "", Cells(["PilotService/Get"])),
    ("chibo.pilot_page", "and chibo.reaches(p.unit_id, p.unit_pos, p.id)", "", Cells(["PilotService/List"])),
    ("auth.check_meeting", "and in_scope(m.unit_id)", "", edges_of_meetings("Records.test_grant_meeting")),
    ("auth.check_meeting", "elsif v_unit <> p_unit then", "elsif false then",
     edges_of_meetings("Records.test_grant_meeting")),
    # scores
    ("chibo.lock_scoring", "and chibo.reaches(x.unit_id, x.unit_pos, x.id)", "", Cells(["ScoreService/Upper"])),
    ("chibo.scoring_page", "and chibo.reaches(s.unit_id, s.unit_pos, s.id)", "", Cells(["ScoreService/List"])),
    ("chibo.sees_sheet", "when 'unit' then p_class = 'self'", "when 'unit' then true or p_class = 'self'",
     edges_of_meetings("Sight.test_members")),
    ("chibo.sees_sheet", "when 'meeting' then p_class = 'self'", "when 'meeting' then true or p_class = 'self'",
     edges_of_meetings("Sight.test_peers")),
    ("chibo.sees_sheet", "and g.class = 'delegate'", "", edges_of_meetings("Sight.test_peers")),
    ("chibo.sees_points", "or p_unit is distinct from", "or true or p_unit is distinct from",
     edges_of_meetings("Sight.test_words")),
    ("chibo.sees_words", "and ((select chibo.sight()) is distinct from 'masked' or p_assessor = chibo.caller())", "",
     Cells(["ScoreService/Get"])),
    ("chibo.sees_result", "p_state = 'final' or", "true or", edges_of_meetings("Sight.test_members")),
    ("chibo.require_upper", "if chibo.caller() in (s.drafted_by, s.voted_by) then", "if false then",
     duties_of_meetings("OwnBranch.test_own_sheet")),
    ("chibo.require_upper", "elsif auth.belongs_to(", "elsif false and auth.belongs_to(",
     duties_of_meetings("OwnBranch.test_belongs")),
    ("chibo.require_upper", "or (s.unit_id = nullif", "or (false and s.unit_id = nullif",
     duties_of_meetings("OwnBranch.test_acts_there")),
    ("chibo.upper_class", "if upper_class.class is null then", "if false then",
     duties_of_meetings("OwnBranch.test_invited")),
    ("chibo.update_upper", "y.assessor_id = chibo.caller()", "true",
     duties_of_meetings("OwnBranch.test_anothers_sheet")),
    ("chibo.submit_self", "and x.meeting_id = s.id", "", edges_of_meetings("Records.test_votes")),
    # resolutions and tasks
    ("chibo.writing_unit", "and chibo.reaches(x.id, x.pos)", "", Cells(["ResolutionService/Create"])),
    ("chibo.passed_vote", "v.unit_id <> p_unit or", "", edges_of_meetings("Records.test_votes")),
    ("chibo.passed_vote", "v.purpose <> p_purpose or", "", edges_of_meetings("Records.test_votes")),
    ("chibo.require_parent", "if p_parent is not null", "if false and p_parent is not null",
     edges_of_meetings("Records.test_parent")),
    ("chibo.require_meeting_of", "and m.unit_id = p_unit", "", edges_of_meetings("Records.test_meeting")),
    ("chibo.lock_resolution", "and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id)", "",
     Cells(["ResolutionService/Discuss"])),
    ("chibo.send_copies", "and u.pos between v_own.pos and v_own.last", "", edges_of_meetings("Records.test_copies")),
    ("chibo.supersede_resolution", "and x.unit_id = r.unit_id", "", edges_of_meetings("Records.test_superseded")),
    ("chibo.receive_copy", "and chibo.reaches(x.unit_id, x.unit_pos)", "", Cells(["ResolutionService/Receive"])),
    ("chibo.receive_copy", "elsif c.unit_id is distinct from chibo.acting_unit() then", "elsif false then",
     Cells(["ResolutionService/Receive"])),
    ("chibo.assignee_member", "elsif v_unit is distinct from chibo.acting_unit() then", "elsif false then",
     edges_of_meetings("Persons.test_member_of_another_branch")),
    ("chibo.assign_task", "if a.person_id is not null and u.id is distinct from chibo.acting_unit() then",
     "if false then", edges_of_meetings("Persons.test_member_of_another_branch")),
    ("chibo.lock_task", "and chibo.reaches(x.unit_id, x.unit_pos, x.source_id, x.person_id)", "",
     Cells(["TaskService/Accept"])),
    ("chibo.lock_as_assignee", "t.unit_id is distinct from chibo.acting_unit()", "false",
     Cells(["TaskService/Accept"])),
    ("chibo.lock_as_assigner", "if t.assigner_id is distinct from chibo.acting_unit() then", "if false then",
     duties_of_meetings("OwnSteps.test_assigner")),
    ("chibo.confirm_task", "if t.reported_by = chibo.caller() then", "if false then",
     duties_of_meetings("OwnSteps.test_task")),
    ("chibo.confirm_task", "perform auth.require_not_own(t.person_id, 'id');", "", Cells(["TaskService/Confirm"])),
    # proposals
    ("chibo.address_proposal", "where n.id not in (select", "where false and n.id not in (select",
     edges_of_meetings("Records.test_recipients")),
    ("chibo.lock_proposal", "and chibo.reaches(x.unit_id, x.unit_pos, null, x.drafted_by)", "",
     Cells(["ProposalService/Update"])),
    ("chibo.lock_proposal", "and (x.drafted_by = chibo.caller() or auth.reach_of('proposal_read') <> 'own')", "",
     Cells(["ProposalService/Update"])),
    ("chibo.adopt_proposal", "elsif p.drafted_by = chibo.caller() then", "elsif false then",
     duties_of_meetings("OwnSteps.test_proposal")),
    ("chibo.lock_recipient", "or r.recipient_id <> chibo.acting_unit() then", "then",
     edges_of_meetings("Sight.test_recipient")),
    ("chibo.lock_recipient", "p_outside <> (r.recipient_id is null)", "false",
     edges_of_meetings("Sight.test_recipient")),
    ("chibo.answer_proposal", "chibo.caller() in (p.drafted_by, p.adopted_by, p.sent_by)", "false",
     duties_of_meetings("OwnSteps.test_reply")),
    # posts and residents
    ("chibo.holder_name", "perform auth.require_not_own(p_person, 'person_id');", "",
     duties_of_meetings("OwnRecords.test_post")),
    ("chibo.release_post", "perform auth.require_not_own(h.person_id, 'id');", "", Cells(["PostService/Release"])),
    ("auth.post_rows", "and reaches(p.unit_id, p.unit_pos)", "", Cells(["PostService/Get"])),
    ("auth.posts_on", "p.unit_pos between v_lo and v_hi and", "", edges_of_meetings("Past.test_posts")),
    ("auth.resident_by_place", "and reaches(s.unit_id, s.unit_pos)", "", straight("functions_outside")),
    ("auth.resident_by_member", "and reaches(s.unit_id, s.unit_pos)", "", edges_of_meetings("Persons.test_member")),
    ("chibo.register_resident", "perform auth.require_not_own(", "perform (",
     duties_of_meetings("OwnRecords.test_registered")),
    ("chibo.lock_registration", "perform auth.require_not_own(r.person_id, 'id');", "",
     Cells(["ResidentialService/End"])),
    ("chibo.check_assessment", "perform auth.require_not_own(l.person_id, 'lines');", "",
     duties_of_meetings("OwnRecords.test_assessed")),
    ("chibo.confirm_assessments", "elsif v_is_own then", "elsif false then",
     duties_of_meetings("OwnSteps.test_assessment")),
    ("auth.may_see_registration", "when 'own' then r.person_id = caller()", "when 'own' then true",
     Cells(["ResidentialService/Get"])),
    ("auth.may_see_registration", "else reaches(r.unit_id, r.unit_pos)", "else true",
     Cells(["ResidentialService/Get"])),
    ("auth.describe_registration", "case when v_names then r.full_name end", "r.full_name",
     Cells(["ResidentialService/Get"])),
    ("auth.registration_years", "and sees_names()", "", Cells(["ResidentialService/Get"])),
    ("auth.registration_page", "where r.person_id = caller()", "where true", Cells(["ResidentialService/List"])),
    # reports
    ("chibo.make_report", "and chibo.reaches(x.id, x.pos)", "", Cells(["SentReportService/Make"])),
    ("chibo.lock_report", "and chibo.reaches(x.unit_id, x.unit_pos)", "", Cells(["SentReportService/Send"])),
    ("chibo.decide_report", "if r.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid then",
     "if false then", Cells(["SentReportService/Accept"])),
    ("chibo.decide_report", "elsif chibo.caller() in (r.made_by, r.sent_by) then", "elsif false then",
     duties_of_meetings("OwnSteps.test_report")),
    ("auth.sees_report", "return reaches(r.unit_id, r.unit_pos) and", "return", Cells(["SentReportService/Get"])),
    ("auth.sees_report", "(r.state not in ('draft', 'replaced')", "(true", edges_of_meetings("Sight.test_draft")),
    ("auth.month_of_branches", "where u.pos between p_lo and p_hi and", "where",
     Cells(["ReportService/BranchActivity"])),
    ("auth.ward_activity", "case when in_scope(s.ward) then w.code end", "w.code",
     Cells(["ReportService/WardActivity"])),
    ("auth.pilot_list", "where p.unit_pos between i.lo and i.hi and", "where", Cells(["ReportService/PilotList"])),
    ("auth.meeting_quality", "where u.pos between i.lo and i.hi", "where true",
     Cells(["ReportService/MeetingQuality"])),
    ("auth.proposal_figures", "where r.unit_pos between i.lo and i.hi and", "where",
     Cells(["ReportService/Proposals"])),
]

def duties_of_admissions(*names):
    return Case(*(f"test_duties_of_admissions.{name}" for name in names))


def edges_of_admissions(*names):
    return Case(*(f"test_edges_of_admissions.{name}" for name in names))


# The same on the way into the Party. Who writes there reaches over his whole scope, so that the policies hold what
# chibo.reaches asks for; where a permission reaches less, or a function sees more than the caller, it is tried here.
ADMISSION_FUNCTIONS = [
    # what is told of a candidate
    ("chibo.mentoring", "and chibo.covers(m.during, chibo.today())", "", edges_of_admissions("Mentors.test_ended")),
    ("chibo.sees_candidate", "chibo.sees_names() or", "true or", Cells(["CandidateService/Get"])),
    ("chibo.sees_candidate", "or p_stage in ('under_review', 'decided')", "", edges_of_admissions("Masked.test_stages")),
    ("chibo.sees_candidate", "('under_review', 'decided')", "('under_review', 'decided', 'grassroots_approved')",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.sees_file", "in ('scope', 'masked')", "is not null", edges_of_admissions("Mentors.test_file")),
    ("chibo.lock_candidate", "perform auth.require_not_own(c.person_id, 'id');", "",
     duties_of_admissions("OwnRecords.test_candidates")),
    ("chibo.candidate_record", "and chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))", "",
     Cells(["CandidateService/Get"])),
    ("chibo.candidate_record", "case when s.name then c.person_id end", "c.person_id",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_record", "case when s.name then p.full_name end", "p.full_name", Cells(["CandidateService/Get"])),
    ("chibo.candidate_record", "case when s.name then p.born_on::text end", "p.born_on::text",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_record", "case when s.name then c.union_resolution end", "c.union_resolution",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_record", "case when s.name then c.listing_resolution end", "c.listing_resolution",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_record", "case when s.name then c.reason end", "c.reason",
     edges_of_admissions("Masked.test_stages")),
    ("chibo.tells_candidate", "chibo.sees_candidate(c.stage)", "true", Cells(["CandidateService/Get"])),
    ("chibo.candidate_mentors", "and chibo.tells_candidate(p_id)", "", Cells(["CandidateService/Get"])),
    ("chibo.candidate_classes", "and chibo.tells_candidate(p_id)", "", edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_cases", "and chibo.sees_file()", "", edges_of_admissions("Mentors.test_file")),
    ("chibo.candidate_cases", "and chibo.tells_candidate(p_id)", "", edges_of_admissions("Masked.test_stages")),
    ("chibo.candidate_papers", "chibo.sees_file() and", "", edges_of_admissions("Mentors.test_file")),
    ("chibo.candidate_papers", "and chibo.tells_candidate(p_id)", "", edges_of_admissions("Masked.test_stages")),
    ("auth.candidate_reports", "if not tells_candidate(p_id) then", "if false then", Cells(["CandidateService/Get"])),
    ("auth.candidate_reports", "(sees_file() or m.person_id = caller())", "true",
     edges_of_admissions("Mentors.test_reports")),
    ("auth.unit_name_of", "and (t.pos between v_lo and v_hi or v_lo between t.pos and t.last)", "",
     straight("functions_outside")),
    # candidates
    ("chibo.candidate_pick", "chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))", "true",
     Cells(["CandidateService/List"]), edges_of_admissions("Mentors.test_lists")),
    ("chibo.require_origin_reader", "is distinct from 'scope'", "= 'nothing'",
     edges_of_admissions("Masked.test_origin")),
    ("chibo.require_source_person", "elsif p.unit_id <> p_unit then", "elsif false then",
     edges_of_admissions("Records.test_person")),
    ("chibo.require_source_person", "perform auth.require_not_own(p_person, 'person_id');", "",
     duties_of_admissions("OwnRecords.test_listed")),
    ("chibo.end_mentor", "and x.candidate_id = c.id", "", edges_of_admissions("Records.test_assignment")),
    ("chibo.require_candidate_below", "if p_candidate is not null and not exists", "if false and not exists",
     edges_of_admissions("Records.test_agenda")),
    ("chibo.report_candidate", "and x.unit_id = m.unit_id and chibo.reaches(x.unit_id, x.unit_pos, null, v_own)", "",
     duties_of_admissions("OwnSteps.test_reporter")),
    ("chibo.report_candidate", "(x.mentor_person_id = chibo.caller() or auth.reach_of('mentor_report') <> 'own')", "true",
     duties_of_admissions("OwnSteps.test_reporter")),
    ("chibo.report_candidate", "and x.mentor_id = p_mentor", "", duties_of_admissions("OwnSteps.test_reporter")),
    # classes
    ("chibo.class_rows", "and chibo.reaches(a.unit_id, a.unit_pos, null, chibo.mentoring(a.candidate_id))", "",
     edges_of_admissions("Mentors.test_lists")),
    ("chibo.class_participants", "and chibo.reaches(c.unit_id, c.unit_pos, null, chibo.mentoring(c.id))", "",
     edges_of_admissions("Mentors.test_lists")),
    ("chibo.class_participants", "case when s.name then p.full_name end", "p.full_name", Cells(["ClassService/Get"])),
    ("chibo.class_participants", "case when s.name then a.certificate_no end", "a.certificate_no",
     Cells(["ClassService/Get"])),
    ("chibo.lock_candidates", "perform auth.require_not_own(c.person_id, p_field);", "",
     duties_of_admissions("OwnRecords.test_candidates")),
    # files
    ("chibo.require_ballot", "(v.purpose, v.unit_id) <> (p_purpose, p_unit) or", "",
     edges_of_admissions("Files.test_committee_vote")),
    ("chibo.require_ballot", "or v.subject_id is distinct from p_subject", "",
     edges_of_admissions("Files.test_committee_vote")),
    ("chibo.require_decider", "if chibo.acting_unit() is distinct from v_decider then", "if false then",
     duties_of_admissions("Deciders.test_above")),
    ("auth.decider_of", "where u.can_decide_admission order", "order", Cells(["AdmissionService/Decide"])),
    ("chibo.answer_check", "and x.candidate_id = c.id", "", edges_of_admissions("Files.test_check")),
    ("chibo.reads_checks", "in ('scope', 'inspection')", "is null", Cells(["AdmissionService/ListChecks"])),
    ("chibo.conclude_checks", "if exists (select from chibo.mentor_assignment", "if false and exists (select from chibo.mentor_assignment",
     duties_of_admissions("OwnSteps.test_mentor")),
    ("chibo.decide_admission", "perform chibo.require_decider(c.unit_id);", "",
     duties_of_admissions("Deciders.test_above")),
    ("chibo.decide_admission", "chibo.caller() in (x.submitted_by, x.appraised_by)", "false",
     duties_of_admissions("OwnSteps.test_decided")),
    ("chibo.extend_decision", "perform chibo.require_decider(c.unit_id),", "perform",
     duties_of_admissions("Deciders.test_above")),
    ("chibo.require_ceremony", "and m.unit_id = p_unit", "", edges_of_admissions("Files.test_ceremony")),
    # recognitions
    ("chibo.lock_probation", "perform auth.require_not_own(m.person_id, 'id') from", "perform from",
     duties_of_admissions("OwnRecords.test_probations")),
    ("chibo.extend_probation", "perform chibo.require_decider(p.unit_id);", "",
     duties_of_admissions("Deciders.test_above")),
    ("chibo.decide_probation", "perform chibo.require_decider(p.unit_id);", "",
     duties_of_admissions("Deciders.test_above")),
    ("chibo.decide_probation", "if p.submitted_by = chibo.caller() then", "if false then",
     duties_of_admissions("OwnSteps.test_recognised")),
    ("auth.probations_on", "and s.unit_pos between i.lo and i.hi", "", Cells(["ReportService/ProbationDue"])),
    # what is due
    ("chibo.due_page", "and chibo.sees_candidate(c.stage)", "", Cells(["DueService/List"])),
    ("chibo.due_page", "and (v_sees or b.state = 'under_review')", "", edges_of_admissions("Masked.test_due")),
    ("chibo.due_page", "case when v_sees then g.title end", "g.title", edges_of_admissions("Masked.test_titles")),
    ("auth.due_places", "u.pos between nullif", "u.pos is not null or u.pos between nullif", straight("functions_outside")),
    # figures and the lists behind
    ("auth.sees_small_groups", "and u.keeps_member_files", "", edges_of_admissions("Figures.test_small")),
    ("auth.require_list", "(reach_of('sealed_read') = 'scope' and sees_small_groups()) is not true", "false",
     edges_of_admissions("Figures.test_small")),
    ("auth.require_list", "reach_of('sealed_read') = 'scope' and", "", edges_of_admissions("Figures.test_small")),
    ("auth.pipeline_list", "and reaches(x.unit_id, x.unit_pos, null, mentoring(x.candidate_id))", "",
     edges_of_admissions("Mentors.test_lists")),
    ("auth.pipeline_list", "case when n.is_seen then p.full_name end", "p.full_name",
     Cells(["ReportService/DrillCandidates"])),
    ("auth.pipeline_list", "case when n.is_seen then f.detail end", "f.detail", edges_of_admissions("Masked.test_drill")),
    # the calendar and rules
    ("chibo.require_root", "if chibo.acting_unit() is distinct from auth.root_feed() then", "if false then",
     Cells(["CalendarService/Set"]), edges_of_admissions("Root.test_root")),
    # targets
    ("chibo.lock_target", "and chibo.reaches(x.unit_id, x.unit_pos)", "", Cells(["TargetService/Agree"])),
    ("chibo.require_from_above", "if t.unit_id = chibo.acting_unit() and", "if false and", Cells(["TargetService/Issue"])),
    ("chibo.require_not_proposer", "if t.proposed_by = chibo.caller() then", "if false then",
     duties_of_admissions("OwnSteps.test_target_agreed")),
    ("chibo.unit_below", "elsif not exists (select from chibo.unit_parent", "elsif false and not exists (select from chibo.unit_parent",
     edges_of_admissions("Records.test_below")),
    ("chibo.days_of_target", "join chibo.unit_closure c on c.ancestor_id = t.unit_id and c.unit_id = p_unit",
     "join chibo.unit_closure c on true", edges_of_admissions("Records.test_below")),
    ("chibo.require_parent_target", "or not exists (", "or false and not exists (",
     edges_of_admissions("Records.test_below")),
]

def edges_of_feeds(*names):
    return Case(*(f"test_edges_of_feeds.Feeds.test_{name}" for name in names))


# What wards keep. The statements of the records ask inside() once more, so it is marks and sums that would tell.
FEED_FUNCTIONS = [
    ("auth.require_feed", "if not exists (select from followed_feeds()", "if false and not exists (select from followed_feeds()",
     edges_of_feeds("foreign_feed")),
    ("auth.followed_feeds", "where r.parent_id is null", "where true", edges_of_feeds("foreign_feed")),
    ("auth.sync_ids", "and r.pos between v_lo and v_hi", "", edges_of_feeds("copy")),
    ("auth.sync_digests", "and r.pos between v_lo and v_hi", "", edges_of_feeds("digests")),
    ("auth.sync_marks", "and s.pos between v_lo and v_hi end as is_own", "end as is_own", edges_of_feeds("pull")),
    ("auth.sync_marks", "where i.is_own or x.was_own or", "where true or", edges_of_feeds("entry_of_others")),
    ("auth.sync_marks", "select t.unit_id from tree t where t.pos between v_lo and v_hi", "select t.unit_id from tree t",
     edges_of_feeds("entry_of_others")),
]

# The same for what a view says, in the words of pg_get_viewdef.
VIEWS = [
    ("auth.standing_grant", "(g.confirmed_at IS NOT NULL)", "true", Cells(["UnitService/List"])),
    ("auth.standing_grant", "(g.ended_at IS NULL)", "true", Cells(["UnitService/List"])),
    ("auth.standing_grant", "COALESCE((upper(g.during) > chibo.today()), true)", "true", Cells(["UnitService/List"])),
    ("auth.standing_grant", "COALESCE((g.expires_at > now()), true)", "true", Cells(["UnitService/List"])),
    ("auth.live_grant", "COALESCE((lower(g.during) <= chibo.today()), true)", "true",
     sessions("Sessions.test_grant_begins")),
]


def functions(superuser, texts=None):
    for name, old, new, *seen_by in texts or FUNCTIONS:
        undo = "\n".join(superuser.rows(f"select pg_get_functiondef('{name}'::regproc)"))
        yield Mutation(f"function {name}: {old!r} is now {new!r}", in_function(name, old, new), undo,
                       seen_by=tuple(seen_by))


def views(superuser):
    for name, old, new, *seen_by in VIEWS:
        text = "\n".join(superuser.rows(f"select pg_get_viewdef('{name}'::regclass)")).rstrip(";")
        assert old in text, f"{name}: nothing to change"
        made = f"create or replace view {name} with (security_invoker = true) as "
        yield Mutation(f"view {name}: {old!r} is now {new!r}", made + text.replace(old, new), made + text,
                       seen_by=tuple(seen_by))


RIGHTS_OF_THE_SERVER = {
    "the server deletes members": ("grant delete on chibo.member to", "revoke delete on chibo.member from"),
    "the server reads sessions": ("grant select on auth.session to", "revoke select on auth.session from"),
}


def rights(_):
    for title, (give, take) in RIGHTS_OF_THE_SERVER.items():
        yield Mutation(f"grant: {title}", f"{give} chibo_app", f"{take} chibo_app", seen_by=(Case("test_catalogue"),))


# --- the gate of the server -----------------------------------------------------------------------

# Their statements ask for the row alone: without policies their targets alone hold the scope. The other statements
# ask for the interval themselves, so that opening their targets changes nothing.
BY_TARGETS = ("UnitService/Get", "PersonService/Get", "PersonService/Update", "PersonService/GetSensitive",
              "PersonService/SetSensitive", "MemberService/Create", "MemberService/Get", "MemberService/Update",
              "MemberService/SetStatus", "MemberService/Place", "MemberService/Import")


def opened_routes(_):
    for method in guarded():
        yield Mutation(f"route {method} in the server: open to everybody", opened=method, seen_by=(forbidden(method),))
    for method in BY_TARGETS:
        yield Mutation(f"route {method} in the server: open to every target", opened=method,
                       seen_by=(Cells([method], out_of_scope),))


# What the server's gate asks the database.
ASKED = [
    ("auth.identify", "where rp.role = s.role", "", Cells(["UnitService/Create"], denied)),
    ("auth.check_targets", "(v_pos between v_lo and v_hi) is not true", "false",
     Cells(["PersonService/Get"], out_of_scope)),
]


def meeting_functions(superuser):
    return functions(superuser, MEETING_FUNCTIONS)


def admission_functions(superuser):
    return functions(superuser, ADMISSION_FUNCTIONS)


def feed_functions(superuser):
    return functions(superuser, FEED_FUNCTIONS)


def asked_by_server(superuser):
    return functions(superuser, ASKED)

