#!/bin/bash
# compose_accounts.sh [USERNAME…]: make accounts in the deployment that docker compose runs, for the
# end-to-end tests. The password is read from BAITONG_PASSWORD. Further settings of compose, such as
# the project's name, come from compose's own variables (COMPOSE_PROJECT_NAME, COMPOSE_ENV_FILES).
set -euo pipefail
cd "$(dirname "$0")/.."
: "${BAITONG_PASSWORD:?give the accounts a password: BAITONG_PASSWORD=… tools/compose_accounts.sh}"
[ $# -gt 0 ] || set -- desk backoffice grid dept-ga supervisor partner admin

for name in "$@"; do
  case $name in
    dept-*) role=(--role department --department "${name#dept-}") ;;
    *)      role=(--role "$name") ;;
  esac
  docker compose exec -T intake python -m services account add "$name" "${role[@]}" --password-stdin \
    <<<"$BAITONG_PASSWORD"
done
