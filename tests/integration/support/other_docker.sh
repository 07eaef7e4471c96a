# shellcheck shell=bash
# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# Runs on a bare host. Debian's Docker under the names, paths and conflicts of the packages from Docker's own repository.

set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

# repack PACKAGE NAME CONFLICTS
repack() {
  rm -rf "$2" && dpkg-deb -R "$1"_*.deb "$2"
  sed -i "s/^Package: .*/Package: $2/; s/^\(Conflicts\|Breaks\|Replaces\|Provides\|Recommends\):.*//; s/docker-cli/docker-ce-cli/" "$2/DEBIAN/control"
  sed -i "/^$/d; \$a Conflicts: $3" "$2/DEBIAN/control"
  if [[ -e $2/usr/sbin/dockerd ]]; then
    mv "$2/usr/sbin/dockerd" "$2/usr/bin/dockerd"
    sed -i 's#/usr/sbin/dockerd#/usr/bin/dockerd#' "$(find "$2" -name docker.service)"
  fi
  dpkg-deb -Znone -b "$2" "$2.deb" > /dev/null
}

mkdir -p /root/other && cd /root/other
apt-get update -qq
apt-get download -qq docker.io
repack docker.io docker-ce docker.io
if apt-get download -qq docker-cli 2> /dev/null; then
  repack docker-cli docker-ce-cli docker.io,docker-cli
else
  # Here docker.io brings the client, too.
  rm -rf docker-ce-cli && mkdir -p docker-ce-cli/DEBIAN docker-ce-cli/usr/bin
  mv docker-ce/usr/bin/docker docker-ce-cli/usr/bin/
  printf 'Package: docker-ce-cli\nVersion: 1\nArchitecture: %s\nMaintainer: x <x@example.com>\nDescription: x\n' \
    "$(dpkg --print-architecture)" > docker-ce-cli/DEBIAN/control
  dpkg-deb -Znone -b docker-ce docker-ce.deb > /dev/null
  dpkg-deb -Znone -b docker-ce-cli docker-ce-cli.deb > /dev/null
fi
apt-get install -y -qq --no-install-recommends ./docker-ce.deb ./docker-ce-cli.deb
cd / && rm -r /root/other
