"""The two commands of the README, on a machine with Python 3.11 or newer and nothing else.

    python3 packaging/bootstrap.py run      install what is needed, then open the window
    python3 packaging/bootstrap.py test     install what is needed, then run every check and test

Both make `.venv` in the project's folder, install the pinned packages of `packaging/constraints.txt`, and install Qt's
system libraries by apt when they are missing and apt may be used; otherwise they print the line to type. `run` without
a display does the main job on a bundled real set and says where the results are. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes.util
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT = PROJECT / ".venv"
CONSTRAINTS = PROJECT / "packaging" / "constraints.txt"
OLDEST_PYTHON = (3, 11)

# Library that Qt opens -> Debian package that brings it (measured on a minimal Debian 12).
SYSTEM_LIBRARIES = {
    "EGL": "libegl1",
    "GL": "libgl1",
    "fontconfig": "libfontconfig1",
    "glib-2.0": "libglib2.0-0",
    "dbus-1": "libdbus-1-3",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-image": "libxcb-image0",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-randr": "libxcb-randr0",
    "xcb-render-util": "libxcb-render-util0",
    "xcb-shape": "libxcb-shape0",
    "xcb-xkb": "libxcb-xkb1",
}
FONTS = "fonts-dejavu-core"


def main() -> int:
    """Parse the command and do it; the exit status is that of what was run."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("command", choices=["run", "test"])
    parser.add_argument("arguments", nargs="*", help="passed on to the window or to pytest (after --)")
    options = parser.parse_args()
    if sys.version_info < OLDEST_PYTHON:
        say(f"Python {'.'.join(map(str, OLDEST_PYTHON))} or newer is needed; this is {platform.python_version()}.")
        return 2
    install_system_libraries()
    install_packages(with_tests=options.command == "test")
    return run(options.arguments) if options.command == "run" else test(options.arguments)


def say(text: str) -> None:
    """Print a line at once."""
    print(text, flush=True)


# ---------------------------------------------------------------------------- installing


def missing_system_packages() -> list[str]:
    """Debian packages that are needed and not there: Qt's libraries, a font, Python's venv."""
    missing = [package for name, package in SYSTEM_LIBRARIES.items() if not has_library(name)]
    if not any(Path("/usr/share/fonts").rglob("*.ttf")):
        missing.append(FONTS)
    if importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    return missing


def has_library(name: str) -> bool:
    """Whether the loader finds a shared library (`ldconfig` may stand outside an ordinary person's path)."""
    if ctypes.util.find_library(name):
        return True
    folders = (Path("/usr/lib"), Path("/lib"), Path("/usr/lib64"))
    return any(next(folder.glob(f"**/lib{name}.so.*"), None) for folder in folders if folder.is_dir())


