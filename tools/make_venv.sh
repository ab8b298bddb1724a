#!/bin/bash
# make_venv.sh PYTHON DIRECTORY: make a virtual environment, or say what is missing for it.
set -euo pipefail
python=$1 directory=$2

stop() { printf '%s\n' "$@" >&2; exit 1; }

command -v "$python" >/dev/null || stop \
  "There is no $python here. Baitong needs Python 3.11 or later." \
  "Debian, Ubuntu: sudo apt-get install python3 python3-venv; or name another: make run PYTHON=python3.12"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop \
  "$("$python" --version) is too old. Baitong needs Python 3.11 or later." \
  "Install one and name it: make run PYTHON=python3.12"
"$python" -c 'import ensurepip, venv' 2>/dev/null || stop \
  "$python has no venv module." \
  "Debian, Ubuntu: sudo apt-get install python3-venv; then the same command again."

"$python" -m venv --clear "$directory"
