-- Deploy chibo:admission_reports to pg
-- Reports of admissions and of what members are (R05, R06), of candidates (R09), with the lists behind.

begin;

commit;
