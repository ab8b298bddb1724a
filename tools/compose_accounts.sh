#!/bin/bash
# compose_accounts.sh [USERNAME…]: make accounts in the deployment that docker compose runs, for the
# end-to-end tests. The password is read from BAITONG_PASSWORD. Further settings of compose, such as
# the project's name, come from compose's own variables (COMPOSE_PROJECT_NAME, COMPOSE_ENV_FILES).
# The community and partner are of districts/xiangshan; for another district name its own in
# BAITONG_COMMUNITY and BAITONG_PARTNER.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${BAITONG_PASSWORD:?give the accounts a password: BAITONG_PASSWORD=… tools/compose_accounts.sh}"
[ $# -gt 0 ] || set -- desk backoffice grid dept-ga dept-cg leader-ga supervisor partner admin
community=${BAITONG_COMMUNITY:-340603002001}   # 供电社区
partner=${BAITONG_PARTNER:-sgcc-huaibei}       # 国网淮北供电公司

for name in "$@"; do
  case $name in
    dept-*)     role=(--role department --department "${name#dept-}") ;;
    leader-*)   role=(--role leader --department "${name#leader-}") ;;
    desk|grid)  role=(--role "$name" --community "$community") ;;
    backoffice) role=(--role back_office --community "$community") ;;
    partner)    role=(--role partner --partner "$partner") ;;
    *)          role=(--role "$name") ;;
  esac
  docker compose exec -T intake python -m services account add "$name" --name "$name" "${role[@]}" \
    --password-stdin --keep-password <<<"$BAITONG_PASSWORD"
done
