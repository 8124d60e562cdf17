-- Verify chibo:change_requests on pg

begin;

select 1 from chibo.change_request where false;

-- fails when one is missing
select 'auth.approve_change'::regproc;
select 'auth.approver_of'::regproc;
select 'auth.can_log_in'::regproc;
select 'auth.change_lines'::regproc;
select 'auth.change_page'::regproc;
select 'auth.change_rows'::regproc;
select 'auth.change_wait'::regproc;
select 'auth.confirm_change'::regproc;
select 'auth.describe_change'::regproc;
select 'auth.field_changes'::regproc;
select 'auth.is_own_only'::regproc;
select 'auth.lock_change'::regproc;
select 'auth.may_see_change'::regproc;
select 'auth.move_changes'::regproc;
select 'auth.refuse_change'::regproc;
select 'auth.require_correction'::regproc;
select 'auth.require_turn'::regproc;
select 'auth.submit_change'::regproc;
select 'auth.units_above'::regproc;

rollback;
