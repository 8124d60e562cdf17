-- Revert chibo:admin_functions from pg

begin;

set local role chibo_auth;
drop function auth.bootstrap;
drop function auth.end_grant;
drop function auth.create_grant;
drop function auth.grant_rows;
drop function auth.end_account;
drop function auth.invite_account;
drop function auth.lock_account;
drop function auth.create_account;
drop function auth.require_outranked;
drop function auth.set_code;
drop function auth.account_rows;
drop function auth.own_rank;

commit;
