-- Verify chibo:posts on pg

begin;

select 1 from chibo.post where false;
select 1 from chibo.post_holding where false;

-- fails when one is missing
select 'auth.describe_post'::regproc;
select 'auth.holds_another'::regproc;
select 'auth.is_member_on'::regproc;
select 'auth.post_figures'::regproc;
select 'auth.post_page'::regproc;
select 'auth.post_pairs'::regproc;
select 'auth.post_rows'::regproc;
select 'auth.posts_on'::regproc;
select 'chibo.create_post'::regproc;
select 'chibo.days_from'::regproc;
select 'chibo.end_post'::regproc;
select 'chibo.held_too_long'::regproc;
select 'chibo.hold_post'::regproc;
select 'chibo.holder_name'::regproc;
select 'chibo.lock_post'::regproc;
select 'chibo.release_post'::regproc;

rollback;