def install_system_libraries() -> None:
    """Install what `missing_system_packages` names, on Linux, where apt may be used; else say the line to type."""
    if sys.platform != "linux":
        return
    missing = missing_system_packages()
    if not missing:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        say(f"System packages are missing here. On Debian they are: {' '.join(missing)}")
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and (shutil.which("sudo") is None or subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL)):
        say(f"System packages are missing. Please type: sudo {' '.join(install)}")
        return
    say(f"Installing system packages: {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.call([*prefix, "apt-get", "update", "-qq"], env=environment)
    if subprocess.call([*prefix, *install, "-qq"], env=environment, stdout=subprocess.DEVNULL):
        say(f"That did not work. Please type: sudo {' '.join(install)}")


def install_packages(*, with_tests: bool) -> None:
    """Make the environment and install the program with its pinned dependencies, unless that was done before."""
    wanted = fingerprint(with_tests=with_tests)
    marker = ENVIRONMENT / "installed.txt"
    if python().exists() and marker.exists() and wanted in marker.read_text(encoding="utf-8").split():
        return
    make_environment()
    say("Installing the packages (about 2 GB on the disk, some minutes)...")
    # torch first and by its pin; a build that is there already (a person's own, for their graphics card) stays.
    torch = next(
        line.strip() for line in CONSTRAINTS.read_text(encoding="utf-8").splitlines() if line.startswith("torch==")
    )
    if not has_torch():
        pip("install", torch)
    pip("install", "-e", f"{PROJECT}[{'test' if with_tests else 'all'}]")
    marker.write_text(f"{wanted}\n", encoding="utf-8")


def make_environment() -> None:
    """Make `.venv`, or complete one that a broken attempt left."""
    if python().exists():
        return
    say(f"Making a Python environment in {ENVIRONMENT}")
    try:
        venv.create(ENVIRONMENT, with_pip=True)
    except subprocess.CalledProcessError:
        shutil.rmtree(ENVIRONMENT, ignore_errors=True)
        say("Python's venv module is incomplete. On Debian please type: sudo apt-get install -y python3-venv")
        raise SystemExit(2) from None


def has_torch() -> bool:
    """Whether the environment has some torch already (a person may have put their own build there)."""
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torch') is None)"
    return subprocess.call([python(), "-c", probe]) == 0


def pip(*arguments: str) -> None:
    """Run pip in the environment; end with a sentence when it fails."""
    command = [str(python()), "-m", "pip", "--disable-pip-version-check", *arguments, "-c", str(CONSTRAINTS), "--quiet"]
    if subprocess.call(command):
        say(f"Installing failed. Check the connection and the free space, then try again: {' '.join(command)}")
        raise SystemExit(2)


def python() -> Path:
    """The environment's Python."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def fingerprint(*, with_tests: bool) -> str:
    """What decides which packages are installed, as one word."""
    digest = hashlib.sha256(f"{with_tests} {sys.version_info[:2]} {PROJECT}".encode())
    for file in (PROJECT / "pyproject.toml", CONSTRAINTS):
        digest.update(file.read_bytes())
    return digest.hexdigest()


# ---------------------------------------------------------------------------- running


def run(arguments: list[str]) -> int:
    """Open the window, or without a display do the main job on a bundled set."""
    if has_display():
        return subprocess.call([python(), "-m", "bioseq_gui", *arguments])
    say("There is no display here, so no window can open. Doing the main job on a bundled real set instead.")
    return main_job(PROJECT / "demo")


def has_display() -> bool:
    """Whether a window can be shown."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main_job(folder: Path) -> int:
    """Autofill, train, evaluate and predict on the splice-junction sample; leave everything in a folder."""
    samples = PROJECT / "resources" / "samples"
    labelled, unlabelled = samples / "splice_junctions.fasta", samples / "splice_junctions_new.fasta"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    config, run_folder, table = folder / "config.toml", folder / "run", folder / "predictions.csv"
    for title, command in (
        ("Looking at the data", ["inspect", labelled]),
        ("Filling in the settings", ["config", labelled, "-o", config]),
        ("Training and evaluating", ["train", config, "-o", run_folder]),
        ("Predicting new sequences", ["predict", run_folder, unlabelled, "-o", table]),
    ):
        say(f"\n== {title}: bioseq {' '.join(map(str, command))}")
        status = subprocess.call([python(), "-m", "bioseq.cli", *map(str, command)])
        if status:
            return status
    say(
        f"\nDone. The results lie in {folder}:\n"
        f"  predictions of new sequences   {table}\n"
        f"  metrics beside the baseline    {run_folder / 'metrics.json'}\n"
        f"  predictions of the test set    {run_folder / 'predictions.csv'}\n"
        f"  figures                        {run_folder / 'figures'}\n"
        f"  the model, to hand on          {run_folder / 'model.bioseq'}"
    )
    return 0


def test(arguments: list[str]) -> int:
    """Run the whole suite offscreen: style, types, import contracts and behaviour are all tests."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
        "HF_HUB_OFFLINE": "1",
    }
    workers = str(max(1, min(4, os.cpu_count() or 1)))
    # All tests of a file run in one process, so that what is trained for many of them is trained once.
    # The order of `tests/conftest.py` counts, by which long files do not come last, when one core waits.
    spread = ["--dist", "loadfile", "--no-loadscope-reorder"]
    command = [python(), "-m", "pytest", "-n", workers, *spread, "-m", "not slow", *arguments]
    return subprocess.call(command, cwd=PROJECT, env=environment)


if __name__ == "__main__":
    sys.exit(main())
