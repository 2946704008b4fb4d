"""Pages from templates, with everything that is not ours to trust escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sim.inputs.files.plain_text import readable, unfit_characters
from sim.inputs.files.problems import InputError, Problem
from sim.report.words.prose import CitedNumber, Sentence

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def page(template: str, **values: Any) -> str:
    """The page made from a template of `sim/report/templates`.

    Raises InputError where Jinja is not installed.
    """
    return str(_environment().get_template(template).render(**values))


def missing_extra(library: str) -> InputError:
    """What to say when a library of the extra `reports` is not installed."""
    hint = "pip install 'sim-childrens-services[reports]'"
    return InputError(Problem("", f"{library} is not installed; this output needs it", hint))


def marked(words: Sentence | CitedNumber | str) -> Markup:
    """Words as HTML: text escaped, each figure a `data` element that names its cell."""
    from markupsafe import Markup, escape

    if isinstance(words, CitedNumber):
        return Markup(
            '<data value="{}" data-file="{}" data-row="{}" data-column="{}" data-scale="{:g}">'
            "{}</data>"
        ).format(
            f"{words.value:.10g}",
            words.cell.file,
            words.cell.where,
            words.cell.column,
            words.scale,
            words.text,
        )
    if isinstance(words, Sentence):
        return Markup("").join(marked(part) for part in words.parts)
    return escape(words)


def _fit(value: Any) -> Any:
    """What a template shows, text without characters that a page cannot hold."""
    if isinstance(value, str) and unfit_characters(value):
        return type(value)(readable(value))  # a string that is escaped already stays so
    return value


@cache
def _environment() -> Environment:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError:
        raise missing_extra("Jinja2") from None
    environment = Environment(
        loader=PackageLoader("sim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["marked"] = marked
    environment.finalize = _fit
    return environment
