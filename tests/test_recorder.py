"""The recorder: what it writes, when it is acknowledged, and what becomes of it in trouble.

Nothing of it is replaced: processes are real ones that fork, are killed and run out of disk.
"""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from analytics import Recorder
from analytics.errors import (
    InvalidArgument,
    InvalidUsage,
    RecorderClosed,
    SpoolFailed,
    SpoolFull,
)
from analytics.spool import folder
from analytics.spool.steps import Step

CALL: dict[str, Any] = {"model_id": "gpt-4o", "external_id": "acme", "input_tokens": 9}
NOON = 1_791_979_200_000_000_000  # 2026-10-14 12:00 UTC, in nanoseconds


def read(spool: Path) -> list[dict[str, Any]]:
    """The lines of all segments, complete or not; each must be whole."""
    return [
        json.loads(line)
        for file in folder.files(spool)
        for line in file.path.read_text(encoding="utf-8").splitlines()
    ]


def ids(spool: Path) -> list[str]:
    return [row["id"] for row in read(spool)]


def names(spool: Path, suffix: str) -> list[str]:
    return sorted(path.name for path in spool.iterdir() if path.name.endswith(suffix))


def run(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_record_is_a_line_of_the_native_format(tmp_path: Path) -> None:
    with Recorder(tmp_path / "spool", clock=lambda: NOON + 1_234_567) as recorder:
        record_id = recorder.record(
            model_id="gpt-4o",
            external_id="acme",
            provider="openai",
            transaction_id="txn_1",
            usage_type="text",
            variant={"service_tier": "flex"},
            description='a "quoted" Straße',
            tags={"team": "blue", "n": 1.5, "deep": {"a": [None, True]}},
            other_meters={"frames": 2},
            input_tokens=1200,
            cached_tokens=1000,
            output_tokens=80,
            output_reasoning_tokens=None,
            requests=2,
        )
    assert read(tmp_path / "spool") == [
        {
            "id": record_id,
            "occurred_at": "2026-10-14T12:00:00.001234Z",
            "model": "gpt-4o",
            "external_id": "acme",
            "provider": "openai",
            "transaction_id": "txn_1",
            "usage_type": "text",
            "variant": "service_tier=flex",
            "description": 'a "quoted" Straße',
            "tags": {"team": "blue", "n": 1.5, "deep": {"a": [None, True]}},
            "other_meters": {"frames": 2},
            "input_tokens": 1200,
            "cache_read_tokens": 1000,
            "output_tokens": 80,
            "requests": 2,
        }
    ]


def test_times_and_durations_are_written_exactly(tmp_path: Path) -> None:
    moment = datetime(2026, 10, 7, 9, tzinfo=UTC)
    with Recorder(tmp_path) as recorder:
        for given in (moment, moment.replace(tzinfo=None), "2026-10-07T11:00:00+02:00"):
            recorder.record(**CALL, occurred_at=given)
        for seconds in (Decimal("12.50"), 7, "0.000000001", Decimal("1E+2")):
            recorder.record(model_id="whisper-1", context="system", audio_duration_seconds=seconds)
        recorder.record(**CALL, id="mine", variant="speed=fast, service_tier=flex")
    rows = read(tmp_path)
    assert {row["occurred_at"] for row in rows[:3]} == {"2026-10-07T09:00:00Z"}
    text = "".join(file.path.read_text() for file in folder.files(tmp_path))
    for number in (12_500, 7_000, 100_000):
        assert f'"audio_milliseconds":{number}}}' in text
    assert (rows[-1]["id"], rows[-1]["variant"]) == ("mine", "service_tier=flex,speed=fast")


FUTURE = datetime(2999, 1, 1, tzinfo=UTC)
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"model_id": ""}, "model_id"),
    ({"input_tokens": -1}, "input_tokens must be a whole number"),
    ({"input_tokens": 1.0}, "input_tokens must be a whole number"),
    ({"input_tokens": True}, "input_tokens must be a whole number"),
    ({"input_tokens": "9"}, "input_tokens must be a whole number"),
    ({"input_tokens": 10**15}, "input_tokens must be a whole number"),
    ({"external_id": None}, "account_id or external_id is missing"),
    ({"external_id": ""}, "account_id or external_id is missing"),
    ({"external_id": ["acme"]}, "must be text"),
    ({"external_id": "\ud800"}, "not valid Unicode"),
    ({"context": "user"}, "context must be"),
    ({"context": "customer", "external_id": None}, "account_id or external_id is missing"),
    ({"usage_type": "smell"}, "usage_type must be one of"),
    ({"occurred_at": FUTURE}, "in the future"),
    ({"occurred_at": "2014-12-31T23:59:59Z"}, "before 2015"),
    ({"occurred_at": 17}, "occurred_at must be ISO 8601"),
    ({"cached_tokens": 10}, "cache reads and writes exceed"),
    ({"cached_tokens": 4, "cache_write_tokens": 6}, "cache reads and writes exceed"),
    ({"cached_tokens": 1, "cache_read_tokens": 1}, "mean the same"),
    ({"audio_milliseconds": 1, "audio_duration_seconds": 1}, "mean the same"),
    ({"input_audio_tokens": 5, "input_image_tokens": 5}, "audio, image and video exceed"),
    ({"cache_audio_read_tokens": 1}, "cached audio or image tokens exceed"),
    ({"output_tokens": 4, "output_reasoning_tokens": 5}, "exceed output_tokens"),
    ({"annotated_document_pages": 1}, "exceed document_pages"),
    ({"variant": "flex"}, "variant must be pairs"),
    ({"variant": "a=1,a=2"}, "variant must be pairs"),
    ({"variant": {"a": 1}}, "variant must be pairs"),
    ({"variant": 3}, "variant must be pairs"),
    ({"tags": ["a"]}, "tags must be a JSON object"),
    ({"tags": {1: "a"}}, "tags must be a JSON object"),
    ({"tags": {"a": float("nan")}}, "tags must be a JSON object"),
    ({"tags": {"a": {1, 2}}}, "tags must be a JSON object"),
    ({"tags": {"a": "\ud800"}}, "tags must be a JSON object"),
    ({"tags": {"a": "x" * 300_000}}, "longer than"),
    ({"other_meters": {"a": 1.5}}, "object of whole numbers"),
    ({"other_meters": {"": 1}}, "object of whole numbers"),
    ({"other_meters": 5}, "object of whole numbers"),
    ({"audio_duration_seconds": 1.5}, "got the float 1.5"),
    ({"audio_duration_seconds": "-1"}, "must be a number of seconds"),
]


