#!/usr/bin/env bash
# all.sh [BUILD_FOLDER]: builds everything and runs every test, as it must pass before a change goes in. README and .ci/run call it.
#
# Three builds: plain (shared library, warnings are errors; all suites), address (address and undefined-behaviour sanitizers; all that runs
# our code) and thread (thread sanitizer; what has threads); the latter two with a static library. In the end plain is made to hold the
# static program, too. As root it first installs the Debian packages that are missing and a locale with a decimal comma. The last line is the
# sum; the exit code is 1 if a test failed, or fewer ran than there are.
set -eu
cd "$(dirname "$0")/.."
builds=${1:-build-all}

# Fewer tests than this, over all three builds, means that some were left out silently. Raise it when tests are added.
floor=173

packages="g++ meson ninja-build pkg-config cmake git python3 ca-certificates
  libcurl4-openssl-dev rapidjson-dev libcxxopts-dev libyaml-cpp-dev catch2 libmicrohttpd-dev libgnutls28-dev zlib1g-dev libcrypt-dev
  openssl curl locales prometheus chromium chromium-driver python3-yaml iproute2 util-linux systemd $(tools/build_static.sh --packages)"

missing_packages() {
  for package in $(printf '%s\n' $packages | sort -u); do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || echo "$package"
  done
}

install_packages() (
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  echo "installing: $missing"
  # A policy of our own keeps the packages' daemons from being started.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
  fi
  apt-get update -q
  # shellcheck disable=SC2086 # a list of words
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
)

prepare_machine() {
  [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null || return 0
  install_packages
  locale -a | grep -qix 'de_DE\.utf-\?8' || localedef -i de_DE -f UTF-8 de_DE.UTF-8
}

# configure NAME OPTION...: everything that is optional must be there.
configure() {
  folder=$builds/$1
  shift
  again=
  [ ! -f "$folder/build.ninja" ] || again=--reconfigure
  meson setup $again "$folder" --wrap-mode=nofallback -Dcurl=enabled -Dserver=enabled -Dtools=enabled -Dtests=enabled "$@"
}

# compile NAME TARGET...: at a lower priority than the tests that run meanwhile.
compile() {
  folder=$builds/$1
  shift
  nice meson compile -C "$folder" "$@"
}

# run NAME BUILD ARGUMENT...: runs tests of a build. What came out is in its log, NAME.json, not in the exit code.
run() {
  name=$1
  folder=$builds/$2
  shift 2
  # Sanitizers and a busy machine take their time.
  meson test -C "$folder" --no-rebuild --timeout-multiplier 4 --logbase "$name" "$@" >"$builds/$name.txt" 2>&1 || true
}

# start NAME ...: as `run`, while the script goes on: many tests wait most of the time, and the next build is compiled meanwhile.
running=
start() {
  tell
  running=$1
  run "$@" &
}

# Waits for the tests that were started and tells what they said.
tell() {
  wait
  [ -z "$running" ] || cat "$builds/$running.txt"
  running=
}

sanitize='-Ddefault_library=static -Ddebug=false -Dexamples=disabled'

# What has threads, or is started beside them.
threaded='basic_auth collection_loop curl_transport exposition gzip header_reaper http_server log worker'
programs='serve web collect'

prepare_machine
rm -f "$builds"/*/meson-logs/*.json
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
if configure plain -Dwerror=true -Dexamples=enabled -Ddebug=false && compile plain; then
  start plain plain --no-suite static
fi
# shellcheck disable=SC2086 # lists of words
# With optimization g++ 12 takes four times as long for what the undefined-behaviour sanitizer adds.
if configure address -Db_sanitize=address,undefined -Doptimization=0 $sanitize && compile address; then
  start address address --suite=unit --suite=fuzz --suite=end_to_end
fi
# shellcheck disable=SC2046,SC2086
if configure thread -Db_sanitize=thread -Doptimization=1 $sanitize &&
  compile thread tools/rmqlag:executable fake_console:executable $(printf '%s_test ' $threaded); then
  start thread thread $threaded $programs
fi
if nice tools/build_static.sh --no-tests "$builds/plain"; then
  start static plain --suite static
fi
tell
log() { echo "$builds/$1/meson-logs/$2"*.json; }
python3 tests/sum_up.py $floor "$(log plain plain)" "$(log address address)" "$(log thread thread)" "$(log plain static)"
