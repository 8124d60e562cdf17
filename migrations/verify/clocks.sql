-- Verify chibo:clocks on pg

begin;

select 1 from chibo.clock_kind where false;
select 1 from chibo.clock where false;

-- fails when one is missing
select 'chibo.begin_probation'::regproc;
select 'chibo.clock_due'::regproc;
select 'chibo.create_rule'::regproc;
select 'chibo.day_after'::regproc;
select 'chibo.end_probation'::regproc;
select 'chibo.extend_clock'::regproc;
select 'chibo.recount_clocks'::regproc;
select 'chibo.require_root'::regproc;
select 'chibo.require_vote_subject'::regproc;
select 'chibo.rule_fits'::regproc;
select 'chibo.rule_on'::regproc;
select 'chibo.rule_unit_fits'::regproc;
select 'chibo.set_day'::regproc;
select 'chibo.start_clock'::regproc;
select 'chibo.stop_clock'::regproc;

rollback;
