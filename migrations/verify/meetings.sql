-- Verify chibo:meetings on pg

begin;

select 1 from chibo.meeting where false;
select 1 from chibo.agenda_item where false;
select 1 from chibo.checklist_item where false;
select 1 from chibo.paper where false;
select 1 from chibo.guest where false;
select 1 from chibo.attendance where false;
select 1 from chibo.speech where false;
select 1 from chibo.mentor_report where false;

-- fails when one is missing
select 'auth.roll_of'::regproc;
select 'chibo.keep_closed_meeting'::regproc;
select 'chibo.keep_closed_part'::regproc;
select 'chibo.lock_meeting'::regproc;
select 'chibo.raise_meeting'::regproc;
select 'meta.keep_with_meeting'::regproc;
select 1 / count(*) from chibo.transition where entity = 'meeting';

rollback;
