# shellcheck shell=bash
# What ./minasidor needs from the machine, and how it gets there. Sourced, never run by itself.
# Nothing here starts or enables a machine-wide service, and what already ran is left alone.

RABBITMQ_HOMES="/usr/lib/rabbitmq/bin /usr/local/opt/rabbitmq/sbin /opt/homebrew/opt/rabbitmq/sbin"
POLICY=/usr/sbin/policy-rc.d
POLICY_SAVED=/usr/sbin/policy-rc.d.before-minasidor
POLICY_MARK="# written by minasidor while it installs packages"

has_rabbitmq() {
  [[ -n ${MINASIDOR_AMQP_URL:-} || ${MINASIDOR_SERVERS:-} == containers ]] && return 0
  local folder
  for folder in $RABBITMQ_HOMES; do [[ -x $folder/rabbitmq-server ]] && return 0; done
  command -v rabbitmq-server >/dev/null 2>&1
}

has_nginx() {
  [[ -n ${MINASIDOR_NGINX:-} || -x /usr/sbin/nginx ]] || command -v nginx >/dev/null 2>&1
}

# Only the tests of the portal use a browser, and its pictures one like people's: with languages, with a window.
has_browser() {
  has_whole_browser || command -v chromium-headless-shell >/dev/null 2>&1
}

has_whole_browser() {
  [[ -n ${MINASIDOR_CHROMIUM:-} || -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]] && return 0
  command -v chromium >/dev/null 2>&1 || command -v google-chrome >/dev/null 2>&1
}

on_debian() {
  grep -qsx 'ID=debian' /etc/os-release
}

# The program that drives the browser is linked with it, and brings it not.
has_libatomic() {
  [[ $(uname) != Linux ]] || compgen -G "/usr/lib*/libatomic.so.1" >/dev/null || compgen -G "/usr/lib/*/libatomic.so.1" >/dev/null
}

# Prints the first Python that is new enough and can make a virtual environment with pip in it.
find_python() {
  local candidate
  for candidate in "${MINASIDOR_PYTHON:-}" python3 python3.13 python3.12 python3.11 \
    /usr/bin/python3 /opt/homebrew/bin/python3 /usr/local/bin/python3; do
    [[ -n $candidate ]] || continue
    command -v "$candidate" >/dev/null 2>&1 || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
      >/dev/null 2>&1; then
      command -v "$candidate"
      return 0
    fi
  done
  return 1
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -- "$@"; fi
}

may_be_root() {
  [[ $(id -u) == 0 ]] && return 0
  command -v sudo >/dev/null 2>&1 || return 1
  sudo -n true 2>/dev/null || [[ -t 0 ]]
}

# Debian starts and enables a service when its package is configured. A policy that answers 101
# forbids the start; a policy that was there before is put back afterwards, also after a failure.
forbid_service_starts() {
  as_root sh -c "
    if [ -e $POLICY ] && ! grep -qs '$POLICY_MARK' $POLICY; then mv $POLICY $POLICY_SAVED; fi
    printf '%s\n' '#!/bin/sh' '$POLICY_MARK' 'exit 101' > $POLICY && chmod 0755 $POLICY"
}

allow_service_starts() {
  as_root sh -c "
    if grep -qs '$POLICY_MARK' $POLICY; then rm -f $POLICY; fi
    if [ -e $POLICY_SAVED ]; then mv $POLICY_SAVED $POLICY; fi"
}

# Of the services these packages bring, disable those that were not known before the installation.
disable_new_services() {
  local known=$1 unit
  for unit in rabbitmq-server.service nginx.service epmd.service epmd.socket; do
    [[ " $known " == *" $unit "* ]] && continue
    if [[ -e /lib/systemd/system/$unit ]] && command -v systemctl >/dev/null 2>&1; then
      as_root systemctl disable "$unit" >/dev/null 2>&1 || true
    elif [[ -e /etc/init.d/${unit%.*} ]] && command -v update-rc.d >/dev/null 2>&1; then
      as_root update-rc.d "${unit%.*}" disable >/dev/null 2>&1 || true
    fi
  done
}

