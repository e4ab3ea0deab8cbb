#!/bin/sh
# Runs a command so that it does not outlive the process that started it, not even when that one is killed with -9.
# Descriptor 3 is a pipe whose other end only that process holds: reading it ends when it dies. miniflare starts workerd with
# "serve" as the first word, the binary's path in HOLDFAST_WORKERD, and its own control pipe as descriptor 3.
# With HOLDFAST_TICKET a start needs the file of that name, and takes it away (quiet-miniflare.ts says what for): without it
# nothing is started, and what was to be read is read, so that who writes it does not fail.
# The watcher is the command's child: once it has another parent the command is gone, and its number may be somebody else's.
if [ "$1" = serve ] && [ -n "$HOLDFAST_TICKET" ] && ! rm "$HOLDFAST_TICKET" 2>/dev/null; then
  cat >/dev/null
  exit 1
fi
sh -c '
  trap "" HUP INT TERM
  while read -r _; do :; done <&3
  parent=$(ps -o ppid= -p $$ 2>/dev/null) || parent=$1
  [ "$((parent))" = "$1" ] && kill -9 "$1"
' lifeline $$ </dev/null >/dev/null 2>&1 &
if [ "$1" = serve ]; then set -- "$HOLDFAST_WORKERD" "$@"; fi
exec "$@"
