-- Revert chibo:admin_functions from pg

begin;

set local role chibo_auth;
drop function auth.bootstrap;
drop function auth.root_is_held;
drop function auth.end_account;
drop function auth.invite_account;
drop function auth.lock_account;
drop function auth.create_account;
drop function auth.require_outranked;
drop function auth.lock_person;
drop function auth.account_rows;
drop function auth.own_rank;

commit;
