-- Verify chibo:votes on pg

begin;

select 1 from chibo.vote_item where false;
select 1 from chibo.vote_option where false;

-- fails when one is missing
select 'chibo.compare_roll'::regproc;
select 'chibo.keep_vote'::regproc;
select 'chibo.least_number'::regproc;
select 'chibo.ratio_on'::regproc;
select 'chibo.require_in_session'::regproc;
select 'chibo.require_options'::regproc;
select 'chibo.require_round'::regproc;
select 'chibo.roll_at'::regproc;
select 'chibo.vote_options'::regproc;
select 'chibo.vote_rows'::regproc;
select 'chibo.vote_rule_key'::regproc;

rollback;
