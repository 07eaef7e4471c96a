#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_build
short_description: Build an image from source
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Builds an image on the host, from a Git repository, a folder or an archive, with source-to-image builder images or a
    Dockerfile.
  - What was built is on the image itself. When O(tag) names an image of the same source, the same builder image and the
    same options, nothing is built and nothing changes.
  - A build is a transient unit of systemd. It goes on when the task that started it is killed or loses its connection,
    and the same task joins it. When it ends, nothing is left of it but the image, its result, and its log in the
    journal.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Unless O(force=true).
options:
  tag:
    description:
      - Name of the image, such as V(registry.example.com/shop/web:42). Without a tag, C(:latest) is meant. Required,
        but for O(usage=true).
    type: str
  source:
    description:
      - Where the source is. The name of a repository that M(geard.core.gear_repo) made on the host, such as V(shop).
        The URL of a Git repository by https, http, ssh or git, also as C(user@host:path). Or an absolute path on the
        host. Required, but for O(usage=true).
      - On the host, a bare Git repository is built from O(ref). A folder is taken as it is, without its C(.git). An
        archive is a file that ends in C(.tar), C(.tar.gz), C(.tgz), C(.tar.bz2), C(.tar.xz) or C(.zip).
      - C(file://) leads to repositories that M(geard.core.gear_repo) made, and nowhere else.
      - A user and password in a URL are used for this, and never shown.
    type: str
  ref:
    description:
      - Branch, tag or full commit of a Git repository. Default is the branch that its C(HEAD) names. In a repository on
        the host, also the first digits of a commit.
    type: str
  context_dir:
    description:
      - Folder of the source to build, instead of all of it. A relative path.
    type: path
  submodules:
    description:
      - Whether to fetch the submodules of a Git repository. They are fetched by https, http, ssh and git only.
    type: bool
    default: true
  key_file:
    description:
      - Private key on the host, with which to fetch the source or its submodules by ssh.
    type: path
  accept_hostkey:
    description:
      - Whether ssh may take the key of a server that it sees for the first time, instead of one that is known.
    type: bool
    default: false
  strategy:
    description:
      - V(s2i) runs the scripts of a source-to-image builder image on the source. V(dockerfile) follows the source's
        Dockerfile.
    type: str
    choices: [s2i, dockerfile]
    default: s2i
  builder_image:
    description:
      - Image that turns the source into an application. Required with O(strategy=s2i).
    type: str
  runtime_image:
    description:
      - Image to run the application in, instead of the builder image. Only with O(strategy=s2i). It is always built
        clean.
    type: str
  runtime_artifacts:
    description:
      - What to copy from the builder image into the O(runtime_image), each C(/path) or C(/path:folder). The folder is
        below the working directory of the runtime image. Default is the label C(io.openshift.s2i.assemble-input-files)
        of that image.
    type: list
    elements: str
  scripts_url:
    description:
      - Where the scripts C(assemble), C(run) and C(save-artifacts) are, before those in the source's C(.s2i/bin) and
        those that the builder image names. V(image:///path) in the image, V(file:///path) on the host, or an http or
        https URL, with a user and password if need be. Only with O(strategy=s2i).
    type: str
  env:
    description:
      - Variables for the scripts, which the image keeps. They have precedence over C(.s2i/environment) in the source.
        Only with O(strategy=s2i). Values are never shown, but whoever has the image has them.
    type: dict
  incremental:
    description:
      - Whether to give the scripts what C(save-artifacts) finds in the image that O(tag) names, such as downloaded
        dependencies. Only with O(strategy=s2i). A change of this alone builds nothing.
    type: bool
    default: true
  clean:
    description:
      - Build without anything of an earlier build, no artifacts and no layers in Docker's cache. A change of this alone
        builds nothing, unless with O(force).
    type: bool
    default: false
  dockerfile:
    description:
      - The Dockerfile, a path below O(context_dir). Default V(Dockerfile). Only with O(strategy=dockerfile).
    type: path
  build_args:
    description:
      - Arguments for the Dockerfile. Values are never shown, but whoever has the image may find them in its history.
        Only with O(strategy=dockerfile).
    type: dict
  target:
    description:
      - Stage of the Dockerfile to build, if not the last. Only with O(strategy=dockerfile).
    type: str
  labels:
    description:
      - Further labels of the image. Those that the scripts of a builder image leave for it win.
    type: dict
  pull:
    description:
      - Whether to pull the images that the build begins with when they are not on the host (V(missing)), always, or
        never.
    type: str
    choices: [missing, always, never]
    default: missing
  push:
    description:
      - Whether to push the image to the registry that O(tag) names, unless a task on this host has pushed this very
        image by this name. One that was built but not pushed is pushed.
    type: bool
    default: false
  registry_username:
    description:
      - Login at the registry that O(tag) names. Default is what C(docker login) left for root on the host.
    type: str
  registry_password:
    description:
      - Its password or token. Never shown, and removed from the host when the build ends.
    type: str
  callback_url:
    description:
      - An http or https URL that is told what came of the build. It gets a POST with a JSON object, up to five times
        until it answers with a status below 300. See RV(callback).
      - A user and password in it, percent-encoded if need be, are used for this, and never shown.
    type: str
  network:
    description:
      - Docker network of the build, if not Docker's default bridge. V(none) and V(host) are possible.
    type: str
  extra_hosts:
    description:
      - Further lines of C(/etc/hosts) during the build, each C(name:address).
    type: list
    elements: str
  slice:
    description:
      - Slice that bounds the build. It must exist on the host.
    type: str
    default: container-small
  memory:
    description:
      - Memory limit of the scripts, such as V(512m). Only with O(strategy=s2i), others are bounded by O(slice).
    type: str
  cpus:
    description:
      - Number of processors the scripts may use, such as V(0.5). Only with O(strategy=s2i).
    type: str
  pids:
    description:
      - Number of processes and threads the scripts may have. Only with O(strategy=s2i).
    type: int
  timeout:
    description:
      - Seconds after which the build is stopped, and fails. V(0) is never.
    type: int
    default: 3600
  usage:
    description:
      - Build nothing, and return what the script C(usage) of the O(builder_image) says of the variables and sources it
        takes. O(scripts_url), O(pull), O(slice), O(timeout) and the limits count, other options do not. The script has
        to be in the image, and has no network.
    type: bool
    default: false
  force:
    description:
      - Build although nothing has changed.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the build has ended. The task then fails unless it succeeded.
      - With V(false) the task ends as soon as the build is started. The same task joins it later.
    type: bool
    default: true
notes:
  - Of the output, the first and the last 128 KiB are returned. The journal has all of it, see M(geard.core.gear_log).
  - Results are kept for a week unless O(geard.core.gear_host#module:keep_jobs) says otherwise.
  - Which image was pushed by which name is recorded on the host for as long as it has an image of this name. Whether
    the registry still has it is not asked; O(force=true) builds and pushes again.
  - One build of a tag runs at a time. The same task joins one that runs, another one fails.
  - With the C(async) of Ansible, the controller does not hold a connection while the build runs.
  - Nothing of the source is run on the host, and nothing outside of it is read. Set-user-ID bits are taken off,
    devices, sockets and pipes are refused.
  - The image that O(tag) named before is removed when nothing else names or uses it.
seealso:
  - module: geard.core.gear_repo
  - module: geard.core.gear_container
  - module: geard.core.gear_log
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Build what was pushed to the repository shop on this host
  geard.core.gear_build:
    source: shop
    ref: main
    builder_image: registry.example.com/builders/python:3.13
    tag: registry.example.com/shop/web:latest
  register: build

- name: Run it
  geard.core.gear_container:
    name: web
    image: "{{ build.tag }}"
    ports: [8080]

- name: Follow the Dockerfile of a tag of a repository elsewhere, and push the image
  geard.core.gear_build:
    source: https://git.example.com/shop/api.git
    ref: v1.4.2
    strategy: dockerfile
    dockerfile: deploy/Dockerfile
    build_args:
      RELEASE: 1.4.2
    tag: registry.example.com/shop/api:1.4.2
    push: true
    registry_username: deploy
    registry_password: "{{ vault_registry_password }}"

- name: Ask a builder image what it takes
  geard.core.gear_build:
    builder_image: registry.example.com/builders/python:3.13
    usage: true
  register: builder

- name: Build in one image, run in a smaller one
  geard.core.gear_build:
    source: /srv/uploads/shop.tar.gz
    context_dir: shop-2.0/server
    builder_image: registry.example.com/builders/go:1.25
    runtime_image: registry.example.com/base/static:1
    runtime_artifacts: ["/opt/app/bin/server:bin"]
    tag: shop/server:2.0
    slice: container-large
    timeout: 900
    callback_url: https://ci.example.com/hooks/builds
"""

RETURN = r"""
actions:
  description: What was done, or in check mode would be done, one line each.
  returned: always
  type: list
  elements: str
  sample: ["image shop/web:latest: build from shop at 8f14e45fceea"]
usage:
  description:
    - What the builder image says of its use. V(null) in check mode when the image has to be pulled. Beside it there are
      only C(changed), RV(actions) and RV(msg) then.
  returned: with O(usage=true)
  type: str
reasons:
  description: Why it was built, one line each. Empty when nothing was.
  returned: always
  type: list
  elements: str
  sample: ["the source is 8f14e45fceea, not 45c48cce2e2d"]
tag:
  description: Name of the image, with its tag.
  returned: always
  type: str
image_id:
  description: Id of the image that O(tag) names now. V(null) when there is none.
  returned: always
  type: str
previous_image_id:
  description: Id of the image that it named before this task.
  returned: always
  type: str
source:
  description: Where the source is, without user and password.
  returned: always
  type: str
commit:
  description: The commit that was asked for. V(null) for a source without commits.
  returned: always
  type: str
source_id:
  description: What identifies the source, C(git:) and its commit, or C(sha256:) and a hash of its content.
  returned: always
  type: str
strategy:
  description: How it is built.
  returned: always
  type: str
builder_image_id:
  description: Id of the builder image. V(null) with O(strategy=dockerfile), and when check mode would have to pull it.
  returned: always
  type: str
build_id:
  description:
    - The id of the build, for M(geard.core.gear_log) and M(geard.core.gear_info). V(null) when nothing was built.
  returned: always
  type: str
  sample: 20260301-120000-4f2a91c0
unit:
  description: Unit of the build. V(null) when nothing was built.
  returned: always
  type: str
joined:
  description: Whether the build was there before this task.
  returned: always
  type: bool
state:
  description:
    - V(unchanged), V(waiting) for one that has not begun, V(running), V(finished), V(failed), V(timeout) for one that
      was stopped because it took too long, or V(lost) for one that was interrupted.
  returned: always
  type: str
step:
  description:
    - What the build is at, or was at when it failed. V(source), V(scripts), V(artifacts), V(upload), V(assemble),
      V(assemble-runtime), V(commit), V(dockerfile), V(push). V(null) when nothing was built.
  returned: always
  type: str
steps:
  description: Seconds that each step took, in their order.
  returned: always
  type: dict
  sample: {"source": 0.12, "upload": 0.05, "assemble": 3.81, "commit": 0.4}
rc:
  description: Exit status of the script or program that ended the build.
  returned: when there is one
  type: int
msg:
  description: What it is at, or why it failed with its last lines.
  returned: always
  type: str
output:
  description: What the build wrote, without the values of variables. Bytes that are no UTF-8 are written as C(\\xHH).
  returned: always
  type: str
output_truncated:
  description: Whether something is left out of the middle.
  returned: always
  type: bool
incremental:
  description: Whether artifacts of an earlier image were used.
  returned: always
  type: bool
pushed:
  description: Digest that the registry gave the image. V(null) when this task pushed nothing.
  returned: always
  type: str
callback:
  description:
    - What became of O(callback_url), V(told), or why it was not told. V(null) when there is none or nothing was built.
      The URL gets C(success), C(payload) (the message, with the last lines of a failure), C(build_id), C(tag),
      C(image_id), C(commit), C(source), C(duration) and C(labels).
  returned: always
  type: str
slice:
  description: The slice of the build.
  returned: always
  type: str
created_at:
  description: When a task asked for it. ISO 8601, UTC, as all times. V(null) when nothing was built.
  returned: always
  type: str
started_at:
  description: When it began. V(null) until it has ended.
  returned: always
  type: str
finished_at:
  description: When it ended. V(null) until then.
  returned: always
  type: str
duration:
  description: Seconds between the two.
  returned: always
  type: float
"""

from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.build import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

OPTIONS = {
    "tag": {"type": "str"},
    "source": {"type": "str"},
    "ref": {"type": "str"},
    "context_dir": {"type": "path"},
    "submodules": {"type": "bool", "default": True},
    "key_file": {"type": "path"},
    "accept_hostkey": {"type": "bool", "default": False},
    "strategy": {"type": "str", "choices": ["s2i", "dockerfile"], "default": "s2i"},
    "builder_image": {"type": "str"},
    "runtime_image": {"type": "str"},
    "runtime_artifacts": {"type": "list", "elements": "str"},
    "scripts_url": {"type": "str"},
    "env": {"type": "dict", "no_log": True},
    "incremental": {"type": "bool", "default": True},
    "clean": {"type": "bool", "default": False},
    "dockerfile": {"type": "path"},
    "build_args": {"type": "dict", "no_log": True},
    "target": {"type": "str"},
    "labels": {"type": "dict"},
    "pull": {"type": "str", "choices": ["missing", "always", "never"], "default": "missing"},
    "push": {"type": "bool", "default": False},
    "registry_username": {"type": "str"},
    "registry_password": {"type": "str", "no_log": True},
    "callback_url": {"type": "str"},
    "network": {"type": "str"},
    "extra_hosts": {"type": "list", "elements": "str"},
    "slice": {"type": "str", "default": "container-small"},
    "memory": {"type": "str"},
    "cpus": {"type": "str"},
    "pids": {"type": "int"},
    "timeout": {"type": "int", "default": 3600},
    "usage": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
}


def main() -> None:
    module = Module(
        argument_spec=OPTIONS,
        required_if=[("strategy", "s2i", ["builder_image"]), ("usage", False, ["tag", "source"])],
        required_together=[("registry_username", "registry_password")],
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
