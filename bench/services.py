"""A PostgreSQL and a RabbitMQ of our own, in a folder that is thrown away: services that may be killed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pika
import pika.exceptions

POSTGRES_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
RABBITMQ_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
PATIENCE = 300.0


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class PrivatePostgres:
    """A cluster of its own; PostgreSQL refuses to run as root, so root hands it to the user postgres."""

    def __init__(self, folder: Path) -> None:
        self._data, self._port = folder / "postgres", free_port()
        self._user = "postgres" if os.geteuid() == 0 else None
        folder.chmod(0o755)
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, self._user)
        self._call("initdb", "-U", "postgres", "-A", "trust", "--no-sync")
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self._options = (
            "-w",
            "-t",
            f"{PATIENCE:.0f}",
            "-o",
            f"-p {self._port} -k {self._data} -c listen_addresses=127.0.0.1",
        )
        self._call("pg_ctl", "start", "-l", str(self._data / "log"), *self._options)

    def crash_and_restart(self) -> None:
        """End it without a checkpoint, as a power cut does, and start it again."""
        self._call("pg_ctl", "restart", "-m", "immediate", "-l", str(self._data / "log"), *self._options)

    def close(self) -> None:
        """Stop it."""
        self._call("pg_ctl", "stop", "-m", "immediate")

    def _call(self, program: str, *arguments: str) -> None:
        found = shutil.which(program) or str(POSTGRES_PROGRAMS[-1] / program)
        group = pwd.getpwnam(self._user).pw_gid if self._user else None
        command = [found, "-D", str(self._data), *arguments]
        done = subprocess.run(
            command, check=False, user=self._user, group=group, cwd="/", stdout=subprocess.DEVNULL, timeout=PATIENCE
        )
        if done.returncode:
            log = (self._data / "log").read_text(encoding="utf-8", errors="replace")[-2_000:]
            raise RuntimeError(f"{program} {' '.join(arguments)} ended with {done.returncode}:\n{log}")


class PrivateRabbit:
    """A node of its own, with its own name, port, folder and cookie."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder / "rabbitmq", free_port()
        self._folder.mkdir()
        (self._folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{self._port}\n", encoding="ascii")
        (self._folder / "plugins").write_text("[].\n", encoding="ascii")
        self._environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HOME": str(self._folder),
            "RABBITMQ_NODENAME": f"rehearsal{self._port}@localhost",
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "log"),
            "RABBITMQ_DIST_PORT": str(free_port()),
        }
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}/%2F"
        self._start()

    def crash_and_restart(self) -> None:
        """Kill the node's processes and start it again."""
        self._end(signal.SIGKILL)
        self._start()

    def restart(self) -> None:
        """Stop it as an operator does, and start it again."""
        self._end(signal.SIGTERM)
        self._start()

    def close(self) -> None:
        """Stop it."""
        self._end(signal.SIGKILL)

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [RABBITMQ_SERVER],
            env=self._environment,
            cwd=self._folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            with suppress(pika.exceptions.AMQPError, OSError):
                pika.BlockingConnection(pika.URLParameters(self.url)).close()
                return
            time.sleep(0.3)
        raise SystemExit(f"the private RabbitMQ does not start; its log is in {self._folder / 'log'}")

    def _end(self, number: signal.Signals) -> None:
        os.killpg(self._process.pid, number)
        self._process.wait(timeout=PATIENCE)
