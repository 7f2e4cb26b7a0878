#!/bin/sh
# An OCI runtime that drops CAP_SYS_RESOURCE before it becomes the real runc.
#
# Some hosts (CI virtual machines above all) do not have that capability in their bounding set. There runc cannot
# start `--privileged` and `--cap-add ALL` containers: "unable to apply caps: operation not permitted". This wrapper
# takes the capability out of what the engine asks for. On a host that has it, it changes nothing.
set -u

# RUNC_WRAPPER_STATUS exists for the tests: they have to play both kinds of host.
host_has_the_capability() {
  while read -r key value; do
    [ "$key" = CapBnd: ] || continue
    # CAP_SYS_RESOURCE is bit 24: the lowest bit of the seventh hexadecimal digit from the right.
    case "${value%??????}" in *[13579bdfBDF]) return 0 ;; *) return 1 ;; esac
  done <"${RUNC_WRAPPER_STATUS:-/proc/self/status}"
  return 0 # no such line: not the kernel this is about
}

# Only inside "capabilities": {...}. The same words inside a JSON string have escaped quotes and do not match.
# A failure leaves the file as it was: runc then says what is wrong.
drop_the_capability() {
  [ -f "$1" ] && [ -w "$1" ] || return 0
  list='"capabilities"[[:space:]]*:[[:space:]]*{[^}]*'
  name='"CAP_SYS_RESOURCE"'
  if LC_ALL=C sed -e ':slurp' -e '$!{' -e N -e 'b slurp' -e '}' \
    -e ':again' \
    -e "s/\\($list\\)$name[[:space:]]*,[[:space:]]*/\\1/" -e 't again' \
    -e "s/\\($list[^[:space:]]\\)[[:space:]]*,[[:space:]]*$name/\\1/" -e 't again' \
    -e "s/\\($list\\)$name/\\1/" -e 't again' \
    "$1" >"$1.wrapped"; then
    cat "$1.wrapped" >"$1" # not mv: owner and mode stay
  fi
  rm -f "$1.wrapped"
}

# Prints the value of an option of the command, given as "--bundle X", "--bundle=X" or "-b X".
option() {
  long=$1 short=$2
  shift 2
  while [ $# -gt 0 ]; do
    case "$1" in
      "$long" | "$short" | "${long#-}") [ $# -gt 1 ] && printf '%s' "$2" && return ;;
      "$long="*) printf '%s' "${1#*=}" && return ;;
      "${long#-}="* | "$short="*) printf '%s' "${1#*=}" && return ;;
    esac
    shift
  done
}

# The command is the first word that is neither a global option nor such an option's value.
edit_what_the_command_reads() {
  while [ $# -gt 0 ]; do
    case "$1" in
      --root | --log | --log-format | --criu | --rootless) shift ;;
      -*) ;;
      create | run)
        shift
        bundle=$(option --bundle -b "$@")
        drop_the_capability "${bundle:-.}/config.json"
        return
        ;;
      exec)
        shift
        process=$(option --process -p "$@")
        [ -z "$process" ] || drop_the_capability "$process"
        return
        ;;
      *) return ;;
    esac
    shift
  done
}

# The wrapper may itself be installed as "runc" in front of the real one.
real_runc() {
  [ -z "${RUNC_WRAPPER_RUNC:-}" ] || { printf '%s' "$RUNC_WRAPPER_RUNC" && return; }
  rest=$PATH:/usr/sbin:/usr/bin:/sbin:/bin
  while [ -n "$rest" ]; do
    candidate=${rest%%:*}/runc
    case "$rest" in *:*) rest=${rest#*:} ;; *) rest= ;; esac
    [ -x "$candidate" ] && ! [ "$candidate" -ef "$0" ] && printf '%s' "$candidate" && return
  done
}

runc=$(real_runc)
if [ -z "$runc" ]; then
  echo "runc-capability-wrapper: no runc on the PATH; install the package runc" >&2
  exit 127
fi
host_has_the_capability || edit_what_the_command_reads "$@"
exec "$runc" "$@"
