"""Who holds a lock, and whether he is gone."""

import subprocess
import sys

from mye_tiktok import locks

CHILD = "from mye_tiktok import locks; print(locks.holder(), flush=True); input()"


def test_this_process_is_not_gone() -> None:
    assert not locks.is_gone(locks.holder())


def test_a_process_that_ended_is_gone_and_one_that_runs_is_not() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        holder = child.stdout.readline().strip()
        alive = locks.is_gone(holder)
        child.kill()

    assert alive is False
    assert locks.is_gone(holder) is True


def test_a_pid_that_was_given_to_another_process_counts_as_gone() -> None:
    host, pid, started = locks.holder().rsplit(":", 2)

    assert locks.is_gone(f"{host}:{pid}:{int(started) - 1}")


def test_nobody_can_tell_about_another_host() -> None:
    assert not locks.is_gone("elsewhere:1:1")
    assert not locks.is_gone("nonsense")


def test_nobody_can_tell_about_a_container_that_has_the_name_of_this_host() -> None:
    host, pid, started = locks.holder().rsplit(":", 2)

    assert not locks.is_gone(f"{host}9:{pid}:{int(started) - 1}")


def test_a_holder_is_named_by_process_and_host() -> None:
    assert locks.in_words("shop-1/4026531836:77:123") == "process 77 on shop-1"
    assert locks.in_words("shop-1:77:123") == "process 77 on shop-1"
