/** A daemon's containers are asked for by its own client, over the socket that docker:dind always has. */
const client = `d() { docker -H unix:///var/run/docker.sock "$@"; }`;

/**
 * Takes away what a job's own containers were, and what they alone used; images and build cache stay. Leaves in `stuck`
 * what could not be removed.
 */
const tidy = `
containers() { d ps -aq --no-trunc; }
volumes() { d volume ls -q; }
networks() { d network ls -q --filter type=custom; }
gone() { found=$("$1") && [ -z "$found" ]; }
tidy() {
  stuck=
  gone containers || { d rm -fv $found >/dev/null 2>&1; gone containers; } || stuck=containers
  gone volumes || { d volume rm -f $found >/dev/null 2>&1; gone volumes; } || stuck=volumes
  gone networks || { d network rm $found >/dev/null 2>&1; gone networks; } || stuck=networks
}
count() { set -- $1; echo $#; }
`;

/**
 * What a daemon would not say of its store before somebody needs it: layers whose files are gone, images that it left
 * out when it started, things that would act in the next job by themselves. Reads names and sizes only.
 */
const structure = `
fail() { echo "broken $*"; exit 3; }
word() { value=; read -r value <"$1" || :; }
layers() {
  for layer in image/*/layerdb/sha256/*; do
    [ -d "$layer" ] || continue
    driver=\${layer#image/}; driver=\${driver%%/*}; name=\${layer##*/}
    for file in cache-id diff size tar-split.json.gz; do
      [ -s "$layer/$file" ] || fail "the layer $name lacks its $file"
    done
    word "$layer/cache-id"
    case $driver in
    overlay2 | fuse-overlayfs)
      of=$driver/$value
      [ -d "$of/diff" ] && [ -s "$of/link" ] || fail "the files of the layer $name are gone"
      [ ! -e "$layer/parent" ] || [ -s "$of/lower" ] || fail "the layer $name does not know what it lies on"
      word "$of/link"
      [ -d "$driver/l/$value" ] || fail "the files of the layer $name can't be found"
      ;;
    vfs) [ -d "vfs/dir/$value" ] || fail "the files of the layer $name are gone" ;;
    esac
  done
}
foreign() {
  [ ! -e swarm/docker-state.json ] || fail "a job has made its daemon a part of a swarm"
  for plugin in plugins/*; do
    case $plugin in plugins/storage | plugins/tmp | 'plugins/*') ;; *) fail "a job has installed a plugin in its daemon" ;; esac
  done
}
`;

/**
 * Run in the daemon's container as `sh -c SCRIPT DIRECTORY clean|unclean IMAGES`, IMAGES being how many there were when
 * the last job had ended, or an empty word. Removes the containers, volumes and networks of earlier jobs. Exit code 0,
 * or `broken REASON` on the standard output and exit code 3.
 */
export const storeCheckScript = `${client}${tidy}${structure}
cd "$0" || fail "its directory is not there"
foreign
layers
images=$(d image ls -aq --no-trunc) || fail "its images can't be listed"
images=$(printf '%s\\n' "$images" | sort -u)
listed=$(count "$images")
stored=0
for file in image/*/imagedb/content/sha256/*; do [ ! -e "$file" ] || stored=$((stored + 1)); done
[ "$stored" -eq 0 ] || [ "$stored" -eq "$listed" ] || fail "the daemon can read only $listed of its $stored images"
if [ "$1" = clean ]; then
  [ -z "$2" ] || [ "$2" -eq "$listed" ] || fail "it has $listed images, and had $2"
elif [ -n "$images" ]; then
  d image inspect $images >/dev/null 2>&1 || fail "some of its images can't be read"
fi
tidy
[ -z "$stuck" ] || fail "$stuck of an earlier job can't be removed"
`;

/**
 * Run in the daemon's container as `sh -c SCRIPT DIRECTORY` when the job is over. Prints `images N`, `synced` when all is
 * on the disk, and `kilobytes N`, each as soon as it is so.
 */
export const storeEndScript = `${client}${tidy}
cd "$0" || exit 1
tidy
images=$(d image ls -aq --no-trunc) && images=$(printf '%s\\n' "$images" | sort -u) && echo "images $(count "$images")"
{ sync -f . || sync; } 2>/dev/null && echo synced
calmly=; ! command -v nice >/dev/null || calmly="nice -n 19"
size=$($calmly du -skx . 2>/dev/null | tail -n 1)
echo "kilobytes \${size%%[!0-9]*}"
`;

/** Run in the same way by a job that is cut: nothing that it started there goes on. */
export const storeQuietScript = `${client}
found=$(d ps -q --no-trunc) && [ -z "$found" ] || d kill $found >/dev/null 2>&1
`;
