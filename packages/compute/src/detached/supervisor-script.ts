/**
 * What stays beside a detached program: keeps its output, waits for it and writes down how it ended. A shell, since it has
 * to outlive us at next to no cost. It is not a member of the program's group, and so outlives that as well.
 *
 * $1 is its folder, $2 the group's marker, $3 the variable that carries it, $4 how many bytes of each output are kept; the
 * program and its arguments follow. It says one line when the file `process`, which names it, is there.
 *
 * `dd` writes what it reads at once, where `head -c` would hold it back. It reads 64 times 64 KiB at most, so an output is
 * cut at most 4 MiB late; a fast writer fills its reads, so that one `dd` costs little.
 */
export const SUPERVISOR_SCRIPT: string = String.raw`
folder=$1 marker=$2 variable=$3 bytes_max=$4
shift 4
# The program's PATH is the program's: tools of the supervisor come from the system.
program_path=$PATH PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH
program_umask=$(umask)
umask 077

if read -r stat 2>/dev/null <"/proc/$$/stat"; then
  fields=( ${"$"}{stat##*") "} )
  start_time=${"$"}{fields[19]} boot_id=$(cat /proc/sys/kernel/random/boot_id)
else
  start_time=$(LC_ALL=C ps -o lstart= -p $$ | sed 's/^ *//; s/ *$//') boot_id=$(sysctl -n kern.bootsessionuuid)
fi
write() { printf '%s\n' "$2" >"$folder/$1.partial" && mv "$folder/$1.partial" "$folder/$1"; }
write process "{\"pid\":$$,\"startTime\":\"$start_time\",\"bootId\":\"$boot_id\",\"marker\":\"$marker\"}"
echo ready
exec >/dev/null

keep() {
  local file=$folder/$1 before=-1 now=0
  : >"$file"
  while [ "$now" -lt "$bytes_max" ]; do
    [ "$now" -eq "$before" ] && return
    before=$now
    dd bs=65536 count=64 >>"$file" 2>/dev/null
    now=$(($(wc -c <"$file")))
  done
  printf '\n[flightdeck: cut here, at more than %s bytes]\n' "$bytes_max" >>"$file"
  exec cat >/dev/null
}
mkfifo "$folder/stdout.pipe" "$folder/stderr.pipe"
keep stdout <"$folder/stdout.pipe" & keepers=$!
keep stderr <"$folder/stderr.pipe" & keepers="$keepers $!"

# Under set -m the program gets a process group of its own. Out of memory, it goes before whoever asked for it.
set -m
PATH=$program_path /usr/bin/env "$variable=$marker" /bin/sh -c '
  (echo 500 >/proc/self/oom_score_adj) 2>/dev/null
  folder=$1 program_umask=$2
  shift 2
  echo $$ >"$folder/leader"
  [ ! -e "$folder/cancelled" ] || exit 143
  umask "$program_umask"
  exec "$@"
' sh "$folder" "$program_umask" "$@" </dev/null >"$folder/stdout.pipe" 2>"$folder/stderr.pipe" &
leader=$!
set +m
wait "$leader"
code=$?
rm -f "$folder/leader"

strays() { grep -lsF "$variable=$marker" /proc/[0-9]*/environ 2>/dev/null | sed 's/[^0-9]//g'; }
alive() { kill -s 0 -- "-$leader" 2>/dev/null || [ -n "$(strays)" ]; }
send() { kill -s "$1" -- "-$leader" 2>/dev/null; for pid in $(strays); do kill -s "$1" "$pid" 2>/dev/null; done; }
left=20
while alive && [ "$left" -gt 0 ]; do
  [ "$left" -eq 20 ] && send TERM
  sleep 0.1
  left=$((left - 1))
done
alive && send KILL

# One that got away may hold the pipes open: it is not waited for.
for keeper in $keepers; do
  left=10
  while kill -s 0 "$keeper" 2>/dev/null && [ "$left" -gt 0 ]; do sleep 0.1; left=$((left - 1)); done
  kill -s KILL "$keeper" 2>/dev/null
done
rm -f "$folder/stdout.pipe" "$folder/stderr.pipe"
write exit "$code"
`;
