-- Revert chibo:enter from pg

begin;

set local role chibo_auth;
drop function auth.log_out;
drop function auth.choose_grant;
drop function auth.who_am_i;
drop function auth.own_grants;
drop function auth.record_failure;
drop function auth.redeem_code;
drop function auth.open_session;
drop function auth.start_session;
drop function auth.find_account;
drop function auth.hello;
drop function auth.enter;

commit;
