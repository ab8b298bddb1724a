#!/bin/bash
# Install RabbitMQ and PostgreSQL from the system's packages, for tests on a machine without Docker.
# Nothing is left running: the tests start their own brokers, on free ports, in private directories.
# Does nothing where both are already here. Needs root, or sudo that asks no password.
set -euo pipefail

packages=()
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || packages+=(rabbitmq-server)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
[ ${#packages[@]} -gt 0 ] || exit 0

give_up() {
  echo "Tests need RabbitMQ and PostgreSQL, or a running Docker. $1" >&2
  echo "Install them yourself (Debian, Ubuntu: sudo apt-get install ${packages[*]}) and run the tests again." >&2
  exit 1
}
command -v apt-get >/dev/null || give_up "This system has no apt-get."
as_root=()
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || give_up "Not root, and sudo asks for a password."
  as_root=(sudo -n)
fi

echo "Installing ${packages[*]} (once; a minute or so)" >&2
# While packages are unpacked, policy-rc.d keeps Debian from starting services on their default ports.
if [ ! -e /usr/sbin/policy-rc.d ]; then
  trap '"${as_root[@]}" rm -f /usr/sbin/policy-rc.d' EXIT
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee /usr/sbin/policy-rc.d >/dev/null
  "${as_root[@]}" chmod 755 /usr/sbin/policy-rc.d
fi
log=$(mktemp)
if ! { "${as_root[@]}" apt-get -q update \
       && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  give_up "apt-get could not install them (last lines above)."
fi
rm -f "$log"
# Nor may they come up at the next boot: we asked for the programs, not for the services.
if [ -d /run/systemd/system ]; then
  "${as_root[@]}" systemctl disable --quiet "${packages[@]/%/.service}" || true
fi
