-- Revert chibo:login from pg

begin;

set local role chibo_auth;
drop function auth.reset_admin;
drop function auth.change_password;
drop function auth.redeem_code;
drop function auth.end_sessions;
drop function auth.set_code;
drop function auth.open_session;
drop function auth.start_session;
drop function auth.forgive_failures;
drop function auth.record_failure;
drop function auth.count_failure;
drop function auth.own_password;
drop function auth.find_account;
drop function auth.failures_of;
drop table auth.failure;

commit;
