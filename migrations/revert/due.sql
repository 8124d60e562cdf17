-- Revert chibo:due from pg

begin;

set local role chibo_owner;
drop function chibo.due_totals;
drop function chibo.due_page;
drop function chibo.due_frame;
drop function chibo.due_until;
drop function chibo.first_reminder;
drop function chibo.due_kinds;
set local role chibo_auth;
drop function auth.due_places;
drop function auth.role_names;
set local role chibo_owner;
drop index chibo.recipient_open;
drop index chibo.task_open;
drop type chibo.due_level;

commit;
