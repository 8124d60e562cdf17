-- Verify chibo:devices on pg

begin;

select 1 from auth.device where false;
select device_id from auth.session where false;
select device_id, device_seq from ledger.op where false;
select 1 from ledger.parked where false;
select 1 from ledger.history where false;

rollback;
