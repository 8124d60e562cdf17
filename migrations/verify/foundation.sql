-- Verify chibo:foundation on pg

begin;

select 1 from meta.schema where false;

-- fails when one is missing
select 'chibo.covers'::regproc;
select 'chibo.day'::regproc;
select 'chibo.fold'::regproc;
select 'chibo.is_day'::regproc;
select 'chibo.is_name_part'::regproc;
select 'chibo.is_partial_date'::regproc;
select 'chibo.is_text'::regproc;
select 'chibo.inside'::regproc;
select 'chibo.iso'::regproc;
select 'chibo.last_day'::regproc;
select 'chibo.refuse'::regproc;
select 'chibo.today'::regproc;
select 'meta.put_under_scope'::regproc;

rollback;
