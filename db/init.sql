-- The role and the database of the server. May be run any number of times; changes nothing that is
-- there, save the password when one is given. By a superuser of the cluster:
--
--   psql -v password="$(cat password.txt)" -f db/init.sql
--
-- Without the variable a new role gets the sample password of example.env, and only over loopback
-- or a Unix socket. Other variables: role, database (both smartyard).
\set ON_ERROR_STOP on
\if :{?role} \else \set role smartyard \endif
\if :{?database} \else \set database smartyard \endif

SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') AS is_new,
       inet_server_addr() IS NULL
           OR inet_server_addr() <<= '127.0.0.0/8' OR inet_server_addr() = '::1' AS is_near
\gset

\if :{?password}
    \set has_password true
\else
    \set has_password :is_new
    \set password smartyard
    SELECT :'is_new'::boolean AND NOT :'is_near'::boolean AS is_refused \gset
    \if :is_refused
        DO $$ BEGIN
            RAISE EXCEPTION 'This server is not on loopback: give a password, psql -v password=...';
        END $$;
    \endif
\endif

SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE :'is_new'::boolean
\gexec
-- A password must not get into the server's log, whatever that logs otherwise.
SELECT 'SET log_statement TO none' FROM pg_roles WHERE rolname = current_user AND rolsuper
\gexec
SELECT 'SET log_min_duration_statement TO -1'
FROM pg_roles WHERE rolname = current_user AND rolsuper
\gexec
SELECT format('ALTER ROLE %I PASSWORD %L', :'role', :'password') WHERE :'has_password'::boolean
\gexec
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' TEMPLATE template0',
              :'database', :'role')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
