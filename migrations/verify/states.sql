-- Verify chibo:states on pg

begin;

select 1 from chibo.transition where false;
select 1 from chibo.action where false;

-- fails when one is missing
select 'auth.full_name_of'::regproc;
select 'auth.next_actions'::regproc;
select 'auth.own_name'::regproc;
select 'auth.reach_of'::regproc;
select 'auth.share_text'::regproc;
select 'chibo.a_month'::regproc;
select 'chibo.caller'::regproc;
select 'chibo.check_transition'::regproc;
select 'chibo.day_of'::regproc;
select 'chibo.month_days'::regproc;
select 'chibo.reaches'::regproc;
select 'chibo.require_code'::regproc;
select 'chibo.require_step'::regproc;
select 'chibo.sees_names'::regproc;
select 'chibo.states_of'::regproc;
select 'meta.keep_states'::regproc;

rollback;
