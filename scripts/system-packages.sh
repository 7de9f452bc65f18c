#!/usr/bin/env bash
# Install what the tests want of Debian: a browser with fonts, PostgreSQL, a reader of Compose files. Nothing is done where all is there;
# what cannot be installed is named, and the tests that want it are then skipped, loudly.
set -euo pipefail

# what it is for | the command that shows it is there | the packages
wanted=(
  "browser tests|chromium|chromium fonts-noto-core fonts-noto-color-emoji fonts-dejavu-core"
  "the read model and the delivery ledger on PostgreSQL|postgres|postgresql"
  "the check of docker-compose.yml|docker-compose|docker-compose"
)

is_there() {
  command -v "$1" >/dev/null && return
  case $1 in  # Debian keeps the server beside PATH; newer Docker has Compose as a command of its own
    postgres) compgen -G "/usr/lib/postgresql/*/bin/postgres" >/dev/null ;;
    docker-compose) docker compose version >/dev/null 2>&1 ;;
    *) false ;;
  esac
}

purposes=() packages=()
for row in "${wanted[@]}"; do
  IFS='|' read -r purpose shown_by names <<<"$row"
  if ! is_there "$shown_by"; then
    purposes+=("$purpose")
    read -ra more <<<"$names"
    packages+=("${more[@]}")
  fi
done
if [ ${#packages[@]} -eq 0 ]; then
  echo "system packages: all there"
  exit 0
fi

skip() {
  printf 'system packages: not installed: %s (%s)\n' "${packages[*]}" "$1"
  printf '  will be skipped: %s\n' "${purposes[@]}"
  exit 0
}

command -v apt-get >/dev/null || skip "this machine has no apt-get: install them by its own means"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || skip "only root may: run sudo bash scripts/system-packages.sh"
  as_root=(sudo -n)
fi
get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" >/dev/null; }

echo "system packages: installing ${packages[*]}"
get update || echo "system packages: the lists could not be brought up to date; trying with those that are there"
get install --no-install-recommends --yes "${packages[@]}" || skip "apt-get failed, see above"
echo "system packages: installed"
