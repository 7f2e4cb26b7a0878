/**
 * Commands that make files of their own of what are several names of one file. Two names would leave the container as one
 * file and a tar link to it, which no zip archive can hold. `directory`: shell text. `ownLinks`: those that every file has.
 */
export function separate(directory: string, ownLinks: number): string[] {
  return [
    `  find ${directory} -type f -links +${String(ownLinks)} -exec stat -c '%i %n' {} + | sort | {`,
    `    _longshore_last=`,
    `    while IFS=' ' read -r _longshore_inode _longshore_name; do`,
    `      if [ "$_longshore_inode" = "$_longshore_last" ] && [ -f "$_longshore_name" ]; then`,
    `        cp -p "$_longshore_name" "$_longshore_name.~" && mv -f "$_longshore_name.~" "$_longshore_name"`,
    `      fi`,
    `      _longshore_last=$_longshore_inode`,
    `    done`,
    `  }`,
  ];
}
