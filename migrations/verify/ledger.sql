-- Verify chibo:ledger on pg

begin;

select 1 from ledger.op where false;
select 1 from ledger.feed_head where false;
select 1 from ledger.entry where false;
select 1 from ledger.record where false;

-- fails when one is missing
select 'ledger.append'::regproc;
select 'ledger.field'::regproc;
select 'ledger.mark'::regproc;
select 'ledger.publish'::regproc;
select 'ledger.refuse_change'::regproc;
select 'ledger.roll_back'::regproc;
select 'ledger.touch'::regproc;
select 'ledger.line'::regproc;
select 'ledger.unit_of'::regproc;
select 'ledger.watch'::regproc;
select 'ledger.kind'::regtype;

rollback;
