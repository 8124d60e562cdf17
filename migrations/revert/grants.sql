-- Revert chibo:grants from pg

begin;

set local role chibo_auth;
drop function auth.end_grant;
drop function auth.create_emergency_grant;
drop function auth.confirm_grant;
drop function auth.adopt_grant;
drop function auth.create_grant;
drop function auth.request_grant;
drop function auth.lock_grant;
drop function auth.check_confirmer;
drop function auth.check_code;
drop function auth.check_inspector;
drop function auth.check_giver;
drop function auth.check_meeting;
drop function auth.check_proposal;
drop function auth.own_waiting_grants;
drop function auth.grant_rows;
drop function auth.grant_state(auth."grant");
alter table auth.code alter given_rank drop default;
drop index auth.grant_waits;
drop type auth.grant_state;

commit;
