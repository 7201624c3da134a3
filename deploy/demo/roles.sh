#!/usr/bin/env bash
# The two roles of docs/database.md: one owns the tables, the other reads and changes rows. Runs once, when the
# database is made.
set -euo pipefail

psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'END'
\set owner `cat /run/secrets/owner-password`
\set runtime `cat /run/secrets/runtime-password`
CREATE ROLE service_owner LOGIN PASSWORD :'owner';
CREATE ROLE service LOGIN PASSWORD :'runtime';
CREATE DATABASE service OWNER service_owner;
REVOKE ALL ON DATABASE service FROM PUBLIC;
GRANT CONNECT ON DATABASE service TO service;
END
