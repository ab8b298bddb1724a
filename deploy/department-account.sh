#!/bin/bash
# department-account.sh CODE: an account of the broker for department CODE's own system, dept-CODE.
# It may read its own queue and write its own replies, and nothing else (docs/departments.md).
# Prints its password. Run again, it gets a new password and the same rights.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ ${1-} =~ ^[a-z][a-z0-9_]*$ ]] || { echo "Usage: deploy/department-account.sh CODE, e.g. ga" >&2; exit 2; }
code=$1 user=dept-$1

rabbitmqctl() { docker compose exec -T rabbitmq rabbitmqctl --quiet "$@"; }

queues=$(rabbitmqctl list_queues --no-table-headers name </dev/null)
if ! grep -qx "department\.$code" <<<"$queues"; then
  echo "This district has no department $code. It has: $(sed -n 's/^department\.//p' <<<"$queues" | sort | xargs)" >&2
  exit 1
fi
users=$(rabbitmqctl list_users --no-table-headers </dev/null | cut -f 1)
verb=add_user
if grep -qx "$user" <<<"$users"; then verb=change_password; fi

password=$(od -An -N 24 -tx1 /dev/urandom | tr -d ' \n')
rabbitmqctl "$verb" "$user" <<<"$password" >/dev/null   # by standard input: no process list shows it
rabbitmqctl set_permissions "$user" '^$' '^department\.replies$' "^department\.$code\$" </dev/null
rabbitmqctl set_topic_permissions "$user" department.replies "^reply\.[a-z_]+\.$code\$" '^$' </dev/null
echo "Account $user, password $password"
