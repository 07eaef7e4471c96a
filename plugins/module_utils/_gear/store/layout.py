# Copyright (c) 2026 geard.core contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Paths of everything on a host: geard's tree. No other file spells them; the shell's programs are made from these.

The runtime imports this at each start of a gear, and a dataclass would double the time of that.
"""

from __future__ import annotations

from ..model.names import partition, unit_name

TREE: tuple[tuple[str, int], ...] = (
    ("", 0o755),
    ("units", 0o755),
    ("targets", 0o755),
    ("slices", 0o755),
    ("env", 0o750),
    ("env/contents", 0o750),
    ("ports", 0o755),
    ("ports/links", 0o750),
    ("ports/interfaces", 0o755),
    ("ports/interfaces/1", 0o755),
    ("keys", 0o750),
    ("keys/public", 0o755),
    ("access", 0o750),
    ("access/containers", 0o755),
    ("access/containers/ssh", 0o755),
    ("access/git", 0o755),
    ("home", 0o755),
    ("data", 0o711),
    ("images", 0o755),
    ("git", 0o711),
    ("hooks", 0o711),
    ("jobs", 0o700),
    ("builds", 0o700),
    ("pushed", 0o700),
)
"""The folders of the tree that gear_host makes, and their modes; a partition below has the mode of its parent."""

PORT_BLOCK = 100
"""Ports of one folder below ports/interfaces/1, as in geard."""


class Layout:
    """Paths of the store. On a host the arguments have their default values; tests pass others."""

    def __init__(
        self, base: str = "/var/lib/containers", run: str = "/run/containers", systemd: str = "/etc/systemd/system"
    ) -> None:
        self.base, self.run, self.systemd = base, run, systemd

    # the host
    @property
    def lock(self) -> str:
        """The lock that is held while the store is changed."""
        return f"{self.base}/.gear.lock"

    @property
    def host_record(self) -> str:
        """The record of what gear_host decided about this host."""
        return f"{self.base}/host.json"

    @property
    def reload_mark(self) -> str:
        """Exists while systemd has not read units that were written."""
        return f"{self.run}/reload-pending"

    # one gear
    def unit(self, name: str) -> str:
        """The current unit: a hard link to one version. The gear exists when this does."""
        return f"{self.base}/units/{partition(name)}/{unit_name(name)}"

    def versions(self, name: str) -> str:
        """The folder of a gear's versions, one file each, named by content."""
        return f"{self.base}/units/{partition(name)}/{name}"

    def version(self, name: str, version: str) -> str:
        """One version of a gear's unit."""
        return f"{self.versions(name)}/{version}"

    def linked_unit(self, name: str) -> str:
        """The symlink by which systemd finds the unit."""
        return f"{self.systemd}/{unit_name(name)}"

    def installed_flag(self, name: str) -> str:
        """The symlink that ``systemctl enable`` makes for WantedBy=container.target; each installed gear has it."""
        return f"{self.systemd}/container.target.wants/{unit_name(name)}"

    def boot_flag(self, name: str) -> str:
        """Symlink of gears that start at boot."""
        return f"{self.systemd}/container-active.target.wants/{unit_name(name)}"

    def started(self, name: str) -> str:
        """Written at each start: the version and environment with which the container was started."""
        return f"{self.run}/{partition(name)}/{name}/started"

    def cleared(self, name: str) -> str:
        """Exists while Docker has nothing left of a stopped gear, so that its next start need not ask Docker."""
        return f"{self.run}/{partition(name)}/{name}/cleared"

    def link_status(self, name: str) -> str:
        """Written whenever links are applied: those in force, and why others are not."""
        return f"{self.run}/{partition(name)}/{name}/links"

    def data(self, name: str) -> str:
        """Folder of a gear's volumes."""
        return f"{self.base}/data/{partition(name)}/{name}"

    def home(self, name: str) -> str:
        """Home of a gear's login."""
        return f"{self.base}/home/{partition(name)}/{name}/home"

    # environments, links and access of gears
    def environment(self, name: str) -> str:
        """An environment's file."""
        return f"{self.base}/env/contents/{partition(name)}/{name}"

    def links(self, name: str) -> str:
        """A gear's links, in geard's four columns, with the protocol as a fifth unless it is tcp."""
        return f"{self.base}/ports/links/{partition(name)}/{name}"

    def access(self, name: str) -> str:
        """Folder of the keys that open a gear."""
        return f"{self.base}/access/containers/ssh/{partition(name)}/{name}"

    def git_access(self, repository: str) -> str:
        """Folder of the keys that open a repository."""
        return f"{self.base}/access/git/{partition(repository)}/{repository}"

    def repository(self, name: str) -> str:
        """A bare repository."""
        return f"{self.base}/git/{name}"

    def hooks(self, repository: str) -> str:
        """Folder of a repository's hooks, which only root may write."""
        return f"{self.base}/hooks/{partition(repository)}/{repository}"

    def key(self, key_id: str) -> str:
        """A public key, named by its fingerprint."""
        return f"{self.base}/keys/public/{partition(key_id)}/{key_id}"

    @property
    def collect_mark(self) -> str:
        """Exists while there may be keys without a grant."""
        return f"{self.base}/keys/collect"

    @property
    def sshd_mark(self) -> str:
        """Exists while sshd has not read files that were written for it."""
        return f"{self.run}/sshd-pending"

    def reservation(self, port: int) -> str:
        """The symlink that reserves an external port for the gear whose unit it points to."""
        return f"{self.base}/ports/interfaces/1/{port // PORT_BLOCK}/{port}"

    @property
    def free_ports(self) -> str:
        """A hint where free ports are."""
        return f"{self.base}/ports/free"

    @property
    def boot_folder(self) -> str:
        """Folder of the boot flags. systemd's container-active.target.wants is a symlink to it, so that a backup of the
        tree has them.
        """
        return f"{self.base}/targets/container-active.target.wants"

    def image_users(self, image_id: str) -> str:
        """Folder of the gears that need an image."""
        return f"{self.base}/images/{image_id.partition(':')[2] or image_id}"

    # jobs and builds
    @property
    def jobs(self) -> str:
        """Folder of jobs that run, and of the results of others."""
        return f"{self.base}/jobs"

    def job(self, key: str) -> str:
        """Folder of one job."""
        return f"{self.jobs}/{key}"

    @property
    def builds(self) -> str:
        """Folder of builds that run, and of the results of others."""
        return f"{self.base}/builds"

    def build(self, key: str) -> str:
        """Folder of one build."""
        return f"{self.builds}/{key}"

    @property
    def pushed(self) -> str:
        """Folder with a file for each name of an image that a build has pushed."""
        return f"{self.base}/pushed"

    # folders
    def folder(self, *parts: str) -> str:
        """A folder of the tree."""
        return "/".join((self.base, *parts))
