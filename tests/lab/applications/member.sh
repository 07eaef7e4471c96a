#!/bin/sh
# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# A member of an etcd cluster. ETCD_INITIAL_CLUSTER names all of them; this one is the one with this host's name.

set -eu

ETCD_NAME=$(hostname)
peer=$(echo "$ETCD_INITIAL_CLUSTER" | tr , '\n' | sed -n "s/^$ETCD_NAME=//p")
if [ -z "$peer" ]; then
    echo "ETCD_INITIAL_CLUSTER has no member $ETCD_NAME: $ETCD_INITIAL_CLUSTER" >&2
    exit 1
fi
export ETCD_NAME
exec etcd --listen-peer-urls http://0.0.0.0:2380 --initial-advertise-peer-urls "$peer" \
    --listen-client-urls http://0.0.0.0:2379 --advertise-client-urls "${peer%:*}:2379"
