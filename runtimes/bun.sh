#!/bin/sh
# Runs the pinned Bun. Its platform packages carry the plain binary but no `bin` entry, and the `bun` package itself
# needs an install script, which npm 12 blocks; so this file finds the binary that npm installed for this machine.
set -eu

here=$(dirname "$(readlink -f "$0")")
case "$(uname -s)" in
  Linux) os=linux ;;
  Darwin) os=darwin ;;
  *) echo "bun: no pinned binary for $(uname -s); install Bun yourself: https://bun.com" >&2; exit 1 ;;
esac
case "$(uname -m)" in
  x86_64 | amd64) cpu=x64 ;;
  aarch64 | arm64) cpu=aarch64 ;;
  *) echo "bun: no pinned binary for $(uname -m); install Bun yourself: https://bun.com" >&2; exit 1 ;;
esac
for suffix in '' -musl; do
  binary="$here/../node_modules/@oven/bun-$os-$cpu$suffix/bin/bun"
  if [ -x "$binary" ]; then exec "$binary" "$@"; fi
done
echo "bun: the package @oven/bun-$os-$cpu is not installed; run 'npm ci' with optional dependencies on" >&2
exit 1
