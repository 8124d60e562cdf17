-- Verify chibo:member_functions on pg

begin;


-- fails when one is missing
select 'auth.end_places'::regproc;
select 'auth.interval_of'::regproc;
select 'auth.member_page'::regproc;
select 'auth.member_search'::regproc;
select 'auth.roster_page'::regproc;
select 'chibo.leave_place'::regproc;
select 'chibo.lock_member'::regproc;
select 'chibo.make_full'::regproc;
select 'chibo.past_day'::regproc;
select 'chibo.past_partial'::regproc;
select 'chibo.place_member'::regproc;
select 'chibo.rehome'::regproc;
select 'chibo.require_branch'::regproc;
select 'chibo.set_status'::regproc;
select 'chibo.status_on'::regproc;

rollback;
