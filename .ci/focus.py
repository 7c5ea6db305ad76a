"""Validates the FOCUS export of a month of synthetic usage with the official focus-validator.

    python .ci/focus.py FOLDER

The validator needs Python 3.12 and an older pyarrow than the program, so it gets an environment of
its own in FOLDER. Where there is no Python 3.12 it says so, loudly, and checks nothing. The
validator ends with 0 whatever it finds, so its report is read.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
MONTH = "2026-10"
CONTRADICTORY = {"InvoiceId-C-004-C", "InvoiceId-C-005-C"}
"""Both have no condition in the validator's model: one wants an invoice id in every row, the other
in none."""
MADE_OF_THEM = {"InvoiceId-C-003-C", "InvoiceId-C-000-O"}
"""Rules that hold where one of those two does, and so not where some rows have an invoice."""

CRITERIA = (
    "ACCOUNT_NAMING_SUPPORTED",
    "MULTIPLE_PRICING_CATEGORIES_SUPPORTED",
    "MULTIPLE_SUB_ACCOUNT_TYPES_SUPPORTED",
    "MULTIPLE_BILLING_ACCOUNT_TYPES_SUPPORTED",
    "NEGOTIATED_PRICING_SUPPORTED",
    "PUBLIC_PRICE_LIST_SUPPORTED",
    "USAGE_MEASUREMENT_SUPPORTED",
    "UNIT_PRICING_SUPPORTED",
    "SUB_ACCOUNT_SUPPORTED",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES_SUPPORTED",
    "RESOURCE_TYPE_ASSIGNMENT_SUPPORTED",
    "PRICING_BILLING_CURRENCY_DIFFERENCES_SUPPORTED",
    "REGION_SUPPORTED",
    "TAGGING_SUPPORTED",
)
CONFIGURATION = """
[seller]
legal_name = "Example Ltd"
address = ["Main Street 1", "10115 Berlin"]
tax_id = "DE123456789"

[invoice]
customer_needs = []
tax = "vat"
"""
NOT_VALIDATED = f"""
{"#" * 88}
# NOT VALIDATED: the FOCUS export. focus-validator needs Python 3.12, and there is none here.
# Looked for: python3.12, this Python, those of pyenv, that of uv.
{"#" * 88}
"""
FEWEST_PASSED = 295
"""So many rules applied and passed when this was written; fewer means that some were not run."""


def main(folder: Path) -> int:
    """Makes the files, validates them, and returns the exit code."""
    python = find_python()
    if python is None:
        print(NOT_VALIDATED, file=sys.stderr)
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    validator = install_validator(python, folder / "venv")
    found = {path.name: broken_rules(validator, path) for path in export(folder)}
    for name, rules in found.items():
        print(f"{name}: {', '.join(sorted(rules)) or 'valid FOCUS 1.2'}")
    return int(any(found.values()))


def find_python() -> Path | None:
    """A Python 3.12, wherever one usually is."""
    return next((path for path in candidates() if is_right(path)), None)


def candidates() -> Iterator[Path]:
    """Where a Python 3.12 may be."""
    if found := shutil.which("python3.12"):
        yield Path(found)
    yield Path(sys.executable)
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(root.glob("versions/3.12.*/bin/python"), reverse=True)
    if uv := shutil.which("uv"):
        ran = subprocess.run(
            [uv, "python", "find", "3.12"], capture_output=True, text=True, check=False
        )
        if ran.returncode == 0:
            yield Path(ran.stdout.strip())


def is_right(python: Path) -> bool:
    """Whether it runs and is 3.12: a shim of pyenv can be there and lead nowhere."""
    code = "import sys, venv; sys.exit(sys.version_info[:2] != (3, 12))"
    try:
        return (
            subprocess.run([python, "-c", code], capture_output=True, check=False).returncode == 0
        )
    except OSError:
        return False


def install_validator(python: Path, venv: Path) -> Path:
    """The validator's command, at the pinned versions."""
    subprocess.run([python, "-m", "venv", venv], check=True)
    quiet = ("--quiet", "--disable-pip-version-check")
    requirements = HERE / "focus-requirements.txt"
    subprocess.run(
        [venv / "bin" / "python", "-m", "pip", "install", *quiet, "-r", requirements], check=True
    )
    return venv / "bin" / "focus-validator"


def export(folder: Path) -> list[Path]:
    """The files: a month with an own price, issued invoices, tags and a clock change."""
    program = Path(sys.executable).with_name("tokenbook")
    environment = {**os.environ, "TOKENBOOK": str(folder / "book")}
    logs = folder / "logs"

    def run(*arguments: str) -> None:
        subprocess.run(
            [program, *arguments], check=True, env=environment, stdout=subprocess.DEVNULL
        )

    generate = HERE.parent / "data" / "samples" / "generate.py"
    subprocess.run(
        [sys.executable, generate, "--out", logs, "--month", MONTH],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    rates = ("input_tokens=2", "cache_read_tokens=1", "output_tokens=8", "web_searches=9")
    run("init", "--timezone", "Europe/Berlin", "--markup", "20")
    run("prices", "add", "gpt-4o", "--provider", "openai", *options("--rate", rates))
    rates = ("input_tokens=0.20", "output_tokens=0.80")
    run("prices", "add", "house-llm-7b", "--provider", "house", *options("--rate", rates))
    run("ingest", str(logs), "--create-accounts")
    run("prices", "apply")
    (folder / "book" / "book.toml").write_text(CONFIGURATION, encoding="utf-8")
    run("tax", "add", "vat", "--percent", "19")
    run("invoice", "issue", "--month", MONTH)
    paths = [folder / "focus.parquet", folder / "focus.csv"]
    for path in paths:
        run("export", "focus", "--to", str(path), "--month", MONTH)
    tagged = folder / "focus-tags.parquet"
    run("export", "focus", "--to", str(tagged), "--month", MONTH, "--tag", "*")
    return [*paths, tagged]


def options(name: str, values: tuple[str, ...]) -> list[str]:
    """An option, given once for each value."""
    return [part for value in values for part in (name, value)]


def broken_rules(validator: Path, path: Path) -> set[str]:
    """The rules that a file breaks, apart from those that contradict each other."""
    site_packages = next((validator.parent.parent / "lib").glob("python3.12/site-packages"))
    command = [validator, "--data-file", path.resolve(), "--validate-version", "1.2"]
    command += ["--focus-dataset", "CostAndUsage", "--block-download", "--show-violations"]
    command += ["--applicability-criteria", ",".join(CRITERIA)]
    # It opens a file of its own by a relative path.
    ran = subprocess.run(command, cwd=site_packages, capture_output=True, text=True, check=False)
    total = re.search(r"Total: (\d+) \| Pass: (\d+) \| Fail: (\d+)", ran.stdout)
    if not total:
        sys.exit(f"focus-validator did not finish:\n{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}")
    failed = set(re.findall(r"^❌ (\S+): FAIL", ran.stdout, re.MULTILINE))
    if len(failed) != int(total[3]) or int(total[2]) < FEWEST_PASSED:
        sys.exit(f"focus-validator's report is not as expected: {total[0]}, {sorted(failed)}")
    return failed - CONTRADICTORY - MADE_OF_THEM


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
