-- Revert chibo:change_requests from pg

begin;

set local role chibo_owner;
drop trigger move_changes on chibo.person;
revoke execute on function chibo.past_partial from chibo_auth;
revoke update on chibo.person from chibo_auth;
set local role chibo_auth;
drop function auth.move_changes;
drop function auth.refuse_change;
drop function auth.confirm_change;
drop function auth.approve_change;
drop function auth.require_turn;
drop function auth.lock_change;
drop function auth.submit_change;
drop function auth.require_correction;
drop function auth.change_page;
drop function auth.change_lines;
drop function auth.change_rows;
drop function auth.describe_change;
drop function auth.field_changes;
drop type auth.change_row;
drop function auth.change_wait;
drop function auth.may_see_change;
drop function auth.is_own_only;
drop function auth.approver_of;
drop function auth.units_above;
drop function auth.can_log_in;
set local role chibo_owner;
drop table chibo.change_request;
drop type chibo.person_field;
drop type chibo.change_state;

commit;
