-- Revert chibo:member_functions from pg

begin;

set local role chibo_owner;
revoke update, delete on chibo.membership from chibo_auth;
drop policy leaving_before_start on chibo.membership;
drop policy leaving_the_party on chibo.membership;
set local role chibo_auth;
drop function auth.member_search;
drop function auth.roster_page;
drop function auth.member_page;
drop function auth.interval_of;
drop function auth.end_places;
set local role chibo_owner;
drop function chibo.set_status;
drop function chibo.make_full;
drop function chibo.leave_place;
drop function chibo.place_member;
drop function chibo.rehome;
drop function chibo.lock_member;
drop function chibo.require_branch;
drop function chibo.status_on;
drop function chibo.past_partial;
drop function chibo.past_day;

commit;
