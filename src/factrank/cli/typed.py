"""A typed function becomes a command: its annotations say what a person may tell it. click parses.

``Annotated[int, option("--seed", help="Of the random searches.")]`` is an option, with ``argument``
it is a place. Kinds are str, int, float, bool, one of several texts (``Literal``); each may
be None too.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import NoneType
from typing import Any, Literal, TypeAlias, get_args, get_origin

import click

Kind: TypeAlias = "click.ParamType[Any]"
Made: TypeAlias = "Callable[[str, Kind, Any], click.Parameter]"
REQUIRED = inspect.Parameter.empty


def argument(metavar: str, help: str = "") -> Made:
    """What is told by its place; ``help`` stands in a section of its own."""

    def made(name: str, kind: Kind, default: Any) -> click.Parameter:
        required = default is REQUIRED
        place = _Place([name], type=kind, metavar=metavar, required=required, **_default(default))
        place.told = (f"{metavar} {_word(kind)}", f"{help}{'  [required]' * required}".strip())
        return place

    return made


def option(*names: str, min: int | None = None, max: int | None = None, **told: Any) -> Made:
    """What is told by a name, ``--yes/--no`` for one of two; ``min`` and ``max`` of a number.

    The rest is click's: ``help``, ``metavar``, ``show_default`` (what the help says of it).
    """

    def made(name: str, kind: Kind, default: Any) -> click.Parameter:
        more: dict[str, Any] = {"show_default": True, "metavar": _word(kind)} | _default(default)
        if kind is click.BOOL:
            more |= {"is_flag": True, "metavar": None}
        elif (min, max) != (None, None):
            more["metavar"] = _word(kind).replace(">", " range>")
            kind = (click.IntRange if kind is click.INT else _Range)(min, max)
        return click.Option(
            [name, *names], type=kind, required=default is REQUIRED, **(more | told)
        )

    return made


def _default(value: Any) -> dict[str, Any]:
    return {} if value is REQUIRED else {"default": value}


class _Range(click.FloatRange):
    """A range that what is no number is not in."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        number = super().convert(value, param, ctx)
        if number != number:
            self.fail(f"{value} is not a number.", param, ctx)
        return number


class _Place(click.Argument):
    """An argument with its row of the help."""

    told: tuple[str, str]


class _Command(click.Command):
    """A command whose help has a section of arguments."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments, then options."""
        if rows := [it.told for it in self.params if isinstance(it, _Place)]:
            with formatter.section("Arguments"):
                formatter.write_dl(rows)
        super().format_options(ctx, formatter)


KINDS = {str: click.STRING, int: click.INT, float: click.FLOAT, bool: click.BOOL}


def _kind(annotation: Any) -> Kind:
    """click's type for one of ours, which may also be None."""
    if get_origin(annotation) is not Literal:
        (annotation,) = set(get_args(annotation) or [annotation]) - {NoneType}
    return KINDS.get(annotation) or click.Choice(get_args(annotation))


def _word(kind: Kind) -> str:
    """What the help calls it."""
    if isinstance(kind, click.Choice):
        return f"<{'|'.join(kind.choices)}>"
    return f"<{next(ours.__name__ for ours, theirs in KINDS.items() if theirs is kind)}>"


def command_of(function: Callable[..., None], name: str, epilog: str) -> click.Command:
    """The command that calls a function; its help is the function's docstring.

    >>> from typing import Annotated
    >>> def greet(who: Annotated[str, argument("WHO", "Who is greeted.")]) -> None:
    ...     print(f"Hello, {who}!")
    >>> command_of(greet, "greet", "Example: greet Ada").main(["Ada"], standalone_mode=False)
    Hello, Ada!
    """
    params = []
    for it in inspect.signature(function, eval_str=True).parameters.values():
        annotation, told = get_args(it.annotation)
        params.append(told(it.name, _kind(annotation), it.default))
    doc = inspect.getdoc(function)
    return _Command(name, callback=function, params=params, help=doc, epilog=epilog)
