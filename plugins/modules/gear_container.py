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
  - Installs Docker images as systemd services on a prepared host, one gear or hundreds in one task, and starts,
    stops and removes them.
  - A gear is the unit C(ctr-NAME.service), which runs the container C(NAME) in the foreground in a slice. Its
    output is in the unit's journal, its external ports are kept for it, and it comes back after a crash, a restart of
    Docker and a reboot.
  - With O(image) the task states the whole definition. Options left out take their defaults. Ports keep their
    allocation, and links, environment and access stay unless given.
  - Without O(image) the definition stays as it is and only O(state), O(version) and O(refresh_image) act. Any other
    option of the definition is then an error.
  - Each definition is a version named by the hash of its content. A task that leads to the same content writes nothing.
extends_documentation_fragment:
  - geard.core._attributes
attributes:
  check_mode:
    support: full
    details:
      - Ports that would be allocated are predicted. The id of an image that would have to be pulled first is not known.
  diff_mode:
    support: full
    details:
      - Values of environment variables are never shown, only their names.
  idempotent:
    support: partial
    details:
      - O(state=restarted) restarts each time.
options:
  gears:
    description:
      - Many gears in one task, each a dictionary of the options below. This is far faster than a loop. The host is
        looked at once, systemd reads its units once and all gears start together.
      - Options given beside O(gears) are the defaults of all items.
    type: list
    elements: dict
    suboptions:
      <<: &gear
        state:
          description:
            - V(started) installs the gear if need be, starts it, and starts it at boot. This is the default.
            - V(stopped) installs it, stops it, and does not start it at boot.
            - V(restarted) is V(started) with a restart each time.
            - V(present) installs it and leaves the run state and the boot flag alone.
            - V(absent) stops and removes it. See O(keep_data), O(keep_env) and O(keep_access).
          type: str
          choices: [started, stopped, restarted, present, absent]
        image:
          description:
            - The image to run. Required unless the gear exists. The unit names the image by its id, so a gear runs
              what was resolved by the task.
            - A name that stands for another image than at the last task is a changed definition.
          type: str
        refresh_image:
          description:
            - Without O(image), run what the image's name stands for now, and leave the rest of the definition as it is.
              What the gear ran before is its version V(previous).
            - Refused when the image declares volumes now that the gear does not keep. Default V(false).
          type: bool
        pull:
          description:
            - When to pull the image. V(missing) is the default. V(always) asks the registry each time, and pulls what
              is newer.
          type: str
          choices: [missing, always, never]
        ports:
          description:
            - Ports to publish. Text C(internal), C(internal:external) or C(internal:external/protocol), or a
              dictionary of C(internal), C(external), C(address) and C(protocol). Put the text in quotes, as YAML
              takes C(22:22) for a number.
            - An external port that is 0 or left out is allocated once, the smallest free one, and then kept. A port
              that another gear or a process of the host has is refused.
          type: list
          elements: raw
        env:
          description:
            - Variables of the gear's environment, which replace those it has. Left out, they stay. Values reach the
              container byte for byte and are never shown.
            - Values are text or whole numbers. NUL, newlines and more than 65535 bytes in a line are refused, as
              Docker cannot carry them.
          type: dict
        env_name:
          description:
            - Use the environment of this name instead of the gear's own. It was made with M(geard.core.gear_env), or
              another gear of the same task makes it, with O(env) or as its own.
          type: str
        env_files:
          description:
            - Further environment files of the host, in Docker's format, read at each start before the gear's
              environment.
          type: list
          elements: path
        links:
          description:
            - All links of the gear, in the forms that M(geard.core.gear_link) takes. Left out, they stay.
            - A running gear has changed links at once, without a restart. If one cannot be put in force, the task
              fails, while the gear runs with the others.
          type: list
          elements: raw
        volumes:
          description:
            - Paths in the container whose content is kept on the host, below C(/var/lib/containers/data/). A new one
              is filled from the image.
            - Volumes that the image declares are kept in the same way.
          type: list
          elements: str
        binds:
          description:
            - Files and folders of the host in the container, C(host:container) or C(host:container:options) with
              options out of V(ro), V(rw), V(z), V(Z) and the kinds of bind propagation.
          type: list
          elements: str
        command:
          description:
            - Replaces the image's command. A list of words, taken as they are, or text that is split at blanks
              outside of quotes.
          type: raw
        entrypoint:
          description:
            - Replaces the image's entrypoint, in the same forms as O(command).
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
            - Slice that bounds the gear. Default V(container-small). It must exist on the host.
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
            - Run as a login of its own (C(ctr-NAME)) that owns its data, with no capabilities, no way to gain
              privileges, and an MCS label of its own where SELinux is on. Default V(false).
          type: bool
        read_only:
          description:
            - Mount the container's root read-only. Default V(false).
          type: bool
        tmpfs:
          description:
            - Paths in the container that lie in memory, with mount options after a colon, such as
              C(/tmp:rw,noexec,size=64m).
          type: list
          elements: str
        networks:
          description:
            - Docker networks, which must exist. The first one is the network of creation, the container is connected
              to the others before it starts. Left out, Docker's default bridge.
          type: list
          elements: str
        privileged:
          description:
            - Give the container all privileges of the host. Default V(false).
          type: bool
        cap_add:
          description:
            - Capabilities to add, as in capabilities(7) with or without C(CAP_), or V(ALL).
          type: list
          elements: str
        cap_drop:
          description:
            - Capabilities to drop, V(ALL) for all.
          type: list
          elements: str
        security_opts:
          description:
            - Security options, such as V(no-new-privileges) or V(apparmor=unconfined). A C(seccomp) profile is a path
              of the host, V(builtin) or V(unconfined).
          type: list
          elements: str
        devices:
          description:
            - Devices of the host, C(host), C(host:container) or C(host:container:permissions), or names of the
              Container Device Interface, C(vendor/class=name), where Docker has it on.
          type: list
          elements: str
        labels:
          description:
            - Labels of the container.
          type: dict
        extra_hosts:
          description:
            - Entries for the container's hosts file, C(name:address), or C(name:host-gateway) for the host's address.
          type: list
          elements: str
        healthcheck:
          description:
            - Docker's health check of the container. Left out, the image's own.
          type: dict
          suboptions:
            test:
              description:
                - Text for the container's shell, or a list that begins with V(CMD), V(CMD-SHELL) or V(NONE).
                  V(NONE) turns the image's own check off.
              type: raw
            interval:
              description: Time between checks, such as V(30s).
              type: str
            timeout:
              description: Time a check may take.
              type: str
            start_period:
              description: Time to start up during which failures do not count.
              type: str
            retries:
              description: Failures in a row that make the container unhealthy.
              type: int
        log_driver:
          description:
            - Docker's log driver. Default V(none), as the output is in the unit's journal already.
          type: str
        log_opts:
          description:
            - Options of the log driver. V(none) takes none.
          type: dict
        docker_args:
          description:
            - Further words for C(docker run), each one argument, for what has no option here. Never a shell line.
              Flags the gear needs for itself are refused.
          type: list
          elements: str
        requires:
          description:
            - Units or gears without which this one does not run, started before it.
          type: list
          elements: str
        wants:
          description:
            - Units or gears to start before this one, which runs also when they fail.
          type: list
          elements: str
        after:
          description:
            - Units or gears after which this one starts, if they start at all.
          type: list
          elements: str
        unit_options:
          description:
            - Further directives of the unit, a dictionary of the sections V(Unit) and V(Service), each a dictionary of
              directives to a value or a list of values in systemd's own syntax. The section V(Install) is refused, as
              units of gears are never enabled. O(state) says what starts at boot.
            - Commands before and after the start (C(ExecStartPre), C(ExecStartPost)) are added to the gear's own.
              Directives that an option sets are refused.
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
            - Seconds a start may take. Default V(300). Images are pulled before, not within this time.
          type: int
        stop_timeout:
          description:
            - Seconds the container has to end after it was asked to, then it is killed. Default V(10).
          type: int
        reload_command:
          description:
            - Command to run in the container for C(systemctl reload), in the same forms as O(command).
          type: raw
        deployment:
          description:
            - The deployment and container the gear is an instance of, C(DEPLOYMENT/CONTAINER). The role
              P(geard.core.gear_deploy#role) sets it to find its instances again.
          type: str
        on_change:
          description:
            - What a changed definition or environment does to a running gear. V(restart) is the default. With
              V(leave) it counts from the next start on.
          type: str
          choices: [restart, leave]
        wait:
          description:
            - Wait for the jobs of systemd. A failed start then fails the task with the unit's last lines. Default
              V(true).
          type: bool
        wait_timeout:
          description:
            - Seconds to wait for a job of this gear. Default V(60), and for stops and restarts the gear's
              O(stop_timeout) on top.
          type: int
        keep_data:
          description:
            - With O(state=absent), keep the data of the gear's volumes. Default V(true).
          type: bool
        keep_env:
          description:
            - With O(state=absent), keep the gear's environment. Default V(false). One that other gears use is always
              kept.
          type: bool
        keep_access:
          description:
            - With O(state=absent), keep the grants of keys. Default V(false).
          type: bool
        version:
          description:
            - Go back to another definition and the very image it ran. V(previous), or the RV(gears[].version) of an
              earlier task. The last five are kept.
            - Asking for V(previous) twice stays at the same version.
            - Refused when the host has no longer the environment, the slice or a network of that version.
          type: str
      name:
        description:
          - Name of the gear. 2 to 24 letters, digits and C(_.-), the first a letter or digit.
        type: str
        required: true
  <<: *gear
  name:
    description:
      - Name of the gear. 2 to 24 letters, digits and C(_.-), the first a letter or digit.
      - Exactly one of O(name) and O(gears) is required.
    type: str
  continue_on_error:
    description:
      - With O(gears), carry on with the other gears when one cannot be done. The task still fails at the end, and
        the result tells which.
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
    - What was done, or in check mode would be done, one line each. Empty when the task was refused or broke off, which
      C(changed) tells apart.
  returned: always
  type: list
  elements: str
  sample: ["web: reserve ports 8080 -> 4000", "web: install unit version 1d2c31a0ffd7e1a6", "web: start"]
gears:
  description:
    - One item for each gear of the task, in its order, also when the task fails.
    - A gear that could not be looked at, and all gears of a task that is refused, have C(name), C(changed), C(failed)
      and C(msg) only.
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
      description: Whether it could not be done.
      type: bool
      returned: always
    msg:
      description: What was done, or why not.
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
      description: More exact state of the unit after the task.
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
      description: Whether it runs as a login of its own.
      type: bool
      returned: when the gear was looked at
    deployment:
      description: The deployment and container it is an instance of, if any.
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
