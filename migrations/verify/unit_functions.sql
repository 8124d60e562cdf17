-- Verify chibo:unit_functions on pg

begin;


-- fails when one is missing
select 'auth.add_unit'::regproc;
select 'auth.ancestry'::regproc;
select 'auth.create_unit'::regproc;
select 'auth.in_scope'::regproc;
select 'auth.lock_unit'::regproc;
select 'auth.move_unit'::regproc;
select 'auth.path_of'::regproc;
select 'auth.rebuild_closure'::regproc;
select 'auth.refresh_scope'::regproc;
select 'auth.rename_unit'::regproc;
select 'auth.root_feed'::regproc;
select 'auth.take_range'::regproc;
select 'auth.transplant'::regproc;
select 'auth.unit_path'::regproc;
select 'auth.widen'::regproc;

rollback;
