-- Verify chibo:clocks on pg

begin;

select 1 from chibo.clock_kind where false;
select 1 from chibo.clock where false;

-- fails when one is missing
select 'chibo.begin_probation'::regproc;
select 'chibo.day_after'::regproc;
select 'chibo.end_probation'::regproc;
select 'chibo.extend_clock'::regproc;
select 'chibo.recount_clocks'::regproc;
select 'chibo.require_vote_subject'::regproc;
select 'chibo.rule_on'::regproc;
select 'chibo.start_clock'::regproc;
select 'chibo.stop_clock'::regproc;

rollback;
