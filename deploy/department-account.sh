#!/bin/bash
# department-account.sh add|rotate|remove CODE… | list: accounts of the broker for departments' own systems, in the
# deployment that compose runs. An account reads its own queue and writes its own replies, and can do nothing else
# (docs/departments.md). A new password is printed once and kept nowhere. --label NAME: one more account of a department.
set -euo pipefail
cd "$(dirname "$0")/.."
case ${1-} in
  add|rotate|remove|list) ;;
  *) sed -n '2,4s/^# //p' "$0" >&2; exit 2 ;;
esac
exec docker compose run --rm --no-deps -T broker broker "$@" </dev/null
