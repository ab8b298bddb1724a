#!/bin/bash
# make_env.sh FILE: write random secrets for docker compose, readable by their owner only.
# Leaves an existing file alone: its passwords are the ones the databases were made with.
set -euo pipefail
file=$1
[ ! -e "$file" ] || exit 0

secret() { od -An -N 24 -tx1 /dev/urandom | tr -d ' \n'; }
umask 077
{
  echo "# Secrets of this deployment, made by tools/make_env.sh. Keep them with your backups."
  for name in SECRET_KEY RABBITMQ_PASSWORD POSTGRES_PASSWORD \
              INTAKE_DB_PASSWORD ROUTING_DB_PASSWORD NOTIFY_DB_PASSWORD PARTNERS_DB_PASSWORD; do
    echo "$name=$(secret)"
  done
} >"$file.new"
mv "$file.new" "$file"
echo "Wrote random secrets to $file"
