-- Verify chibo:due on pg

begin;

-- fails when one is missing
select 'auth.due_places'::regproc;
select 'auth.role_names'::regproc;
select 'chibo.due_frame'::regproc;
select 'chibo.due_kinds'::regproc;
select 'chibo.due_page'::regproc;
select 'chibo.due_totals'::regproc;
select 'chibo.due_until'::regproc;
select 'chibo.first_reminder'::regproc;

rollback;
