# shellcheck shell=bash
# The virtual environment of this checkout. Sourced by ./minasidor, which sets root and venv.
# shellcheck disable=SC2154

digest() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum; else shasum -a 256; fi
}

package_folders() {
  local file
  for file in "$root"/libs/*/pyproject.toml "$root"/services/*/pyproject.toml "$root"/gateway/pyproject.toml \
    "$root"/simulators/*/pyproject.toml "$root"/portal/pyproject.toml "$root"/tools/*/pyproject.toml; do
    if [[ -f $file ]]; then dirname "$file"; fi
  done
}

# What the environment was made from: the locks, our packages' metadata, and where it is.
wanted_stamp() {
  local folder
  {
    echo "$root"
    cat "$root"/requirements/*.txt
    package_folders | while read -r folder; do
      echo "$folder"
      cat "$folder/pyproject.toml"
    done
  } | digest | cut -d ' ' -f 1
}

# A virtual environment made elsewhere has the old path in every script; one whose Python is gone does not start.
venv_usable() {
  [[ -x $venv/bin/python ]] || return 1
  "$venv/bin/python" -I - "$venv" <<'PYTHON' >/dev/null 2>&1
import os, sys
same = os.path.realpath(sys.prefix) == os.path.realpath(sys.argv[1])
with open(os.path.join(sys.prefix, "bin", "pip"), encoding="utf-8") as script:
    mine = os.path.join(sys.argv[1], "bin") in script.read(500)
sys.exit(not (same and mine and sys.version_info >= (3, 11)))
PYTHON
}

run_quietly() {
  local log
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    rm -f "$log"
    echo "minasidor: setting up Python failed (see above)" >&2
    return 1
  fi
  rm -f "$log"
}

install_python_packages() {
  local pip=("$venv/bin/python" -m pip --disable-pip-version-check --no-input -q install)
  local names=() folders=() folder name
  for name in build runtime test lint; do names+=(-r "$root/requirements/$name.txt"); done
  echo "minasidor: installing the locked Python packages" >&2
  run_quietly "${pip[@]}" --no-deps --require-hashes "${names[@]}" || return 1
  while read -r folder; do folders+=(-e "$folder"); done < <(package_folders)
  echo "minasidor: installing our own packages" >&2
  run_quietly "${pip[@]}" --no-deps --no-build-isolation --no-index "${folders[@]}" || return 1
  # Without byte code every process of the suite would start four times slower.
  "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
  while read -r folder; do
    "$venv/bin/python" -m compileall -q "$folder/src" >/dev/null 2>&1 || true
  done < <(package_folders)
}

ensure_venv() {
  local stamp
  stamp=$(wanted_stamp)
  if [[ -f $venv/.stamp && $(<"$venv/.stamp") == "$stamp" && -x $venv/bin/python ]]; then return 0; fi
  if ! venv_usable; then
    local python
    python=$(find_python)
    echo "minasidor: making .venv with $python" >&2
    rm -rf "$venv"
    run_quietly "$python" -m venv "$venv" || return 1
  fi
  rm -f "$venv/.stamp"
  install_python_packages || return 1
  echo "$stamp" >"$venv/.stamp"
}
