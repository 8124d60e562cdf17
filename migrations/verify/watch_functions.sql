-- Verify chibo:watch_functions on pg

begin;

-- fails when one is missing
select 'auth.watch'::regproc;
select 'auth.watch_places'::regproc;
select 'ledger.feed_heads'::regproc;

rollback;
