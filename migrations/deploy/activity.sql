-- Deploy chibo:activity to pg
-- Reports of what branches do: meetings of a month, pilots.

begin;
set local role chibo_auth;

commit;
