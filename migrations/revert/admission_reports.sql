-- Revert chibo:admission_reports from pg

begin;


commit;
