/* Programs that MLflow's script of a job calls, for machines without them. */

/** MLflow copies a project's archive so. */
export const RSYNC_STAND_IN: string = `#!/bin/sh
# flightdeck's stand-in for rsync.
case "$*" in
  "-a -v --ignore-existing "*)
    shift 3
    if [ $# -eq 2 ] && [ -e "$2/$(basename "$1")" ]; then exit 0; fi
    [ $# -eq 2 ] && exec cp -a "$1" "$2" ;;
esac
echo "rsync $*: flightdeck's stand-in knows only: rsync -a -v --ignore-existing FILE FOLDER; install rsync for the rest" >&2
exit 1
`;

/** MLflow moves a project so; mv of BSD and macOS has no -T, which keeps a folder from being moved into another. */
export const MV_STAND_IN: string = `#!/bin/sh
# flightdeck's stand-in for mv -T.
if [ "$1" = -T ] && [ $# -eq 3 ]; then
  [ ! -d "$3" ] || rmdir "$3" || exit 1
  shift
fi
exec /bin/mv "$@"
`;
