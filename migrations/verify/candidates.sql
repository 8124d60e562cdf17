-- Verify chibo:candidates on pg

begin;

select 1 from chibo.candidate where false;
select 1 from chibo.mentor_assignment where false;
select 1 from chibo.awareness_class where false;
select 1 from chibo.class_attendance where false;

-- fails when one is missing
select 'chibo.lock_candidate'::regproc;
select 'chibo.mentoring'::regproc;
select 'chibo.sees_candidate'::regproc;
select 'chibo.sees_file'::regproc;
select 'chibo.step_candidate'::regproc;
select 1 / count(*) from chibo.transition where entity = 'candidate';

rollback;
