-- Revert chibo:calendar from pg

begin;

set local role chibo_owner;
drop function chibo.working_days;
drop function chibo.working_days_between;
drop function chibo.weekdays_until;
drop function chibo.working_day_after;
drop function chibo.is_working_day;
drop table chibo.calendar_day;

commit;
