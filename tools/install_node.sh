#!/bin/bash
# Install Node.js and npm from the system's packages, for the official AsyncAPI parser.
# Does nothing where both are already here. Needs root, or sudo that asks no password.
set -euo pipefail

packages=()
command -v node >/dev/null || packages+=(nodejs)
command -v npm >/dev/null || packages+=(npm)
[ ${#packages[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  sudo -n true 2>/dev/null || { echo "Please run: sudo apt-get install ${packages[*]}" >&2; exit 1; }
  as_root=(sudo -n)
fi
echo "Installing ${packages[*]} (once)" >&2
log=$(mktemp)
if ! { "${as_root[@]}" apt-get -q update \
       && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get -q install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  exit 1
fi
rm -f "$log"