@pytest.mark.parametrize(("wrong", "message"), WRONG, ids=str)
def test_a_record_that_cannot_be_right_is_refused_at_once(
    wrong: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with Recorder(tmp_path) as recorder, pytest.raises(InvalidUsage, match=message):
        recorder.record(**{**CALL, **wrong})
    assert names(tmp_path, "") == []


def test_an_unknown_field_and_a_time_without_sense_are_refused(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        with pytest.raises(InvalidArgument):
            recorder.record(**CALL, tokens=3)  # type: ignore[call-arg]
        with pytest.raises(InvalidUsage, match="yesterday"):
            recorder.record(**CALL, occurred_at="yesterday")


@pytest.mark.parametrize(
    "wrong",
    [{"fsync": "always"}, {"on_full": "wait"}, {"interval_seconds": 0}, {"rotate_bytes": -1}],
    ids=str,
)
def test_a_choice_that_there_is_not_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument):
        Recorder(tmp_path, **wrong)


def test_ids_of_threads_and_recorders_never_meet(tmp_path: Path) -> None:
    with (
        Recorder(tmp_path, fsync="none") as one,
        Recorder(tmp_path, fsync="none") as two,
        ThreadPoolExecutor(8) as pool,
    ):
        made = list(pool.map(lambda n: (one, two)[n % 2].record(**CALL), range(4000)))
    assert len(set(made)) == 4000
    assert sorted(ids(tmp_path)) == sorted(made)


def test_each_record_is_in_the_file_when_it_returns(tmp_path: Path) -> None:
    with Recorder(tmp_path, fsync="each") as recorder:
        for _ in range(3):
            assert recorder.record(**CALL) in ids(tmp_path)


def test_threads_that_wait_for_each_share_commits(tmp_path: Path) -> None:
    """Eight threads with forty records each need far fewer than 320 writes."""
    steps: list[str] = []
    with (
        Recorder(tmp_path, fsync="each", on_step=steps.append) as recorder,
        ThreadPoolExecutor(8) as pool,
    ):
        made = list(pool.map(lambda _: recorder.record(**CALL), range(320)))
    assert sorted(ids(tmp_path)) == sorted(made)
    assert steps.count("synced") < 320


def test_flush_writes_what_waits(tmp_path: Path) -> None:
    with Recorder(tmp_path, interval_seconds=1000) as recorder:
        made = recorder.record(**CALL)
        assert recorder.waiting_bytes > 0
        assert names(tmp_path, "") == []
        recorder.flush()
        assert recorder.waiting_bytes == 0
        assert ids(tmp_path) == [made]
        assert len(names(tmp_path, ".jsonl.open")) == 1
        recorder.flush()
    assert len(names(tmp_path, ".jsonl")) == 1
    with pytest.raises(RecorderClosed):
        recorder.record(**CALL)
    recorder.close()


def test_after_the_interval_records_are_written_by_themselves(tmp_path: Path) -> None:
    written = threading.Event()

    def look(step: str) -> None:
        if step == "synced":
            written.set()

    with Recorder(tmp_path, interval_seconds=0.01, on_step=look) as recorder:
        made = recorder.record(**CALL)
        assert written.wait(60)
        assert ids(tmp_path) == [made]


def test_a_segment_is_complete_when_it_is_large_or_old(tmp_path: Path) -> None:
    old, large = tmp_path / "old", tmp_path / "large"
    completed = threading.Event()

    def look(step: str) -> None:
        if step == "released":
            completed.set()

    with Recorder(old, rotate_seconds=0.01, on_step=look) as recorder:
        recorder.record(**CALL)
        assert completed.wait(60)
        assert len(names(old, ".jsonl")) == 1
        assert names(old, ".open") == []
    with Recorder(large, fsync="each", rotate_bytes=300) as recorder:
        for _ in range(9):
            recorder.record(**CALL)
    assert len(names(large, ".jsonl")) == 3
    assert len(read(large)) == 9


def test_the_folder_is_private_and_files_follow_the_umask(tmp_path: Path) -> None:
    spool = tmp_path / "deep" / "spool"
    with Recorder(spool, fsync="each") as recorder:
        recorder.record(**CALL)
        assert recorder.spool == spool
    assert spool.stat().st_mode & 0o777 == 0o700
    assert all(file.path.stat().st_mode & 0o007 == 0 for file in folder.files(spool))


def test_what_waits_is_bounded_and_the_caller_chooses_what_happens(tmp_path: Path) -> None:
    limits: dict[str, Any] = {"interval_seconds": 1000, "max_buffer_bytes": 600}
    with Recorder(tmp_path / "a", **limits) as recorder:
        made = [recorder.record(**CALL) for _ in range(4)]
        with pytest.raises(SpoolFull, match="bytes wait in memory") as caught:
            recorder.record(**CALL)
        assert caught.value.code == "spool_full"
        recorder.flush()
        made.append(recorder.record(**CALL))
    assert ids(tmp_path / "a") == made
    with Recorder(tmp_path / "b", on_full="drop", **limits) as recorder:
        for _ in range(10):
            recorder.record(**CALL)
        assert recorder.dropped == 6
    assert len(read(tmp_path / "b")) == 4


def test_the_spool_is_bounded_whoever_filled_it(tmp_path: Path) -> None:
    (tmp_path / "other.part").write_bytes(b"x" * 10_000)
    with Recorder(tmp_path, fsync="each", max_spool_bytes=10_000) as recorder:
        with pytest.raises(SpoolFull, match="it holds 10,000 bytes and may hold 10,000"):
            recorder.record(**CALL)
        before = recorder.trouble
        (tmp_path / "other.part").unlink()
        made = recorder.record(**CALL)
        assert (type(before), recorder.trouble) == (SpoolFull, None)
    assert ids(tmp_path) == [made]


@pytest.mark.parametrize("how", ["removed", "moved"])
def test_a_folder_that_goes_takes_no_record_with_it(how: str, tmp_path: Path) -> None:
    """What was acknowledged before is where the folder went; later records are refused."""
    spool, elsewhere = tmp_path / "spool", tmp_path / "elsewhere"
    with Recorder(spool, fsync="each") as recorder:
        before = recorder.record(**CALL)
        spool.rename(elsewhere)
        if how == "removed":
            subprocess.run(["rm", "-r", str(elsewhere)], check=True)
        for _ in range(2):
            with pytest.raises(SpoolFailed, match=r"moved or removed|the folder is gone"):
                recorder.record(**CALL)
        assert not spool.exists(), "an unmounted disk must not be made anew"
        spool.mkdir()
        after = recorder.record(**CALL)
    assert ids(spool) == [after]
    if how == "moved":
        assert ids(elsewhere) == [before]


def test_records_wait_for_a_folder_that_comes_back(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with Recorder(spool, interval_seconds=1000) as recorder:
        recorder.record(**CALL)
        recorder.flush()
        subprocess.run(["rm", "-r", str(spool)], check=True)
        made = [recorder.record(**CALL) for _ in range(5)]
        with pytest.raises(SpoolFailed):
            recorder.flush()
        made.append(recorder.record(**CALL))
        spool.mkdir()
        recorder.flush()
    assert ids(spool) == made


class Faulty:
    """Fails at a step once, in a way that nobody foresaw."""

    def __init__(self, step: Step, error: BaseException) -> None:
        self.step, self.error = step, error
        self.failed, self.succeeded = threading.Event(), threading.Event()

    def __call__(self, step: Step) -> None:
        if step is self.step and not self.failed.is_set():
            self.failed.set()
            raise self.error
        if step is Step.SYNCED:
            self.succeeded.set()


@pytest.mark.parametrize("step", [Step.WRITTEN, Step.SYNCED])
def test_an_error_that_nobody_foresaw_is_said_and_the_next_record_tries_again(
    step: Step, tmp_path: Path
) -> None:
    """In a commit of the caller's; a line that is written twice has its id."""
    spool = tmp_path / "spool"
    fault = Faulty(step, ValueError("out of luck"))
    with Recorder(spool, fsync="interval", interval_seconds=1000, on_step=fault) as recorder:
        made = [recorder.record(**CALL)]
        with pytest.raises(SpoolFailed, match=r"unexpected went wrong \(ValueError: out of luck\)"):
            recorder.flush()
        assert recorder.trouble is not None
        made.append(recorder.record(**CALL))
        recorder.flush()
        assert not recorder.trouble
    assert list(dict.fromkeys(ids(spool))) == made


def test_with_each_the_record_itself_says_what_nobody_foresaw(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    fault = Faulty(Step.WRITTEN, ValueError("out of luck"))
    with Recorder(spool, fsync="each", on_step=fault) as recorder:
        with pytest.raises(SpoolFailed, match="ValueError: out of luck"):
            recorder.record(**CALL)
        made = recorder.record(**CALL)
    assert ids(spool) == [made]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("error", [ValueError("out of luck"), SystemExit(3)])
def test_the_thread_that_commits_goes_on_or_is_started_again(
    error: BaseException, tmp_path: Path
) -> None:
    """An exception is tried again; should the thread end, the next record starts another one."""
    spool = tmp_path / "spool"
    fault = Faulty(Step.WRITTEN, error)
    with Recorder(spool, fsync="interval", interval_seconds=0.01, on_step=fault) as recorder:
        made = [recorder.record(**CALL)]
        thread = recorder._journal._thread
        assert fault.failed.wait(60)
        if isinstance(error, SystemExit) and thread is not None:
            thread.join()
        made.append(recorder.record(**CALL))
        assert fault.succeeded.wait(60)
    assert list(dict.fromkeys(ids(spool))) == made


FULL_DISK = """
import resource, signal, sys
from analytics import Recorder
from analytics.errors import SpoolFailed
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
recorder = Recorder(sys.argv[1], fsync=sys.argv[2], interval_seconds=1000)
call = {"model_id": "gpt-4o", "external_id": "acme"}
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
failed = 0
for number in range(30):
    try:
        made = recorder.record(**call, input_tokens=number)
        recorder.flush()
        print(made)
    except SpoolFailed as error:
        assert "too large" in str(error), error
        failed += 1
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(recorder.record(**call, input_tokens=30))
recorder.close()
print(failed)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
@pytest.mark.parametrize("fsync", ["each", "interval"])
def test_a_write_that_fails_acknowledges_nothing_and_later_ones_work(
    fsync: str, tmp_path: Path
) -> None:
    """A file that may not grow fails within a line, as a full disk does."""
    ran = run(FULL_DISK, tmp_path, fsync)
    assert ran.returncode == 0, ran.stderr
    *made, failed = ran.stdout.split()
    assert int(failed) > 20
    written = ids(tmp_path)
    assert set(made) <= set(written)
    assert len(set(written)) == len(written)
    if fsync == "each":
        assert sorted(made) == sorted(written)
    else:
        assert len(written) == 31, "what could not be written waited"


@contextmanager
def disk(path: Path, kilobytes: int) -> Iterator[Callable[[str], None]]:
    """A disk of some size at a path; what it yields mounts it again with other options."""
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(path)]
    if (
        sys.platform != "linux"
        or subprocess.run(mount, capture_output=True, check=False).returncode
    ):
        pytest.skip("no disk can be mounted here")
    try:
        yield lambda options: void(["mount", "-o", f"remount,{options}", str(path)])
    finally:
        void(["umount", str(path)])


def void(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


@pytest.mark.parametrize("fsync", ["each", "interval"])
def test_a_full_disk_acknowledges_nothing_and_takes_records_again(
    fsync: str, tmp_path: Path
) -> None:
    with disk(tmp_path / "disk", 64) as mounted_again:
        spool = tmp_path / "disk" / "spool"
        with Recorder(spool, fsync=fsync, interval_seconds=1000, rotate_bytes=20_000) as recorder:
            made: list[str] = []

            def fill() -> None:
                for _ in range(2000):
                    made.append(recorder.record(**CALL))
                    recorder.flush()

            with pytest.raises(SpoolFailed, match="No space left on device"):
                fill()
            assert set(ids_of_whole_lines(spool)) <= set(made)
            mounted_again("size=10m")
            made.append(recorder.record(**CALL))
        written = ids(spool)
        assert set(made) <= set(written)
        assert len(set(written)) == len(written)


def ids_of_whole_lines(spool: Path) -> list[str]:
    text = "".join(file.path.read_text() for file in folder.files(spool))
    return [json.loads(line)["id"] for line in text.splitlines(keepends=True) if "\n" in line]


def test_a_disk_that_becomes_read_only_takes_nothing_until_it_may_be_written(
    tmp_path: Path,
) -> None:
    with disk(tmp_path / "disk", 1000) as mounted_again:
        with Recorder(tmp_path / "disk" / "spool", fsync="each") as recorder:
            mounted_again("ro")
            with pytest.raises(SpoolFailed, match="Read-only file system"):
                recorder.record(**CALL)
            mounted_again("rw")
            made = recorder.record(**CALL)
        assert ids(tmp_path / "disk" / "spool") == [made]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SpoolFailed, match="may not write"):
            Recorder(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_path_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolFailed, match="cannot be made"):
        Recorder(tmp_path / "file")


@pytest.mark.parametrize("step", [-86_400, 86_400 * 400, -1_800_000_000])
def test_a_clock_that_jumps_changes_nothing_but_the_times(step: int, tmp_path: Path) -> None:
    now = [NOON]
    with Recorder(tmp_path, clock=lambda: now[0], rotate_bytes=200, fsync="each") as recorder:
        made = []
        for _ in range(3):
            made += [recorder.record(**CALL), recorder.record(**CALL)]
            now[0] += step * 1_000_000_000 if len(made) == 2 else 0
    assert sorted(ids(tmp_path)) == sorted(made)
    assert len(set(made)) == 6
    assert len({row["occurred_at"] for row in read(tmp_path)}) == 2


ENDS = {
    "atexit": "",
    "sys.exit": "sys.exit(3)",
    "an exception": "raise RuntimeError",
}


@pytest.mark.parametrize("how", ENDS)
def test_a_process_that_ends_writes_what_waits(how: str, tmp_path: Path) -> None:
    code = (
        "import sys, analytics\n"
        "recorder = analytics.Recorder(sys.argv[1], interval_seconds=1000)\n"
        f"print(recorder.record(**{CALL}))\n{ENDS[how]}"
    )
    ran = run(code, tmp_path)
    assert ids(tmp_path) == [ran.stdout.strip()]
    assert len(names(tmp_path, ".jsonl")) == 1


def test_a_process_that_cannot_write_at_its_end_says_so(tmp_path: Path) -> None:
    code = (
        "import os, sys, analytics\n"
        "recorder = analytics.Recorder(sys.argv[1], interval_seconds=1000)\n"
        f"recorder.record(**{CALL})\nos.rmdir(sys.argv[1])"
    )
    ran = run(code, tmp_path / "spool")
    assert "tokenbook: The spool" in ran.stderr
    assert "Traceback" not in ran.stderr


def _record_in_child(recorder: Recorder, number: int) -> None:
    recorder.record(**CALL, id=f"child-{number}")


def test_a_fork_writes_its_own_records_and_not_its_parents(tmp_path: Path) -> None:
    with Recorder(tmp_path, interval_seconds=1000) as recorder:
        recorder.record(**CALL, id="first")
        recorder.flush()
        recorder.record(**CALL, id="waiting")
        context = multiprocessing.get_context("fork")
        children = [
            context.Process(target=_record_in_child, args=(recorder, number)) for number in range(3)
        ]
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert child.exitcode == 0
        recorder.record(**CALL, id="last")
    assert sorted(ids(tmp_path)) == ["child-0", "child-1", "child-2", "first", "last", "waiting"]
    assert len(names(tmp_path, ".jsonl")) == 4


FORK = """
import os, signal, sys, analytics
recorder = analytics.Recorder(sys.argv[1], fsync="each")
call = {"model_id": "gpt-4o", "external_id": "acme", "input_tokens": 7}
recorder.record(**call)
reader, writer = os.pipe()
if child := os.fork():
    os.read(reader, 1)
    print(child, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
recorder.record(**call)
os.close(1), os.close(2)
os.write(writer, b"x")
signal.pause()
"""


def test_a_child_does_not_keep_the_lock_of_its_dead_parent(tmp_path: Path) -> None:
    ran = run(FORK, tmp_path)
    child = int(ran.stdout)
    try:
        assert ran.returncode == -signal.SIGKILL
        assert len(names(tmp_path, ".open")) == 2
        assert folder.adopt_orphans(tmp_path) == 1
        assert len(names(tmp_path, ".open")) == 1
    finally:
        os.kill(child, signal.SIGKILL)


def test_ids_of_a_fork_are_its_own(tmp_path: Path) -> None:
    with Recorder(tmp_path) as recorder:
        mine = recorder.record(**CALL)
        if not (child := os.fork()):
            recorder.record(**CALL)
            recorder.close()
            os._exit(0)
        os.waitpid(child, 0)
        again = recorder.record(**CALL)
    assert len({mine, again, *ids(tmp_path)}) == 3
