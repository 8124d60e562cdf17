-- Verify chibo:admission_reports on pg

begin;


rollback;
