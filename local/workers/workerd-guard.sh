#!/bin/sh
# Runs workerd (HOLDFAST_WORKERD) so that it does not outlive the process that started it, not even when that one is killed
# with -9. Descriptor 3 is miniflare's control pipe, whose other end only that process holds: reading it ends when it dies.
(
  while read -r _; do :; done <&3
  kill -9 $$
) </dev/null >/dev/null 2>&1 &
exec "$HOLDFAST_WORKERD" "$@"
