#!/bin/bash
# department-account.sh CODE: an account of the broker for department CODE's own system, dept-CODE.
# It may read its own queue and write its own replies, and nothing else (docs/departments.md).
# Prints its password. Run again, it makes the account anew, with another password.
set -euo pipefail
cd "$(dirname "$0")/.."
[[ ${1-} =~ ^[a-z][a-z0-9_]*$ ]] || { echo "Usage: deploy/department-account.sh CODE, e.g. ga" >&2; exit 2; }
code=$1 user=dept-$1

rabbitmqctl() { docker compose exec -T rabbitmq rabbitmqctl --quiet "$@" </dev/null; }
random_hex() { od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }
bytes() { printf '%b' "$(sed 's/../\\x&/g' <<<"$1")"; }

queues=$(rabbitmqctl list_queues --no-table-headers name)
if ! grep -qx "department\.$code" <<<"$queues"; then
  echo "This district has no department $code. It has: $(sed -n 's/^department\.//p' <<<"$queues" | sort | xargs)" >&2
  exit 1
fi

# RabbitMQ is given the salted SHA-256, not the password, which would stand in its list of processes.
password=$(random_hex 24) salt=$(random_hex 4)
digest=$({ bytes "$salt"; printf %s "$password"; } | sha256sum | cut -c 1-64)
hash=$(bytes "$salt$digest" | base64 --wrap=0)

users=$(rabbitmqctl list_users --no-table-headers | cut -f 1)
if grep -qx "$user" <<<"$users"; then rabbitmqctl delete_user "$user"; fi
rabbitmqctl add_user "$user" "$hash" --pre-hashed-password
rabbitmqctl set_permissions "$user" '^$' '^department\.replies$' "^department\.$code\$"
rabbitmqctl set_topic_permissions "$user" department.replies "^reply\.[a-z_]+\.$code\$" '^$'
echo "Account $user, password $password"
