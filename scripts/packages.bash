# shellcheck shell=bash
# What ./dev installs, and how: by apt, only what is missing, asking nothing.

# shellcheck disable=SC2034 # used by ./dev
build_pkgs=(gcc libc6-dev meson ninja-build pkg-config libglib2.0-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  libgstreamer-plugins-bad1.0-dev libnice-dev libsoup-3.0-dev libjson-glib-dev libssl-dev)
# shellcheck disable=SC2034
run_pkgs=(gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-plugins-bad gstreamer1.0-nice gstreamer1.0-tools)
# shellcheck disable=SC2034
check_pkgs=(libglib2.0-bin python3-gi gir1.2-gstreamer-1.0 iproute2
  gir1.2-gst-plugins-base-1.0 gir1.2-gst-plugins-bad-1.0)

as_root () {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed () {
  # shellcheck disable=SC2016 # dpkg-query expands it
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

update_lists () {
  [ -z "${lists_updated-}" ] || return 0
  # With lists that are merely old there may still be all that is needed.
  as_root apt-get update -q >&2 || say "apt-get update failed; going on"
  lists_updated=1
}

need () {
  local pkg missing=()
  if ! command -v apt-get >/dev/null; then
    [ -n "${said_no_apt-}" ] || say "No apt here: install by hand what is missing"
    said_no_apt=1
    return 0
  fi
  for pkg; do
    is_installed "$pkg" || missing+=("$pkg")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "Installing ${missing[*]}"
  update_lists
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
    --no-install-recommends "${missing[@]}" </dev/null >&2 ||
    die "apt-get could not install: ${missing[*]}"
}

# Whether the distribution has it, installed or not.
is_offered () {
  is_installed "$1" && return
  command -v apt-cache >/dev/null || return
  compgen -G '/var/lib/apt/lists/*Packages*' >/dev/null || update_lists
  [ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

need_node () {
  local version
  version=$(node --version 2>/dev/null) || version=v0
  version=${version#v}
  [ "${version%%.*}" -ge 18 ] || need nodejs
}

# find_browser NAME…: the first one that works.  Ubuntu's packages of browsers are
# stubs that want snapd: asking for the version tells whether there is a browser
# behind the name.
find_browser () {
  local name
  for name; do
    if "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

find_headless_chromium () {
  find_browser chromium-headless-shell chrome-headless-shell
}

find_chromium () {
  find_headless_chromium ||
    find_browser chromium google-chrome google-chrome-stable chromium-browser
}

# Without a Firefox, its tests count as skipped.
need_browser () {
  if grep -qs '^ID=debian' /etc/os-release; then
    # The tests open some hundred tabs; without windows they take half the time.
    find_headless_chromium >/dev/null || ! is_offered chromium-headless-shell ||
      (need chromium-headless-shell) || say "Going on with a whole Chromium"
    find_chromium >/dev/null || need chromium
    find_browser firefox-esr firefox >/dev/null || need firefox-esr
  fi
  find_chromium >/dev/null || return 1
  need_node
  npm --version >/dev/null 2>&1 || need npm
  [ -e tests/interop/package.json ] || return 0
  local stamp=tests/interop/node_modules/.package-lock.json
  if [ ! -e $stamp ] || [ tests/interop/package-lock.json -nt $stamp ]; then
    say "Installing the browser tests' npm packages"
    (cd tests/interop && npm ci --no-audit --no-fund) >&2 ||
      die "npm failed; ./dev check --no-browser does without"
    touch $stamp
  fi
}
