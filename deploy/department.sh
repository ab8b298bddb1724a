#!/bin/bash
# department.sh onboard CODE --channel amqp|webhook|mail|page [--url https://…] [--email BOX] [--broker HOST:PORT]
# department.sh test|rotate|resend|offboard CODE | list: how departments get their orders, in the deployment that compose
# runs. Onboarding prints what the department needs; a password or secret once. For amqp its account at RabbitMQ is made
# by the container that may (docs/adr/0009); everything else is routing's.
set -euo pipefail
cd "$(dirname "$0")/.."
routing() { docker compose exec -T routing python -m services department "$@" </dev/null; }
case ${1-} in
  onboard)
    if [[ " $* " == *" --channel amqp "* ]]; then
      routing "$@" --no-account
      exec deploy/department-account.sh add "$2"
    fi
    routing "$@" ;;
  test|rotate|resend|offboard|list) routing "$@" ;;
  *) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
