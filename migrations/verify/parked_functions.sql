-- Verify chibo:parked_functions on pg

begin;

-- fails when one is missing
select 'auth.is_accepted'::regproc;
select 'auth.mark_parked_read'::regproc;
select 'auth.parked_body'::regproc;
select 'auth.parked_operation'::regproc;
select 'auth.parked_operations'::regproc;
select 'auth.parked_pos'::regproc;
select 'auth.resolve_parked'::regproc;
select 'auth.tell_parked'::regproc;
select 'ledger.advance'::regproc;
select 'ledger.claim'::regproc;
select 'ledger.hold_device'::regproc;
select 'ledger.keep'::regproc;
select 'ledger.link'::regproc;
select 'ledger.park'::regproc;
select 'ledger.pass_over'::regproc;
select 'ledger.quarantine'::regproc;
select 'ledger.recall_parked'::regproc;
select 'ledger.replay'::regproc;
select 'ledger.require_next'::regproc;
select 'ledger.require_writable'::regproc;
select 'ledger.reseal_bodies'::regproc;
select 'ledger.stale_bodies'::regproc;
select 'ledger.stale_bodies_left'::regproc;
select 'ledger.take'::regproc;

rollback;
