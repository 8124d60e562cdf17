-- Revert chibo:reports from pg

begin;

set local role chibo_auth;
drop function auth.unit_figures;

commit;