install_debian() {
  local known="" unit failed=0 log
  for unit in rabbitmq-server.service nginx.service epmd.service epmd.socket; do
    if [[ -e /lib/systemd/system/$unit || -e /etc/init.d/${unit%.*} ]]; then known+=" $unit"; fi
  done
  log=$(mktemp)
  echo "minasidor: installing $* (apt-get)" >&2
  trap allow_service_starts EXIT
  trap 'exit 130' INT TERM
  forbid_service_starts
  local get=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120)
  if ! as_root "${get[@]}" install --no-install-recommends "$@" >"$log" 2>&1; then
    # the lists are missing or older than the mirror
    { as_root "${get[@]}" update && as_root "${get[@]}" install --no-install-recommends "$@"; } \
      >"$log" 2>&1 || failed=1
  fi
  disable_new_services "$known"
  allow_service_starts
  trap - EXIT INT TERM
  [[ $failed == 1 ]] && tail -n 20 "$log" >&2
  rm -f "$log"
  return $failed
}

# missing_packages KIND...: one Debian package name a line for each part that is not there
missing_packages() {
  local part
  for part in "$@"; do
    case $part in
      python) find_python >/dev/null || printf '%s\n' python3 python3-venv ;;
      rabbitmq) has_rabbitmq || echo rabbitmq-server ;;
      nginx) has_nginx || echo nginx ;;
      chromium)
        if ! has_whole_browser; then
          echo chromium
          # Without it a field for a date is American.
          if on_debian; then echo chromium-l10n; fi
        fi
        has_libatomic || echo libatomic1
        ;;
      browser)
        has_browser || if on_debian; then echo chromium-headless-shell; else echo chromium; fi
        has_libatomic || echo libatomic1
        ;;
    esac
  done
}

# Debian's Chromium without its window is the same engine, and the browser tests take half the processor with it.
# It is had where that needs no password; beside another browser nothing depends on it.
prefer_headless_shell() {
  [[ -z ${MINASIDOR_CHROMIUM:-} && ${MINASIDOR_INSTALL:-1} != 0 ]] && on_debian || return 0
  command -v chromium-headless-shell >/dev/null 2>&1 && return 0
  if [[ $(id -u) == 0 ]] || { command -v sudo && sudo -n true; } >/dev/null 2>&1; then
    install_debian chromium-headless-shell || true
  fi
}

brew_name() {
  case $1 in
    python3) echo python@3.13 ;;
    python3-venv) ;;
    rabbitmq-server) echo rabbitmq ;;
    *) echo "$1" ;;
  esac
}

# ensure_packages KIND...: install what is missing, or say in one message what to do
ensure_packages() {
  local missing=() formulas=() name
  while read -r name; do missing+=("$name"); done < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return 0
  if [[ ${MINASIDOR_INSTALL:-1} != 0 ]]; then
    if command -v apt-get >/dev/null 2>&1 && may_be_root; then
      install_debian "${missing[@]}" || true
    elif command -v brew >/dev/null 2>&1; then
      for name in "${missing[@]}"; do
        name=$(brew_name "$name")
        [[ -n $name ]] && formulas+=("$name")
      done
      echo "minasidor: installing ${formulas[*]} (brew)" >&2
      brew install --quiet "${formulas[@]}" >&2 || true
    fi
  fi
  missing=()
  while read -r name; do missing+=("$name"); done < <(missing_packages "$@")
  [[ ${#missing[@]} == 0 ]] && return 0
  # RabbitMQ may also come as a container; the rest may not.
  if [[ ${missing[*]} == rabbitmq-server ]] && docker info >/dev/null 2>&1; then
    export MINASIDOR_SERVERS=containers
    return 0
  fi
  cat >&2 <<MESSAGE
minasidor: these are missing and could not be installed from here: ${missing[*]}
  Debian or Ubuntu:  sudo apt-get install ${missing[*]}
  macOS:             brew install rabbitmq nginx python
  a RabbitMQ that exists already: MINASIDOR_AMQP_URL=amqp://user:password@host:5672/
  only Docker at hand:            docker compose -f deploy/compose/compose.yaml up --wait
MESSAGE
  return 1
}
