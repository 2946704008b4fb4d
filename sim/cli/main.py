"""The outermost guard of the command `simulate`: whatever happens, one message and an exit code.

Everything else, click included, is imported inside the guard: a library may be damaged.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress

from sim.inputs.files.plain_text import PLAIN_SIGNS, readable
from sim.inputs.files.problems import InputError, clipped
from sim.runs.errors import failure_of, show_to_developers

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 done, 1 a run that failed, 2 bad input, 130 stopped by Ctrl-C. There is never a traceback,
    unless the environment variable SIM_DEBUG asks for one.
    """
    _use_plain_signs()
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            sys.exit(_answer(arguments))
        except InputError as error:
            show_to_developers(error)
            _leave(BAD_INPUT, str(error))
        except KeyboardInterrupt as stop:
            # There is nothing left to stop: impatience must not show as a traceback at the end.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            _leave(INTERRUPTED, "Stopped.", *getattr(stop, "__notes__", ()))
        except Exception as error:
            show_to_developers(error)
            _leave(FAILED, str(failure_of(error)))


def _answer(arguments: Sequence[str] | None) -> int:
    """The exit code of a command that ended by itself."""
    import click

    from sim.cli.commands import simulate

    try:
        code = simulate.main(args=arguments, prog_name="simulate", standalone_mode=False)
    except click.ClickException as error:
        buffer = io.StringIO()
        error.show(buffer)
        click.echo(readable(clipped(buffer.getvalue())), file=sys.stderr, nl=False)
        return error.exit_code
    except click.Abort as stop:
        # Click takes the end of a damaged file for that of the user's input.
        raise stop.__cause__ or KeyboardInterrupt() from None
    if sys.stdout is not None:
        sys.stdout.flush()  # here, where a full disk can still be told
    return code if isinstance(code, int) else 0


def _leave(code: int, *lines: str) -> None:
    _let_go_of_output()
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write("".join(f"{readable(clipped(line))}\n" for line in lines))
        sys.stderr.flush()
    sys.exit(code)


def _use_plain_signs() -> None:
    """Let standard output and error write plain signs for those that their character sets lack."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=PLAIN_SIGNS)


def _let_go_of_output() -> None:
    """Write what can be written; what cannot must not be tried again as Python ends."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except AttributeError:
        return  # there is no output


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: object = None,
    line: str | None = None,
) -> None:
    """A warning of the program as a line for a user; those of libraries are for programmers."""
    if category is not UserWarning:
        return
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"Warning: {message}\n")


if __name__ == "__main__":
    main()
