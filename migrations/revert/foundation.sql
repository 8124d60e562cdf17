-- Revert chibo:foundation from pg

begin;

alter default privileges for role chibo_owner grant execute on functions to public;
alter default privileges for role chibo_auth grant execute on functions to public;
alter default privileges for role chibo_ledger grant execute on functions to public;

set local role chibo_ledger;
drop schema ledger;
set local role chibo_auth;
drop schema auth;
set local role chibo_owner;
drop schema chibo cascade;
drop schema meta cascade;

commit;
