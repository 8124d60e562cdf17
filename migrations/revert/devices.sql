-- Revert chibo:devices from pg

begin;

set local role chibo_ledger;
drop table ledger.history;
drop table ledger.parked;
drop type ledger.parked_state;
set local role chibo_auth;
drop table auth.device;
drop type auth.device_state;

commit;
