-- Revert chibo:devices from pg

begin;

set local role chibo_ledger;
drop table ledger.history;
drop table ledger.parked;
drop type ledger.parked_state;
alter table ledger.op drop column device_id, drop column device_seq;
set local role chibo_auth;
alter table auth.session drop column device_id;
drop table auth.device;
drop type auth.device_state;

commit;
