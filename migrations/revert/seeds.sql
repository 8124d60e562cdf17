-- Revert chibo:seeds from pg

begin;

set local role chibo_owner;
delete from chibo.agenda_template_line l using chibo.agenda_template t where t.id = l.template_id and t.feed_id is null;
delete from chibo.agenda_template where feed_id is null;
delete from chibo.rule_param;
delete from chibo.sector;
delete from chibo.unit_kind;
set local role chibo_auth;
delete from auth.method;
delete from auth.role_permission;
delete from auth.permission;
delete from auth.object;
delete from auth.role;

commit;
