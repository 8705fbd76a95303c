#!/usr/bin/env bash
# build_static.sh [FOLDER]: builds the static program, FOLDER/tools/rmqlag-static, and tests it. docs/development.md tells what is in it.
# build_static.sh --no-tests [FOLDER]: only builds it.
# build_static.sh --packages: prints the Debian packages that this needs.
#
# FOLDER (build-static) may be a build that is there already: then the program is linked of what that has compiled. libcurl, for HTTP and
# HTTPS only, and libmicrohttpd, without TLS, are made first, of Debian's source packages, and kept in FOLDER/static-libraries; where they
# are there they are not made again. The machine's configuration of apt stays as it is.
set -eu

packages='g++ meson ninja-build pkg-config python3 ca-certificates
  libcurl4-openssl-dev rapidjson-dev libcxxopts-dev libyaml-cpp-dev catch2 libmicrohttpd-dev libgnutls28-dev zlib1g-dev libcrypt-dev
  cmake make dpkg-dev libc-ares-dev libmbedtls-dev openssl util-linux'

if [ "${1-}" = --packages ]; then
  echo $packages
  exit
fi
tests=yes
if [ "${1-}" = --no-tests ]; then
  tests=
  shift
fi
mkdir -p "${1:-build-static}"
folder=$(realpath "${1:-build-static}")
cd "$(dirname "$0")/.."
libraries=$folder/static-libraries
work=$libraries/work

# step NAME COMMAND...: tells what it took, and its output only if it failed.
step() {
  name=$1
  shift
  began=$(date +%s)
  "$@" >"$libraries/$name.log" 2>&1 &  # by itself, as `set -e` does not count in the condition of an `if`
  if ! wait $!; then
    cat "$libraries/$name.log"
    echo "build_static.sh: $name failed" >&2
    exit 1
  fi
  echo "$name: $(($(date +%s) - began)) s"
}

# The machine's own sources of packages, asked for sources, with everything that apt keeps in folders of ours.
fetch_sources() {
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  mkdir -p "$work"/apt/{parts,lists/partial,cache/archives/partial}
  for file in "$list" "$parts"/*.list "$parts"/*.sources; do
    [ ! -f "$file" ] || sed -E 's/^deb[[:space:]]/deb-src /; s/^Types:.*/Types: deb-src/' "$file" >"$work/apt/parts/${file##*/}"
  done
  options=(-q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/apt/parts" -o Dir::State::lists="$work/apt/lists"
    -o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User="$(id -un)")
  apt-get "${options[@]}" update
  cd "$work"
  apt-get "${options[@]}" source curl libmicrohttpd
}

# As Debian builds its packages, and so that the linker can leave out what nobody calls.
compiler_flags() {
  export DEB_CFLAGS_MAINT_STRIP='-g' DEB_CFLAGS_MAINT_APPEND='-fPIC -ffunction-sections -fdata-sections'
  echo "$(dpkg-buildflags --get CPPFLAGS) $(dpkg-buildflags --get CFLAGS)"
}

build_curl() {
  off='HSTS ALTSVC COOKIES CRYPTO_AUTH DOH GETOPTIONS MIME NETRC NTLM'
  # shellcheck disable=SC2046 # a list of words
  cmake -S "$work"/curl-*/ -B "$work/curl" -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS="$(compiler_flags) -DCURL_DISABLE_HEADERS_API" \
    -DBUILD_SHARED_LIBS=OFF -DBUILD_CURL_EXE=OFF -DBUILD_TESTING=OFF -DENABLE_MANUAL=OFF -DPICKY_COMPILER=OFF \
    -DHTTP_ONLY=ON -DENABLE_ARES=ON -DCURL_USE_MBEDTLS=ON -DCURL_USE_OPENSSL=OFF -DCURL_USE_LIBSSH2=OFF -DCURL_USE_LIBPSL=OFF \
    -DUSE_LIBIDN2=OFF -DENABLE_UNIX_SOCKETS=OFF \
    -DCURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt -DCURL_CA_PATH=none $(printf ' -DCURL_DISABLE_%s=ON' $off)
  ninja -C "$work/curl" lib/libcurl.a
  cp "$work/curl/lib/libcurl.a" "$libraries"
}

build_microhttpd() {
  mkdir "$work/microhttpd"
  cd "$work/microhttpd"
  "$work"/libmicrohttpd-*/configure --disable-shared --disable-https --disable-bauth --disable-dauth --disable-postprocessor \
    --disable-httpupgrade --disable-curl --disable-nls --disable-doc --disable-examples --disable-dependency-tracking \
    CFLAGS="$(compiler_flags)"
  make -j2 -C src/microhttpd libmicrohttpd.la
  cp src/microhttpd/.libs/libmicrohttpd.a "$libraries"
}

# Beside each other: most of what they do is asking the compiler one thing after the other.
build_libraries() {
  step curl build_curl &
  curl=$!
  step libmicrohttpd build_microhttpd
  wait $curl
}

build_program() {
  how=-Ddebug=false
  [ ! -f "$folder/build.ninja" ] || how=--reconfigure
  meson setup $how "$folder" -Dstatic_libraries="$libraries"
  ninja -C "$folder" tools/rmqlag-static tests/console/fake_console
}

if [ ! -f "$libraries/libcurl.a" ] || [ ! -f "$libraries/libmicrohttpd.a" ]; then
  rm -rf "$libraries"
  mkdir -p "$work"
  step sources fetch_sources
  build_libraries
  rm -rf "$work"
fi
step program build_program
[ -z "$tests" ] || meson test -C "$folder" --no-rebuild --suite static
