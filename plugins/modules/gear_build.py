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
  - Builds an image on the host from a Git repository, a folder or an archive, with a source-to-image builder image or a
    Dockerfile.
  - A label of the image records what it was made of. When O(tag) names an image of the same source, the same builder
    image and the same options, the task builds nothing and changes nothing.
  - A build is a transient unit of systemd. It continues when the task that started it is killed or loses its
    connection, and the same task joins it. When it ends, only the image, its result and its log in the journal remain.
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
      - Name of the image, such as V(registry.example.com/shop/web:42). A name without a tag gets C(:latest). Required
        unless O(usage=true).
    type: str
  source:
    description:
      - Where the source is. Either the name of a repository that M(geard.core.gear_repo) made on the host, such as
        V(shop), or the URL of a Git repository by https, http, ssh or git, also as C(user@host:path), or an absolute
        path on the host. Required unless O(usage=true).
      - A path is a bare Git repository, a folder, or an archive. A folder is used as it is, without its C(.git). An
        archive ends in C(.tar), C(.tar.gz), C(.tgz), C(.tar.bz2), C(.tbz2), C(.tar.xz), C(.txz) or C(.zip).
      - A C(file://) URL must lead to a repository that M(geard.core.gear_repo) made.
      - A user and password in the URL are used to fetch the source, and never shown.
    type: str
  ref:
    description:
      - Branch, tag or full commit of a Git repository. The default is the branch that its C(HEAD) names. In a
        repository on the host, the first digits of a commit are enough.
    type: str
  context_dir:
    description:
      - Folder of the source to build instead of all of it, as a relative path.
    type: path
  submodules:
    description:
      - Fetch the submodules of a Git repository. Their URLs must use https, http, ssh or git.
    type: bool
    default: true
  key_file:
    description:
      - Private key on the host, used to fetch the source and its submodules by ssh.
    type: path
  accept_hostkey:
    description:
      - Let ssh accept the host key of a server that it does not know yet. A changed key is always refused.
    type: bool
    default: false
  strategy:
    description:
      - V(s2i) runs the scripts of a source-to-image builder image on the source. V(dockerfile) builds by a Dockerfile
        in the source.
    type: str
    choices: [s2i, dockerfile]
    default: s2i
  builder_image:
    description:
      - Image whose scripts turn the source into an application. Required with O(strategy=s2i).
    type: str
  runtime_image:
    description:
      - Image that the application runs in, instead of the builder image. Such a build is never O(incremental). Only
        with O(strategy=s2i).
    type: str
  runtime_artifacts:
    description:
      - What to copy from the builder image to the O(runtime_image), each C(/path) or C(/path:folder). The folder is
        relative to the working directory of the runtime image. The default is that image's label
        C(io.openshift.s2i.assemble-input-files).
    type: list
    elements: str
  scripts_url:
    description:
      - Where the scripts C(assemble), C(run) and C(save-artifacts) are. V(image:///path) in the builder image,
        V(file:///path) on the host, or an http or https URL, which may have a user and password. These scripts have
        precedence over those in the source's C(.s2i/bin) and those that the builder image names. Only with
        O(strategy=s2i).
    type: str
  env:
    description:
      - Variables for the scripts, which the image keeps. They have precedence over C(.s2i/environment) in the source.
        Values are never shown, but anybody with the image can read them. Only with O(strategy=s2i).
    type: dict
  incremental:
    description:
      - Reuse what the script C(save-artifacts) saves of the image that O(tag) names, such as downloaded dependencies.
        A change of this alone builds nothing. Only with O(strategy=s2i).
    type: bool
    default: true
  clean:
    description:
      - Reuse nothing of earlier builds, neither artifacts nor layers in Docker's cache. A change of this alone builds
        nothing, unless O(force=true).
    type: bool
    default: false
  dockerfile:
    description:
      - Path of the Dockerfile below O(context_dir). Default V(Dockerfile). Only with O(strategy=dockerfile).
    type: path
  build_args:
    description:
      - Arguments for the Dockerfile. Values are never shown, but anybody with the image may find them in its history.
        Only with O(strategy=dockerfile).
    type: dict
  target:
    description:
      - Stage of the Dockerfile to build, if not the last. Only with O(strategy=dockerfile).
    type: str
  labels:
    description:
      - Further labels of the image. Labels that the scripts of a builder image set have precedence.
    type: dict
  pull:
    description:
      - When to pull the images that the build starts from. V(missing) pulls those that are not on the host.
    type: str
    choices: [missing, always, never]
    default: missing
  push:
    description:
      - Push the image to the registry that O(tag) names, unless a task on this host has already pushed it under this
        name.
    type: bool
    default: false
  registry_username:
    description:
      - User at the registry that O(tag) names. The default is root's C(docker login) on the host.
    type: str
  registry_password:
    description:
      - Password or token of O(registry_username). Never shown, and removed from the host when the build ends.
    type: str
  callback_url:
    description:
      - An http or https URL that gets the result, as a POST with a JSON object (see RV(callback)). It is tried up to
        five times, until the URL answers with a status below 300.
      - A user and password in it, percent-encoded if need be, are used to log in, and never shown.
    type: str
  network:
    description:
      - Docker network of the build instead of Docker's default bridge, or V(none) or V(host).
    type: str
  extra_hosts:
    description:
      - Further entries of C(/etc/hosts) during the build, C(name:address).
    type: list
    elements: str
  slice:
    description:
      - Slice that limits the build. It must exist on the host.
    type: str
    default: container-small
  memory:
    description:
      - Memory limit of the scripts, such as V(512m). Only with O(strategy=s2i); O(slice) limits other builds.
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
      - Seconds after which the build is stopped and fails. V(0) is no limit.
    type: int
    default: 3600
  usage:
    description:
      - Build nothing, and return the output of the script C(usage) of the O(builder_image), which describes its
        variables and sources. Only O(scripts_url), O(pull), O(slice), O(timeout) and the limits have an effect. The
        script must be in the image, and runs without a network.
    type: bool
    default: false
  force:
    description:
      - Build even if nothing has changed.
    type: bool
    default: false
  wait:
    description:
      - Wait until the build has ended, and fail unless it succeeded.
      - With V(false) the task ends when the build has started. The same task joins it later.
    type: bool
    default: true
notes:
  - The result has the first and the last 128 KiB of the output. The journal has all of it, see M(geard.core.gear_log).
  - Results are kept for a week, or as long as O(geard.core.gear_host#module:keep_jobs) says.
  - The host records which image was pushed under which name, as long as it has an image of this name. The module does
    not ask whether the registry still has it; O(force=true) builds and pushes again.
  - One build of a tag runs at a time. A task for the same build joins it, a task for another build fails.
  - With Ansible's C(async) the controller holds no connection while the build runs.
  - No program of the source runs on the host, and no file outside of it is read. Set-user-ID bits are removed;
    devices, sockets and pipes are refused.
  - The image that O(tag) named before is removed, unless something else names or uses it.
seealso:
  - module: geard.core.gear_repo
  - module: geard.core.gear_container
  - module: geard.core.gear_log
  - module: geard.core.gear_info
"""

EXAMPLES = r"""
- name: Build the branch main, once somebody has pushed it to the repository shop of this host
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

- name: Build a release of a repository elsewhere by its Dockerfile, and push the image
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

- name: Ask a builder image which variables and sources it takes
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
  description: What the task did, or would do in check mode, one line each.
  returned: always
  type: list
  elements: str
  sample: ["image shop/web:latest: build from shop at 8f14e45fceea"]
usage:
  description:
    - The output of the builder image's script usage. V(null) in check mode when the image would have to be pulled. The
      only other keys are then C(changed), RV(actions) and RV(msg).
  returned: with O(usage=true)
  type: str
reasons:
  description: Why the image was built, one line each. Empty when it was not.
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
  description: Id of the image that O(tag) named before this task. V(null) when there was none.
  returned: always
  type: str
source:
  description: The source, without user and password.
  returned: always
  type: str
commit:
  description: The commit of the source. V(null) for a source that is not in Git.
  returned: always
  type: str
source_id:
  description: What identifies the content of the source, C(git:) and a commit, or C(sha256:) and a hash.
  returned: always
  type: str
strategy:
  description: The strategy.
  returned: always
  type: str
builder_image_id:
  description: Id of the builder image. V(null) with O(strategy=dockerfile), and in check mode if it is not on the host.
  returned: always
  type: str
build_id:
  description:
    - Id of the build, for M(geard.core.gear_log) and M(geard.core.gear_info). V(null) without a build.
  returned: always
  type: str
  sample: 20260301-120000-4f2a91c0
unit:
  description: Unit of the build. V(null) without a build.
  returned: always
  type: str
joined:
  description: Whether another task made the build.
  returned: always
  type: bool
state:
  description:
    - V(unchanged) without a build, V(waiting) before it begins, V(running), V(finished), V(failed), V(timeout) after it
      was stopped for its O(timeout), or V(lost) after the host crashed or rebooted.
  returned: always
  type: str
step:
  description:
    - The step the build is in, or ended in. V(source), V(pull), V(scripts), V(artifacts), V(upload), V(assemble),
      V(runtime), V(assemble-runtime), V(commit), V(dockerfile) or V(push). V(null) without a build.
  returned: always
  type: str
steps:
  description: Seconds that each step took, in the order of the steps.
  returned: always
  type: dict
  sample: {"source": 0.12, "upload": 0.05, "assemble": 3.81, "commit": 0.4}
rc:
  description: Exit status of the script or program that made the build fail.
  returned: when there is one
  type: int
msg:
  description: The state of the build, or why it failed with its last lines.
  returned: always
  type: str
output:
  description: Output of the build, with values of variables hidden. Bytes that are not UTF-8 are written as C(\\xHH).
  returned: always
  type: str
output_truncated:
  description: Whether the middle of the output is left out.
  returned: always
  type: bool
incremental:
  description: Whether artifacts of an earlier image were used.
  returned: always
  type: bool
pushed:
  description: Digest of the image in the registry. V(null) when nothing was pushed.
  returned: always
  type: str
callback:
  description:
    - V(told) when O(callback_url) got the result, or why it did not. V(null) without a URL or without a build. The URL
      gets C(success), C(payload) (the message, with the last lines of a failure), C(build_id), C(tag), C(image_id),
      C(commit), C(source), C(duration) and C(labels).
  returned: always
  type: str
slice:
  description: The slice of the build.
  returned: always
  type: str
created_at:
  description: When a task made the build, in ISO 8601 and UTC as all times. V(null) without a build.
  returned: always
  type: str
started_at:
  description: When the build began. V(null) until it has ended.
  returned: always
  type: str
finished_at:
  description: When the build ended. V(null) until then.
  returned: always
  type: str
duration:
  description: Seconds from RV(started_at) to RV(finished_at).
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
