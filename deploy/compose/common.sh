# Sourced by the scripts beside it: which compose there is, and the settings of this installation.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
elif command -v docker-compose >/dev/null; then
  compose=(docker-compose)
else
  echo "minasidor: neither 'docker compose' nor 'docker-compose' is installed" >&2
  exit 1
fi

# setting NAME DEFAULT: from the environment, else from .env, else the default.
setting() {
  local value=${!1-}
  [ -n "$value" ] || value=$(sed -n "s/^$1=//p" .env 2>/dev/null | tail -n 1)
  echo "${value:-$2}"
}
