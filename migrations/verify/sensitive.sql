-- Verify chibo:sensitive on pg

begin;

select 1 from chibo.person_sealed where false;
select 1 from chibo.person_origin where false;
select 1 / (count(*) = 55)::int from chibo.code where list = 'ethnicity';
select 1 / count(*) from chibo.code where list = 'religion';

-- fails when one is missing
select 'chibo.seal_key'::regproc;
select 'auth.sealed_sight'::regproc;
select 'auth.stale_values'::regproc;
select 'auth.stale_records'::regproc;
select 'auth.reseal'::regproc;
select 'auth.require_no_session'::regproc;

rollback;
