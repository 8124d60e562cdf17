-- Revert chibo:enter from pg

begin;

set local role chibo_auth;
drop function auth.log_out;
drop function auth.choose_grant;
drop function auth.who_am_i;
drop function auth.own_grants;
drop function auth.hello;
drop function auth.require_not_own;
drop function auth.enter;
drop function auth.enter_device;
drop function auth.live_device;
drop function auth.device_state;
drop function auth.refuse_grant;
drop function auth.caller;

commit;
