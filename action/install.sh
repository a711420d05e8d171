# shellcheck shell=bash
# Where hallpass comes from. `find_hallpass` sets `binary` to a file whose digest was compared before it is run, with the
# one given or the one in `SHA256SUMS` beside this file; or built from this very source. `here`, `temporary` and `stop` come from `run.sh`.
: "${here:?}" "${temporary:?}"

find_hallpass() {
  if [ -n "${HALLPASS_IN_BINARY:-}" ]; then
    take_given
  elif [ "${HALLPASS_IN_FROM_SOURCE:-}" = true ]; then
    build
  elif ! grep -q '[^[:space:]]' "$here/SHA256SUMS"; then
    echo "This revision of the action pins no release of hallpass; it is built from the action's own source."
    build
  else
    take_pinned
  fi
  "$binary" --version ||
    stop "hallpass could not be started: it is for another system, or lies where the system runs no programs (a folder mounted noexec)"
}

take_given() {
  binary="$(type -P -- "$HALLPASS_IN_BINARY")" || stop "the input binary names no program"
  if [ -n "${HALLPASS_IN_SHA256:-}" ] && [ "$(digest_of "$binary")" != "$HALLPASS_IN_SHA256" ]; then
    stop "the binary is not the one with the SHA-256 given"
  fi
  case "$binary" in /* | ?:*) ;; *) binary="$PWD/$binary" ;; esac
}

build() {
  command -v cargo > /dev/null ||
    stop "there is no cargo to build hallpass with; give the input binary, or use a revision of the action that pins a release"
  echo "::group::Build hallpass"
  local built="$temporary/hallpass-build"
  cargo build --locked --release --package hallpass \
    --manifest-path "$here/../Cargo.toml" --target-dir "$built" || stop "hallpass could not be built"
  echo "::endgroup::"
  binary="$built/release/hallpass"
}

take_pinned() {
  local version archive digest folder kept
  version="$(tr -d '[:space:]' < "$here/VERSION")"
  choose_archive
  folder="$(mktemp -d "$temporary/hallpass.XXXXXX")"
  kept="${RUNNER_TOOL_CACHE:+$RUNNER_TOOL_CACHE/hallpass/$version/$archive}"
  # What others may write is copied first: the bytes that are compared are the bytes that are unpacked.
  if ! { [ -f "$kept" ] && cp -- "$kept" "$folder/$archive" && [ "$(digest_of "$folder/$archive")" = "$digest" ]; }; then
    download "$folder/$archive"
    [ "$(digest_of "$folder/$archive")" = "$digest" ] ||
      stop "what was downloaded is not the release that this revision of the action pins; it was not run"
    keep "$folder/$archive" "$kept"
  fi
  if [ "${HALLPASS_IN_PROVENANCE:-}" = true ]; then prove "$folder/$archive"; fi
  unpack "$folder" "$archive"
}

# Sets `archive` and `digest` by the list of this revision.
choose_archive() {
  local triple triples ending=tar.gz
  case "${RUNNER_OS:-} ${RUNNER_ARCH:-}" in
    "Linux X64") triples="x86_64-unknown-linux-musl x86_64-unknown-linux-gnu" ;;
    "Linux ARM64") triples="aarch64-unknown-linux-musl aarch64-unknown-linux-gnu" ;;
    "macOS X64") triples=x86_64-apple-darwin ;;
    "macOS ARM64") triples=aarch64-apple-darwin ;;
    "Windows X64") triples="x86_64-pc-windows-msvc x86_64-pc-windows-gnu" ending=zip ;;
    "Windows ARM64") triples="aarch64-pc-windows-msvc aarch64-pc-windows-gnullvm" ending=zip ;;
    *) triples="" ;;
  esac
  for triple in $triples; do
    archive="hallpass-$version-$triple.$ending"
    digest="$(awk -v wanted="$archive" '{ sub(/\r$/, ""); sub(/^\*/, "", $2) } $2 == wanted { print $1; exit }' "$here/SHA256SUMS")"
    if [ -n "$digest" ]; then return; fi
  done
  local system="${RUNNER_OS:-an unknown system} on ${RUNNER_ARCH:-an unknown processor}"
  stop "this revision of the action pins no hallpass for ${system//[^A-Za-z0-9 _-]/}; give the input binary, or from-source: true"
}

digest_of() {
  if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi < "$1" | cut -d ' ' -f 1
}

# No token goes along, and nothing but HTTPS is spoken, also after a redirect.
download() {
  local base plain='^https://[A-Za-z0-9._~:/%+-]+$'
  if [ -n "${HALLPASS_IN_MIRROR:-}" ]; then
    base="${HALLPASS_IN_MIRROR%/}"
    [[ "$base" =~ $plain ]] || stop "the input mirror is no plain https:// address; an account does not belong into it"
  else
    local repository
    find_repository
    base="${GITHUB_SERVER_URL:-https://github.com}/$repository/releases/download/v$version"
    [[ "$base" =~ $plain ]] || stop "the address of this server is no plain https:// address; give the input mirror"
  fi
  command -v curl > /dev/null || stop "there is no curl to download hallpass with; give the input binary"
  echo "Downloading $base/$archive"
  curl --disable --proto '=https' --proto-redir '=https' --tlsv1.2 --fail --location --silent --show-error \
    --retry 3 --connect-timeout 20 --max-time 300 --output "$1" -- "$base/$archive" ||
    stop "hallpass could not be downloaded; from a repository that is not public, or without a network, give the input mirror or binary"
}

# The repository that this script was taken from. The runner's own word for it is empty in some steps.
find_repository() {
  local rest owner name='^[A-Za-z0-9._-]+/[A-Za-z0-9._-]+$'
  repository="${HALLPASS_ACTION_REPOSITORY:-${GITHUB_ACTION_REPOSITORY:-}}"
  case "$here" in
    */_actions/*/*/*)
      rest="${here##*/_actions/}"
      owner="${rest%%/*}"
      rest="${rest#*/}"
      repository="$owner/${rest%%/*}"
      ;;
  esac
  [[ "$repository" =~ $name ]] ||
    stop "nothing tells which repository this action is from, and so where its releases are; give the input mirror or binary"
}

# For the next job on this machine. That it cannot be kept costs nothing but another download.
keep() {
  local folder
  if [ -z "$2" ]; then return; fi
  folder="$(dirname -- "$2")"
  if mkdir -p -- "$folder" 2> /dev/null && cp -- "$1" "$2.$$" 2> /dev/null; then mv -f -- "$2.$$" "$2"; fi
}

prove() {
  command -v gh > /dev/null || stop "there is no gh to verify the provenance with"
  local repository
  find_repository
  gh attestation verify "$1" --repo "$repository" --deny-self-hosted-runners || stop "the provenance could not be verified"
}

# Relative names: to some programs a drive's letter is the name of a host.
unpack() {
  case "$2" in
    *.zip) if command -v unzip > /dev/null; then (cd -- "$1" && unzip -q "$2"); else (cd -- "$1" && tar -xf "$2"); fi ;;
    *) (cd -- "$1" && tar -xzf "$2") ;;
  esac || stop "the archive of the release could not be unpacked"
  for binary in "$1"/hallpass "$1"/hallpass.exe "$1"/*/hallpass "$1"/*/hallpass.exe; do
    if [ -f "$binary" ]; then return; fi
  done
  stop "there is no hallpass in the archive of the release"
}
