-- Verify chibo:pilots on pg

begin;

select 1 from chibo.plan where false;
select 1 from chibo.plan_item where false;
select 1 from chibo.pilot where false;
select 1 from chibo.pilot_delegate where false;
select 1 from chibo.pilot_comment where false;

-- fails when one is missing
select 'auth.pilots_in'::regproc;
select 'chibo.assign_delegate'::regproc;
select 'chibo.check_delegate'::regproc;
select 'chibo.check_plan_months'::regproc;
select 'chibo.comment_author'::regproc;
select 'chibo.comment_pilot'::regproc;
select 'chibo.create_plan'::regproc;
select 'chibo.describe_pilot'::regproc;
select 'chibo.describe_plan'::regproc;
select 'chibo.end_plan'::regproc;
select 'chibo.follow_meeting'::regproc;
select 'chibo.lock_pilot'::regproc;
select 'chibo.lock_plan'::regproc;
select 'chibo.name_of'::regproc;
select 'chibo.pilot_page'::regproc;
select 'chibo.pilot_rows'::regproc;
select 'chibo.plan_page'::regproc;
select 'chibo.plan_period'::regproc;
select 'chibo.plan_rows'::regproc;
select 'chibo.positions_of'::regproc;
select 'chibo.propose_pilot'::regproc;
select 'chibo.publish_lessons'::regproc;
select 'chibo.register_pilot'::regproc;
select 'chibo.set_plan_items'::regproc;
select 'chibo.submit_plan'::regproc;
select 'chibo.take_pilot_place'::regproc;
select 'chibo.update_plan'::regproc;
select 'chibo.withdraw_pilot'::regproc;
select 1 / count(*) from chibo.transition where entity = 'pilot';

rollback;
