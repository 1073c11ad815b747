"""Every setting of mapapp, once: its name, its default, and what it is for.

All are read from the environment. ``docs/settings.md`` is checked against this list.
"""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable: what it is for, and what holds when it is not set."""

    name: str
    default: str
    purpose: str

    def read(self) -> str:
        """The value in the environment, else the default."""
        return os.environ.get(self.name) or self.default


INSTANCE = Setting("MAPAPP_INSTANCE", "instance", "folder of the database and caches")
DATABASE_URL = Setting(
    "MAPAPP_DATABASE_URL",
    "",
    "SQLAlchemy address of the database; empty: an SQLite file in the instance folder",
)
HOST = Setting("HOST", "127.0.0.1", "address that `mapapp serve` listens on")
PORT = Setting("PORT", "8000", "port that `mapapp serve` listens on")
GEOCODER = Setting(
    "MAPAPP_GEOCODER",
    "https://data.geopf.fr/geocodage",
    "base address of the geocoder (Géoplateforme, or any Addok server)",
)
OUTGOING_PROXY = Setting(
    "MAPAPP_OUTGOING_PROXY",
    "",
    "proxy through which this instance asks other servers; empty: it asks them itself",
)
PUBLIC_URL = Setting(
    "MAPAPP_PUBLIC_URL",
    "",
    "address that the world knows this instance by; empty: it answers this machine alone",
)
HOSTS = Setting("MAPAPP_HOSTS", "", "hosts to answer besides the one of the public address")
PROXIES = Setting(
    "MAPAPP_PROXIES",
    "0",
    "how many reverse proxies of ours stand before this instance",
)
CONTACT = Setting("MAPAPP_CONTACT", "", "e-mail or web address to write to about this instance")
PUBLISHED_BY = Setting("MAPAPP_EDITEUR", "", "who publishes this instance, for the legal notice")
HOSTED_BY = Setting("MAPAPP_HEBERGEUR", "", "who hosts this instance, for the legal notice")
EMBED_HOSTS = Setting(
    "MAPAPP_EMBED_HOSTS", "", "hosts of the sites that may show an embed; empty: none but ourselves"
)

#: What systemd tells a process that it hands sockets over to (sd_listen_fds(3)): no operator's.
LISTEN_PID = Setting("LISTEN_PID", "", "process that the sockets are for")
LISTEN_FDS = Setting("LISTEN_FDS", "0", "how many there are")

KEPT_FILES_MB = Setting(
    "MAPAPP_FICHIERS_MO",
    "500",
    "megabytes of files made for visitors that the instance folder keeps",
)
SETTINGS = (
    INSTANCE,
    DATABASE_URL,
    HOST,
    PORT,
    GEOCODER,
    OUTGOING_PROXY,
    PUBLIC_URL,
    HOSTS,
    PROXIES,
    CONTACT,
    PUBLISHED_BY,
    HOSTED_BY,
    EMBED_HOSTS,
    KEPT_FILES_MB,
)
