#!/bin/sh
# Makes the root file system of the images from Debian's packages and writes it to a tar file.
# debian-root.sh SUITE MIRROR WORK_DIRECTORY TAR_FILE
set -eu
suite=$1 mirror=$2 work=$3 tar_file=$4
root=$work/root

rm -rf "$work"
mkdir -p "$work"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
debootstrap --variant=minbase --keyring="$keyring" --include=ca-certificates "$suite" "$root" "$mirror"

# What no job reads: downloaded packages, package lists, documentation, translations. Licences stay.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt/* \
  "$root"/usr/share/man/* "$root"/usr/share/info/* "$root"/usr/share/locale/* "$root"/debootstrap
find "$root/usr/share/doc" -type f ! -name copyright -delete
cat >"$root/etc/apt/apt.conf.d/90-image" <<'APT'
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "2";
APT
cat >"$root/etc/dpkg/dpkg.cfg.d/90-image" <<'DPKG'
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
DPKG
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service is started inside an image
chmod 755 "$root/usr/sbin/policy-rc.d"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

tar -C "$root" --numeric-owner --one-file-system -c . >"$tar_file.partial"
mv "$tar_file.partial" "$tar_file"
rm -rf "$work"
