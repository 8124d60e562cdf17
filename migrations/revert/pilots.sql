-- Revert chibo:pilots from pg

begin;

set local role chibo_auth;
drop function auth.pilots_in;
set local role chibo_owner;
drop function chibo.pilot_page;
drop function chibo.pilot_rows;
drop function chibo.describe_pilot;
drop type chibo.pilot_row;
drop trigger pilot_follows on chibo.meeting;
drop function chibo.publish_lessons;
drop function chibo.comment_pilot;
drop function chibo.comment_author;
drop function chibo.assign_delegate;
drop function chibo.check_delegate;
drop function chibo.withdraw_pilot;
drop function chibo.register_pilot;
drop function chibo.take_pilot_place;
drop function chibo.propose_pilot;
drop function chibo.lock_pilot;
drop function chibo.plan_page;
drop function chibo.plan_rows;
drop function chibo.describe_plan;
drop function chibo.name_of;
drop type chibo.plan_row;
drop function chibo.end_plan;
drop function chibo.submit_plan;
drop function chibo.update_plan;
drop function chibo.create_plan;
drop function chibo.set_plan_items;
drop function chibo.check_plan_months;
drop function chibo.plan_period;
drop function chibo.lock_plan;
drop function chibo.positions_of;
drop table chibo.pilot_comment;
drop table chibo.pilot_delegate;
drop table chibo.pilot;
drop type chibo.pilot_state;
drop table chibo.plan_item;
drop table chibo.plan;
drop function chibo.follow_meeting;
drop type chibo.plan_state;
drop type chibo.plan_kind;
delete from chibo.transition where entity in ('pilot', 'plan');

commit;
