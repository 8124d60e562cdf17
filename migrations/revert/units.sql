-- Revert chibo:units from pg

begin;

set local role chibo_owner;
drop table chibo.unit_closure, chibo.unit_parent, chibo.unit_name, chibo.unit;
set local role chibo_auth;
drop table auth.tree;

commit;
