-- Run once, when the database volume is new. A database and an account for each service: none can
-- read another's tables. The passwords come from the container's environment.
\getenv intake_password INTAKE_DB_PASSWORD
\getenv routing_password ROUTING_DB_PASSWORD
\getenv notify_password NOTIFY_DB_PASSWORD
\getenv partners_password PARTNERS_DB_PASSWORD

CREATE ROLE intake LOGIN PASSWORD :'intake_password';
CREATE ROLE routing LOGIN PASSWORD :'routing_password';
CREATE ROLE notify LOGIN PASSWORD :'notify_password';
CREATE ROLE partners LOGIN PASSWORD :'partners_password';

CREATE DATABASE intake OWNER intake;
CREATE DATABASE routing OWNER routing;
CREATE DATABASE notify OWNER notify;
CREATE DATABASE partners OWNER partners;

REVOKE CONNECT, TEMPORARY ON DATABASE intake, routing, notify, partners, postgres FROM PUBLIC;
