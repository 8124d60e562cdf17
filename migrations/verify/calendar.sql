-- Verify chibo:calendar on pg

begin;

select 1 from chibo.calendar_day where false;

-- fails when one is missing
select 'chibo.is_working_day'::regproc;
select 'chibo.weekdays_until'::regproc;
select 'chibo.working_day_after'::regproc;
select 'chibo.working_days'::regproc;
select 'chibo.working_days_between'::regproc;

rollback;
