#!/usr/bin/env bash
# What the action does. Inputs are data: they come as variables and go on only as values of flags. Runs in bash 3.2 and in
# Git Bash too.
set -euo pipefail

here="$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)"
# Emptied by the runner before and after each job.
temporary="${RUNNER_TEMP:-${TMPDIR:-/tmp}}"
# shellcheck source=action/install.sh
source "$here/install.sh"

# A line into a file of the runner's, whatever an earlier command left at its end.
output() {
  printf '\n%s=%s\n' "$1" "$2" 2> /dev/null >> "${GITHUB_OUTPUT:-/dev/null}" || true
}

# The message is a text of ours.
stop() {
  output status error
  echo "::error title=hallpass::$1"
  exit 2
}

arguments=()
flag() { if [ -n "$2" ]; then arguments+=("--$1=$2"); fi; }
# One flag for each word, or for each line; without expanding anything in them.
words() {
  local word list
  IFS=$' \t\r\n' read -r -d '' -a list <<< "$2" || true
  for word in ${list[@]+"${list[@]}"}; do flag "$1" "$word"; done
}
lines() {
  local line
  while IFS= read -r line; do flag "$1" "${line%$'\r'}"; done <<< "$2"
}

# What stands behind the flags.
operands=()
operand_words() { IFS=$' \t\r\n' read -r -d '' -a operands <<< "$1" || true; }
operand_lines() {
  local line
  while IFS= read -r line; do
    line="${line%$'\r'}"
    if [ -n "$line" ]; then operands+=("$line"); fi
  done <<< "$1"
}

hallpass() { "$binary" ${arguments[@]+"${arguments[@]}"} -- ${operands[@]+"${operands[@]}"}; }

costs() {
  flag fail-on "${HALLPASS_IN_FAIL_ON:-}"
  if [ "${HALLPASS_IN_ALLOW_UNKNOWN:-}" = true ]; then arguments+=(--allow-unknown); fi
}

about_tokens() {
  words token-env "${HALLPASS_IN_TOKEN_ENV:-}"
  flag forge "${HALLPASS_IN_FORGE:-}"
  flag url "${HALLPASS_IN_URL:-}"
  flag target "${HALLPASS_IN_TARGET:-}"
  words contract "${HALLPASS_IN_CONTRACT:-}"
  words allow-origin "${HALLPASS_IN_ORIGINS:-}"
}

reports() {
  arguments+=(--format=github)
  flag config "${HALLPASS_IN_CONFIG:-}"
  case "${HALLPASS_IN_SARIF:-}" in
    "" | false) ;;
    true) flag format "sarif=$(mktemp -d "$temporary/hallpass.XXXXXX")/hallpass.sarif" ;;
    *) flag format "sarif=$HALLPASS_IN_SARIF" ;;
  esac
  lines format "${HALLPASS_IN_REPORTS:-}"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    flag format "markdown=$GITHUB_STEP_SUMMARY"
  else
    echo "::warning title=hallpass::this runner has no job summary"
  fi
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    flag format "outputs=$GITHUB_OUTPUT"
  else
    echo "::warning title=hallpass::this runner takes no outputs"
  fi
}

# Ends as hallpass ends, which writes the other outputs itself.
report() {
  local said status=0
  said="$(mktemp "$temporary/hallpass.XXXXXX")"
  hallpass 2> "$said" || status=$?
  case "$status" in
    # There is a report, with annotations of its own.
    0 | 1 | 3) cat -- "$said" ;;
    *)
      output status error
      tell "$said"
      ;;
  esac
  rm -f -- "$said"
  exit "$status"
}

# Errors and remarks, such as one on a header that a checkout left, are shown beside the log too.
tell() {
  local line
  while IFS= read -r line || [ -n "$line" ]; do
    case "$line" in
      "error: "*) annotate error "$line" ;;
      "warning: "* | "note: "*) annotate warning "$line" ;;
      *) printf '%s\n' "$line" ;;
    esac
  done < "$1"
}
annotate() {
  local message="${2#*: }"
  printf '::%s title=hallpass::%s\n' "$1" "${message//%/%25}"
}

# What setup wrote is kept where the runner clears away, and belongs to this job alone.
record="$temporary/hallpass-setup"

set_up() {
  local said status=0
  operand_words "${HALLPASS_IN_URL:-${GITHUB_SERVER_URL:-https://github.com}}"
  mkdir -p -- "$record"
  said="$record/said"
  if [ "${HALLPASS_IN_TAKE_OVER:-}" = true ]; then
    git rev-parse --git-dir > /dev/null || stop "take-over needs the working directory to be the repository that was checked out"
    # Of a file that Git reads later than the user's, only one that it reads later still can end a header.
    arguments=(setup --local --take-over)
    XDG_DATA_HOME="$record" hallpass 2> "$said" || status=$?
    tell "$said"
  fi
  arguments=(setup --global)
  XDG_DATA_HOME="$record" hallpass 2> "$said" || status=$?
  tell "$said"
  rm -f -- "$said"
  if [ "$status" -gt 1 ]; then output status error; fi
  exit "$status"
}

clean_up() {
  local status=0
  if git rev-parse --git-dir > /dev/null 2>&1; then
    XDG_DATA_HOME="$record" "$binary" setup --undo --local || status=$?
  fi
  XDG_DATA_HOME="$record" "$binary" setup --undo --global || status=$?
  # A record that is still there says what could not be taken out.
  rmdir -- "$record/hallpass" "$record" 2> /dev/null || true
  exit "$status"
}

mode="${HALLPASS_IN_MODE:-check}"
case "$mode" in
  check | compare | lint | setup | cleanup) ;;
  *) stop "the input mode is one of check, compare, lint, setup, cleanup" ;;
esac
find_hallpass
case "$binary" in *[$'\r\n']*) ;; *) output binary "$binary" ;; esac

# Git Bash would take values that look like paths for paths and rewrite them.
export MSYS2_ARG_CONV_EXCL='*'
if ! cd -- "${HALLPASS_IN_WORKING_DIRECTORY:-.}"; then
  [ "$mode" = cleanup ] || stop "the working directory does not exist"
fi
case "$mode" in
  check)
    arguments=(check)
    about_tokens
    words needs "${HALLPASS_IN_NEEDS:-}"
    reports
    costs
    operand_words "${HALLPASS_IN_CONNECTIONS:-}"
    report
    ;;
  compare)
    arguments=(compare)
    about_tokens
    words connection "${HALLPASS_IN_CONNECTIONS:-}"
    reports
    operand_words "${HALLPASS_IN_NEEDS:-}"
    report
    ;;
  lint)
    arguments=(lint)
    reports
    costs
    operand_lines "${HALLPASS_IN_PATHS:-}"
    report
    ;;
  setup) set_up ;;
  cleanup) clean_up ;;
esac
