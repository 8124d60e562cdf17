-- Five thousand random histories.
\set seed 0.1975
\ir histories.psql
