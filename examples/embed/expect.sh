#!/bin/sh
# expect.sh CODE TEXT PROGRAM [ARGUMENT ...]: passes if PROGRAM ends with that exit code and prints that text. Runs the examples as tests.
set -u
code=$1 text=$2
shift 2
output=$("$@" 2>&1)
got=$?
printf '%s\n' "$output"
if [ "$got" -ne "$code" ]; then
  echo "expect.sh: exit code $got, not $code"
  exit 1
fi
case $output in
  *"$text"*) ;;
  *) echo "expect.sh: does not print: $text"; exit 1 ;;
esac
