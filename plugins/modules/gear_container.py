#!/usr/bin/python

# Copyright (c) 2026 geard.core contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gear_container
short_description: Run images as systemd services
version_added: "1.0.0"
author:
  - geard.core contributors (@geard)
description:
  - Installs Docker images as systemd services on a prepared host, and starts, stops and removes them. One task can do
    this for one gear or for hundreds.
  - A gear is the unit C(ctr-NAME.service), which runs the container C(NAME) in the foreground in a slice. Its output
    goes to the unit's journal, and its external ports stay its own. It comes back after a crash, a restart of Docker
    and a reboot.
  - With O(image) the task states the whole definition. Options that are left out have their defaults. Ports keep their
    external numbers, and links, environment and access stay unless they are given.
  - Without O(image) the definition stays, and the task can set only O(state), O(version) and O(refresh_image). Any
    other option of the definition is an error.
  - Each definition is a version, named by the hash of its content. A task with the same content writes nothing.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - Predicts the ports that would be allocated. The id of an image that must be pulled first is not known.
  diff_mode:
    support: full
    details:
      - Shows the names of environment variables, never their values.
  idempotent:
    support: partial
    details:
      - O(state=restarted) restarts the gear each time.
options:
  gears:
    description:
      - Many gears in one task, each a dictionary of the options below. This is much faster than a loop, because systemd
        reads its units once and all gears start together.
      - Options beside O(gears) are the defaults of all items.
    type: list
    elements: dict
    suboptions:
      <<: &gear
        state:
          description:
            - V(started) installs and starts the gear, now and at each boot. This is the default.
            - V(stopped) installs the gear and stops it. It does not start at boot.
            - V(restarted) is V(started) with a restart each time.
            - V(present) installs the gear. Whether it runs, and starts at boot, stays as it is.
            - V(absent) stops and removes the gear. See O(keep_data), O(keep_env) and O(keep_access).
          type: str
          choices: [started, stopped, restarted, present, absent]
        image:
          description:
            - The image to run. Required unless the gear exists.
            - The unit has the id that the name stands for at the time of the task, and runs that image at each start.
              When the name stands for another image at the next task, the definition changes.
          type: str
        refresh_image:
          description:
            - Without O(image), run the image that the gear's image name stands for now. The rest of the definition
              stays, and what the gear ran before is its version V(previous). Default V(false).
            - Fails when the image now declares a volume that the gear does not keep.
          type: bool
        pull:
          description:
            - When to pull the image. V(missing) is the default. V(always) asks the registry each time, and pulls when
              it has another image. V(never) fails when the host does not have the image.
          type: str
          choices: [missing, always, never]
        ports:
          description:
            - Ports to publish. Each is text C(internal), C(internal:external) or C(internal:external/protocol), or a
              dictionary of C(internal), C(external), C(address) and C(protocol). Put text in quotes, because YAML reads
              C(22:22) as a number.
            - For an external port that is 0 or left out, the smallest free port is allocated once and then kept. A port
              that another gear or a process of the host has is an error.
          type: list
          elements: raw
        env:
          description:
            - All variables of the gear's environment. When left out, the variables stay. Values reach the container
              byte for byte, and are never shown.
            - A value is text or a whole number. It has no NUL and no newline, and name and value together have at most
              65535 bytes, because Docker cannot carry others.
          type: dict
        env_name:
          description:
            - Use the environment of this name instead of the gear's own. M(geard.core.gear_env) makes it, or another
              gear of the same task, with O(env) or as its own.
          type: str
        env_files:
          description:
            - Further environment files of the host, in Docker's format. Docker reads them at each start, before the
              gear's environment.
          type: list
          elements: path
        links:
          description:
            - All links of the gear, in the forms of M(geard.core.gear_link). When left out, the links stay.
            - A running gear gets changed links at once, without a restart. When one cannot be put in force, the task
              fails, and the gear runs with the others.
          type: list
          elements: raw
        volumes:
          description:
            - Paths in the container whose content is kept on the host, below C(/var/lib/containers/data/). Docker fills
              a new one from the image. Volumes that the image declares are kept in the same way.
          type: list
          elements: str
        binds:
          description:
            - Files and folders of the host in the container, C(host:container) or C(host:container:options). Options
              are V(ro), V(rw), V(z), V(Z) and the kinds of bind propagation, separated by commas.
          type: list
          elements: str
        command:
          description:
            - Replaces the image's command. A list of words, or text that is split at blanks outside of quotes.
          type: raw
        entrypoint:
          description:
            - Replaces the image's entrypoint, in the forms of O(command).
          type: raw
        user:
          description:
            - User, and optionally group, in the container, by name or number.
          type: str
        workdir:
          description:
            - Working directory in the container.
          type: str
        hostname:
          description:
            - Host name in the container.
          type: str
        slice:
          description:
            - The slice that limits the gear. It must exist on the host. Default V(container-small).
          type: str
        memory:
          description:
            - Memory limit of the gear, such as V(512m), at least V(6m).
          type: str
        cpus:
          description:
            - Number of processors the gear may use, such as V(0.5).
          type: str
        pids:
          description:
            - Number of processes and threads the gear may have.
          type: int
        isolate:
          description:
            - Run as a login of its own, C(ctr-NAME), which owns the gear's data. The container has no capabilities,
              cannot gain privileges, and has an MCS label of its own where SELinux is on. Default V(false).
          type: bool
        read_only:
          description:
            - Mount the container's root read-only. Default V(false).
          type: bool
        tmpfs:
          description:
            - Paths in the container that lie in memory. Mount options follow a colon, as in C(/tmp:rw,noexec,size=64m).
          type: list
          elements: str
        networks:
          description:
            - Docker networks, which must exist. The container joins all of them before it starts. When left out, it is
              on Docker's default bridge.
          type: list
          elements: str
        privileged:
          description:
            - Give the container all privileges of the host. Default V(false).
          type: bool
        cap_add:
          description:
            - Capabilities to add, as in capabilities(7), with or without C(CAP_). V(ALL) adds all.
          type: list
          elements: str
        cap_drop:
          description:
            - Capabilities to drop, in the same form.
          type: list
          elements: str
        security_opts:
          description:
            - Security options, such as V(no-new-privileges) or V(apparmor=unconfined). The profile of C(seccomp) is a
              path of the host, V(builtin) or V(unconfined).
          type: list
          elements: str
        devices:
          description:
            - Devices of the host, C(host), C(host:container) or C(host:container:permissions). Where Docker has the
              Container Device Interface on, also C(vendor/class=name).
          type: list
          elements: str
        labels:
          description:
            - Labels of the container.
          type: dict
        extra_hosts:
          description:
            - Entries for the container's hosts file, C(name:address). C(name:host-gateway) is the address of the host.
          type: list
          elements: str
        healthcheck:
          description:
            - Docker's health check of the container. When left out, the image's own.
          type: dict
          suboptions:
            test:
              description:
                - Text for the container's shell, or a list that begins with V(CMD) or V(CMD-SHELL). V(NONE) turns
                  the image's own check off.
              type: raw
            interval:
              description: Time between checks, such as V(30s).
              type: str
            timeout:
              description: Time that a check may take.
              type: str
            start_period:
              description: Time after the start in which failures do not count.
              type: str
            retries:
              description: Failures in a row after which the container is unhealthy.
              type: int
        log_driver:
          description:
            - Docker's log driver, besides the unit's journal. Default V(none).
          type: str
        log_opts:
          description:
            - Options of the log driver, when it is not V(none).
          type: dict
        docker_args:
          description:
            - Further arguments of C(docker run), for what has no option here. No shell reads them. Flags that the gear
              sets by itself are an error.
          type: list
          elements: str
        requires:
          description:
            - Units or gears that start before this one, and without which it does not run.
          type: list
          elements: str
        wants:
          description:
            - Units or gears that start before this one. It runs also when they fail.
          type: list
          elements: str
        after:
          description:
            - Units or gears that start before this one when both start. They are not started for it.
          type: list
          elements: str
        unit_options:
          description:
            - Further directives of the unit. A dictionary of the sections V(Unit) and V(Service), each a dictionary of
              directives to a value, or a list of values, in the syntax of systemd.
            - Commands before and after the start (C(ExecStartPre), C(ExecStartPost)) are added to the gear's own.
              Directives that an option sets are an error, and so is the section V(Install), because O(state) says what
              starts at boot.
          type: dict
        restart_policy:
          description:
            - What systemd does when the container ends by itself. Default V(on-failure).
          type: str
          choices: [on-failure, always, 'no']
        restart_sec:
          description:
            - Seconds before a restart. Default V(1).
          type: str
        start_timeout:
          description:
            - Seconds that a start may take. Images are pulled before it. Default V(300).
          type: int
        stop_timeout:
          description:
            - Seconds that the container has to end before it is killed. Default V(10).
          type: int
        reload_command:
          description:
            - Command that C(systemctl reload) runs in the container, in the forms of O(command).
          type: raw
        deployment:
          description:
            - The deployment and container that the gear is an instance of, C(DEPLOYMENT/CONTAINER). The role
              P(geard.core.gear_deploy#role) sets it, and finds its instances by it.
          type: str
        on_change:
          description:
            - What happens to a running gear whose definition or environment changes. V(restart) is the default. With
              V(leave) the change has effect from the next start on.
          type: str
          choices: [restart, leave]
        wait:
          description:
            - Wait until the gear has started or stopped. A start that fails then fails the task, with the last lines of
              the gear. Default V(true).
          type: bool
        wait_timeout:
          description:
            - Seconds to wait. Default V(60), and for stops and restarts the gear's O(stop_timeout) on top.
          type: int
        keep_data:
          description:
            - With O(state=absent), keep the data of the gear's volumes. Default V(true).
          type: bool
        keep_env:
          description:
            - With O(state=absent), keep the gear's environment. One that other gears use is always kept. Default
              V(false).
          type: bool
        keep_access:
          description:
            - With O(state=absent), keep the grants of keys. Default V(false).
          type: bool
        version:
          description:
            - Go back to an earlier definition and the image that it ran. V(previous), or RV(gears[].version) of an
              earlier task. Five versions are kept, the current one included.
            - A second task with V(previous) stays at the same version.
            - Fails when the host no longer has the environment, the slice or a network of that version.
          type: str
      name:
        description:
          - Name of the gear, 2 to 24 letters, digits and C(_.-). The first is a letter or digit.
        type: str
        required: true
  <<: *gear
  name:
    description:
      - Name of the gear, 2 to 24 letters, digits and C(_.-). The first is a letter or digit.
      - Exactly one of O(name) and O(gears) is required.
    type: str
  continue_on_error:
    description:
      - With O(gears), carry on with the other gears when one fails. The task still fails at its end.
    type: bool
    default: false
seealso:
  - module: geard.core.gear_host
  - module: geard.core.gear_env
  - module: geard.core.gear_info
  - module: geard.core.gear_log
  - ref: ansible_collections.geard.core.gear_host_role
    description: Prepares a host.
"""

EXAMPLES = r"""
- name: A web service on a port of its own
  geard.core.gear_container:
    name: web
    image: openshift/busybox-http-app
    ports: ["8080"]
  register: web

- name: Say where it is
  ansible.builtin.debug:
    msg: "http://{{ ansible_host }}:{{ web.gears[0].ports[0].external }}/"

- name: Many gears at once, in a slice with limits
  geard.core.gear_container:
    slice: container-large
    image: registry.example.com/shop/worker:4
    restart_policy: always
    gears:
      - name: worker-1
        env: {QUEUE: orders}
      - name: worker-2
        env: {QUEUE: mails}
      - name: worker-old
        state: absent

- name: A careful service, read-only and isolated, on two networks
  geard.core.gear_container:
    name: api
    image: registry.example.com/shop/api:2
    ports:
      - internal: 8000
        external: 8000
        address: 127.0.0.1
    isolate: true
    read_only: true
    tmpfs: ["/tmp:rw,noexec,nosuid,size=64m"]
    networks: [backend, frontend]
    volumes: [/var/lib/api]
    binds: ["/etc/api/api.toml:/etc/api.toml:ro"]
    memory: 512m
    cpus: "1.5"
    healthcheck:
      test: [CMD, /bin/api, --check]
      interval: 30s
    after: [db]
    wants: [db]
    reload_command: [kill, -HUP, "1"]
    unit_options:
      Service:
        ExecStartPost: -/usr/local/bin/announce api

- name: Go back to the definition and image before
  geard.core.gear_container:
    name: api
    version: previous

- name: Remove it with its data
  geard.core.gear_container:
    name: api
    state: absent
    keep_data: false
"""

RETURN = r"""
actions:
  description:
    - What was done, or in check mode would be done, one line each. Empty when the task was refused or interrupted. In
      the latter case C(changed) is true.
  returned: always
  type: list
  elements: str
  sample: ["web: reserve ports 8080 -> 4000", "web: install unit version 1d2c31a0ffd7e1a6", "web: start"]
gears:
  description:
    - One item for each gear of the task, in its order, also when the task fails.
    - Gears of a task that is refused or interrupted have only C(name), C(changed), C(failed) and C(msg), and so has a
      gear that failed before it was looked at.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the gear.
      type: str
      returned: always
    changed:
      description: Whether something was done to it.
      type: bool
      returned: always
    failed:
      description: Whether the gear failed.
      type: bool
      returned: always
    msg:
      description: What was done, or why the gear failed.
      type: str
      returned: always
    unit:
      description: Name of its unit.
      type: str
      returned: when the gear was looked at
      sample: ctr-web.service
    image:
      description: The image as the task named it.
      type: str
      returned: when the gear exists
    image_id:
      description: Id of the image that the unit runs.
      type: str
      returned: when the gear exists
    version:
      description: Version of the definition.
      type: str
      returned: when the gear exists
      sample: 1d2c31a0ffd7e1a6
    active_state:
      description: State of the unit after the task.
      type: str
      returned: when the gear was looked at
      sample: active
    sub_state:
      description: State of the unit after the task in more detail.
      type: str
      returned: when the gear was looked at
      sample: running
    start_on_boot:
      description: Whether the gear starts at boot.
      type: bool
      returned: when the gear was looked at
    ports:
      description:
        - Ports with their external numbers, dictionaries of C(internal), C(external), C(address) and
          C(protocol).
      type: list
      elements: dict
      returned: when the gear was looked at
    links:
      description: Links, dictionaries of C(from_host), C(from_port), C(to_host), C(to_port) and C(protocol).
      type: list
      elements: dict
      returned: when the gear was looked at
    slice:
      description: Slice of the gear.
      type: str
      returned: when the gear exists
    isolate:
      description: Whether the gear runs as a login of its own.
      type: bool
      returned: when the gear was looked at
    deployment:
      description: The deployment and container that the gear is an instance of, if any.
      type: str
      returned: when the gear exists
    user:
      description: User in the container, if the definition sets one.
      type: str
      returned: when the gear exists
"""

from ansible_collections.geard.core.plugins.module_utils._gear.arguments import CONTAINER
from ansible_collections.geard.core.plugins.module_utils._gear.module import Module, reported
from ansible_collections.geard.core.plugins.module_utils._gear.operations.container import task
from ansible_collections.geard.core.plugins.module_utils._gear.store.layout import Layout

OPTIONS = {
    **CONTAINER,
    "state": {"type": "str", "choices": ["started", "stopped", "restarted", "present", "absent"]},
    "refresh_image": {"type": "bool"},
    "ports": {"type": "list", "elements": "raw"},
    "volumes": {"type": "list", "elements": "str"},
    "isolate": {"type": "bool"},
    "labels": {"type": "dict"},
    "healthcheck": {
        "type": "dict",
        "options": {
            "test": {"type": "raw"},
            "interval": {"type": "str"},
            "timeout": {"type": "str"},
            "start_period": {"type": "str"},
            "retries": {"type": "int"},
        },
    },
    "log_driver": {"type": "str"},
    "log_opts": {"type": "dict"},
    "requires": {"type": "list", "elements": "str"},
    "wants": {"type": "list", "elements": "str"},
    "after": {"type": "list", "elements": "str"},
    "unit_options": {"type": "dict"},
    "restart_policy": {"type": "str", "choices": ["on-failure", "always", "no"]},
    "restart_sec": {"type": "str"},
    "start_timeout": {"type": "int"},
    "reload_command": {"type": "raw"},
    "deployment": {"type": "str"},
    "on_change": {"type": "str", "choices": ["restart", "leave"]},
    "wait": {"type": "bool"},
    "wait_timeout": {"type": "int"},
    "keep_data": {"type": "bool"},
    "keep_env": {"type": "bool"},
    "keep_access": {"type": "bool"},
    "version": {"type": "str"},
}


def main() -> None:
    module = Module(
        argument_spec={
            "name": {"type": "str"},
            "gears": {
                "type": "list",
                "elements": "dict",
                "options": {"name": {"type": "str", "required": True}, **OPTIONS},
            },
            "continue_on_error": {"type": "bool", "default": False},
            **OPTIONS,
        },
        required_one_of=[("name", "gears")],
        mutually_exclusive=[("name", "gears")],
    )
    with reported(module):
        task.run(module, Layout())


if __name__ == "__main__":
    main()
