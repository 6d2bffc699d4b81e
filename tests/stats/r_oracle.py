"""Ask R for what a test of statistics should find.

R writes down the same methods independently of SciPy, statsmodels and lifelines. Its
packages `stats` and `survival` come with `r-base-core` and `r-recommended` of Debian.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from cytoflow_blina.domain.events import FloatArray

# 17 digits bring every float64 back as it was.
_PRELUDE = """
emit <- function(...) {
  values <- list(...)
  for (name in names(values))
    cat(name, "=", paste(sprintf("%.17g", as.numeric(values[[name]])), collapse = " "),
        "\\n", sep = "")
}
"""


@cache
def rscript() -> str:
    """Find Rscript, and install it where we may (root on Debian).

    Returns
    -------
    str
        Path of the program. Where there is none the test is skipped, or fails in
        continuous integration (`CI` is set), so that the comparison cannot fall away
        unseen.
    """
    if found := shutil.which("Rscript"):
        return found
    why = _install() if _may_install() else "not root, or no apt-get"
    if found := shutil.which("Rscript"):
        return found
    message = f"Rscript is not at hand ({why}): install r-base-core and r-recommended"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def run_r(code: str, **arrays: ArrayLike) -> dict[str, FloatArray]:
    """Run R code, and give the numbers that it emits.

    Parameters
    ----------
    code : str
        R code; `emit(p = test$p.value, ci = test$conf.int)` gives numbers back under
        their names.
    **arrays : array_like
        Variables of the code: a number, or a vector or matrix of numbers, truth values
        or strings. NaN stays NaN, which R takes for missing.

    Returns
    -------
    dict of str to ndarray of float64, shape () or (n,)
        A single number has shape (), so that `float()` takes it; a matrix comes column
        by column; NA and NaN are NaN.

    Raises
    ------
    RuntimeError
        With the words of R, where the code fails.
    """
    given = [f"{name} <- {_in_r(np.asarray(array))}" for name, array in arrays.items()]
    done = subprocess.run(
        [rscript(), "--vanilla", "-"],
        input="\n".join([_PRELUDE, *given, code, ""]),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "LC_ALL": "C"},
    )
    if done.returncode:
        raise RuntimeError(f"R: {done.stderr.strip()}")
    lines = [line.partition("=") for line in done.stdout.splitlines() if "=" in line]
    return {name: _from_r(words) for name, _, words in lines}


def _may_install() -> bool:
    """Whether packages of Debian can be installed without asking anybody."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install() -> str:
    """Install R, one worker at a time, and say what came of it."""
    packages = ["--no-install-recommends", "r-base-core", "r-recommended"]
    with (Path(tempfile.gettempdir()) / "install-rscript.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if shutil.which("Rscript"):
            return "installed meanwhile"
        _apt_get("update")
        return _apt_get("install", "--yes", *packages)


def _apt_get(*words: str) -> str:
    """Call apt-get, and give the last line of its complaints."""
    done = subprocess.run(
        [shutil.which("apt-get") or "", "-qq", *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )
    return (done.stderr.strip().splitlines() or ["installed"])[-1]


def _in_r(array: NDArray[np.generic]) -> str:
    """Write an array as R code, floats in base 16 so that no bit is lost."""
    words = ", ".join(_literal(value) for value in array.ravel().tolist())
    if array.ndim == 2:
        return f"matrix(c({words}), nrow = {len(array)}, byrow = TRUE)"
    return f"c({words})" if array.size else "numeric(0)"


def _literal(value: object) -> str:
    """Write one value as R code."""
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return str(value).upper()
    number = float(str(value))
    if np.isnan(number):
        return "NaN"
    if np.isinf(number):
        return "Inf" if number > 0 else "-Inf"
    return number.hex()


def _from_r(words: str) -> FloatArray:
    """Read the numbers of one line."""
    numbers = [float("nan") if word == "NA" else float(word) for word in words.split()]
    return np.array(numbers[0] if len(numbers) == 1 else numbers, dtype=np.float64)
