"""A throw-away PostgreSQL server from Debian's binaries: started for the tests, killed by some of them."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil


class PostgresServer:
    """Listens on a Unix socket in its own folder under /tmp only. Fails loudly when PostgreSQL is not installed."""

    def __init__(self, *, fsync: bool = False) -> None:
        self._fsync = fsync
        self._programs = _programs()
        self._user = _user()
        self._folder = Path(tempfile.mkdtemp(prefix="line102-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "-D", str(self._data), "-U", "line102", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        self.start()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://line102@/{database}?host={self._folder}"

    def start(self) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._folder),
            "fsync": "on" if self._fsync else "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
        }
        settings = [argument for name, value in options.items() for argument in ("-c", f"{name}={value}")]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", str(self._data), *settings],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **self._as_user(),
            )
        self._wait_until_ready()

    def kill(self) -> None:
        """kill -9 of the server and each of its processes: what a crash or the kernel's memory killer does."""
        assert self._process is not None
        family = [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]
        for member in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # a child may end by itself meanwhile
                member.kill()
        self._process.wait(10)
        psutil.wait_procs(family, timeout=10)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def freeze(self) -> None:
        """SIGSTOP: the server accepts nothing and says nothing, as when its machine hangs."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
        shutil.rmtree(self._folder)

    def create_database(self, name: str) -> str:
        """A new empty database; its URL."""
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_database(self, name: str) -> None:
        self.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def sql(self, statement: str, database: str = "postgres") -> str:
        """What psql prints, unaligned and without headings."""
        return self._run(
            "psql",
            "-h",
            str(self._folder),
            "-U",
            "line102",
            "-d",
            database,
            "-XAtq",
            "-v",
            "ON_ERROR_STOP=1",
            "-c",
            statement,
        )

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _as_user(self) -> dict[str, Any]:
        return {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []} if self._user else {}

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._programs / program, *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=self._folder,
            timeout=60,
            **self._as_user(),
        )
        assert done.returncode == 0, f"{program}: {done.stderr}"
        return str(done.stdout).strip()

    def _signal_all(self, number: signal.Signals) -> None:
        assert self._process is not None
        for member in [psutil.Process(self._process.pid), *psutil.Process(self._process.pid).children(recursive=True)]:
            member.send_signal(number)

    def _wait_until_ready(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        ready = [str(self._programs / "pg_isready"), "-q", "-h", str(self._folder), "-U", "line102", "-d", "postgres"]
        while subprocess.run(ready, check=False, cwd=self._folder).returncode != 0:
            log = (self._folder / "log").read_text(errors="replace")
            assert self._process.poll() is None, f"PostgreSQL ended: {log[-2000:]}"
            assert time.monotonic() < deadline, f"PostgreSQL is not ready after 30 s: {log[-2000:]}"
            time.sleep(0.05)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql (its tests are never skipped)")
    return found[-1].parent


def _user() -> str:
    """Whom to run the server as: it refuses root."""
    if os.geteuid() != 0:
        return ""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
