"""Prepare the templates of pages that fetch nothing and run one script of our own."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def page_environment() -> Environment:
    """Prepare templates that escape every string and refuse what is not defined."""
    return Environment(
        loader=PackageLoader("cytoflow_blina.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def resource(name: str) -> Markup:
    """Read a file of our own, which goes into the page as it is.

    Parameters
    ----------
    name : str
        Its name beside the templates.

    Returns
    -------
    Markup
        Its text.
    """
    folder = files("cytoflow_blina.report").joinpath("templates")
    return Markup(folder.joinpath(name).read_text(encoding="utf-8"))  # noqa: S704


def policy_of(script: str) -> str:
    """Write the policy under which a browser runs this script and no other.

    Parameters
    ----------
    script : str
        The script as it stands in the page.

    Returns
    -------
    str
        A Content-Security-Policy; nothing is fetched.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'"
    )
