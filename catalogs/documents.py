"""Written files: YAML in, a checked record out, or one error that lists every mistake.

The file is composed to nodes rather than loaded, so that each mistake has its line. Anchors,
aliases and tags are refused: such a file is read by people, and an alias can grow without bound.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError

from hlaska.errors import HlaskaError, unknown
from hlaska.records import Record

R = TypeVar("R", bound=Record)

_Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Form(Generic[R]):
    """What a file of one kind must hold, and how one speaks of it."""

    record: type[R]
    error: type[HlaskaError]
    whole: str
    """What the file describes, such as `site`."""
    starts: str
    """A first line as an example."""
    seek: str
    """What to do when the file cannot be read."""
    learn: str
    """Where a right file can be seen."""


def load(path: Path, form: Form[R]) -> R:
    """Read a file.

    Raises:
        HlaskaError: the file cannot be read or is wrong; of the form's class. Every mistake is one
            line of the message: file, line, key, and what to do.
    """
    document = _read(path, form)
    if document.mistakes:
        raise document.error()
    try:
        return form.record.model_validate(document.value)
    except ValidationError as error:
        found = error.errors()
        document.mistakes += [
            _mistake(document, entry)
            for entry in found
            # A list is not too short when an item was written and is only wrong itself.
            if entry["type"] != "too_short"
            or not any(e["loc"][: len(entry["loc"])] == entry["loc"] != e["loc"] for e in found)
        ]
        raise document.error() from error


@dataclass(frozen=True, slots=True, order=True)
class _Mistake:
    line: int
    key: str
    message: str


@dataclass(slots=True)
class _Document:
    path: Path
    form: Form[Any]
    last_line: int
    value: Any = None
    lines: dict[_Place, int] = field(default_factory=dict)
    """Line of everything in the file, from 1, by where it stands."""
    scalars: dict[_Place, Any] = field(default_factory=dict)
    mistakes: list[_Mistake] = field(default_factory=list)

    def error(self) -> HlaskaError:
        """All mistakes as one error, in the order of the file."""
        return self.form.error(
            "\n".join(
                f"{self.path}, line {min(mistake.line, self.last_line)}, "
                f"{_one_line(mistake.key) or f'the whole {self.form.whole}'}: "
                f"{_one_line(mistake.message)}"
                for mistake in sorted(set(self.mistakes))
            )
        )


class _Loader(yaml.SafeLoader):
    """YAML without anchors, aliases and tags."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="anchors (&) and aliases (*) are not allowed; write the value out",
                problem_mark=event.start_mark,
            )
        if getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(
                problem="tags (!) are not allowed; put the text in quotes",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)


def _read(path: Path, form: Form[Any]) -> _Document:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise form.error(f"{path}: {error.strerror}; {form.seek}") from error
    # YAML counts one line more where a file ends in a line break, and knows rarer line breaks.
    document = _Document(path, form, last_line=max(1, len(raw.splitlines())))
    try:
        text = raw.decode("utf-8")
        loader = _Loader(text)
        node = loader.get_single_node()
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        message = f"the byte {raw[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise form.error(f"{path}, line {line}: {message}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, int(error.position)) + 1
        message = "a control character, which YAML does not allow; delete it"
        raise form.error(f"{path}, line {line}: {message}") from error
    except yaml.MarkedYAMLError as error:
        line = min(_line_of(error), document.last_line)
        raise form.error(f"{path}, line {line}: {_problem(error)}") from error
    except RecursionError as error:
        raise form.error(f"{path}, line 1: lists or keys are nested without end") from error
    if node is None:
        raise form.error(f"{path}, line 1: the file is empty; {form.learn}")
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        message = (
            f"a {form.whole} starts with keys, such as `{form.starts}`; this is something else"
        )
        raise form.error(f"{path}, line {line}: {message}")
    document.value = _value(document, loader, node, ())
    return document


def _line_of(error: yaml.MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return 1 if mark is None else mark.line + 1


def _problem(error: yaml.MarkedYAMLError) -> str:
    return "; ".join(part for part in (error.context, error.problem) if part)


def _value(document: _Document, loader: yaml.SafeLoader, node: yaml.Node, at: _Place) -> Any:  # noqa: ANN401 - what YAML holds
    """The plain value of a node; its line, and what is wrong with it, go into the document."""
    line = node.start_mark.line + 1
    document.lines.setdefault(at, line)
    if isinstance(node, yaml.SequenceNode):
        return [_value(document, loader, part, (*at, i)) for i, part in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(document, loader, node, at)
    try:
        value = loader.construct_object(node)
    except (ValueError, yaml.MarkedYAMLError) as error:
        problem = _problem(error) if isinstance(error, yaml.MarkedYAMLError) else str(error)
        document.mistakes.append(_Mistake(line, _shown(at), f"{node.value!r}: {problem}"))
        return None
    document.scalars[at] = value
    return value


def _mapping(
    document: _Document, loader: yaml.SafeLoader, node: yaml.MappingNode, at: _Place
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, part in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            document.mistakes.append(_Mistake(line, _shown(at), "a key must be one plain word"))
            continue
        here = (*at, key.value)
        if key.value in values:
            first = document.lines[here]
            message = f"the key stands twice (first in line {first}); delete one"
            document.mistakes.append(_Mistake(line, _shown(here), message))
            continue
        document.lines[here] = line
        values[key.value] = _value(document, loader, part, here)
    return values


def _mistake(document: _Document, entry: Any) -> _Mistake:  # noqa: ANN401 - pydantic's ErrorDetails
    """One error of pydantic, with its key and line in the file."""
    at: _Place = ()
    for part in entry["loc"]:
        # A location also names branches of a union, which are not keys of the file.
        if (*at, part) in document.lines:
            at = (*at, part)
    line, shown = document.lines[at], at
    if entry["type"] == "missing":
        return _Mistake(line, _shown((*at, entry["loc"][-1])), "is missing; add it")
    if entry["type"] == "extra_forbidden":
        allowed = _allowed(document.form.record, entry["loc"][:-1])
        return _Mistake(line, _shown(at), unknown("key", str(at[-1]), allowed))
    if entry["type"] == "site":  # `hlaska.places.wrong`
        about = entry["ctx"]["key"], entry["ctx"]["value"]
        found = [
            place
            for place, value in document.scalars.items()
            if place[: len(at)] == at and (place[-1], value) == about
        ]
        if found:
            shown = max(found, key=document.lines.__getitem__)
            line = document.lines[shown]
    message = entry["msg"].removeprefix("Value error, ")
    if at in document.scalars:
        message += f"; it says {_short(document.scalars[at])}"
    return _Mistake(line, _shown(shown), message)


def _allowed(record: type[Record], loc: Iterable[str | int]) -> list[str]:
    """The keys that a record inside another knows, found by walking the outer one's schema."""
    schema = record.model_json_schema()
    here = schema
    for part in loc:
        here = _resolved(schema, here)
        if "discriminator" in here:
            here = {"$ref": here["discriminator"]["mapping"][part]}
        elif isinstance(part, int):
            here = here["items"] if "items" in here else here["prefixItems"][part]
        elif "properties" in here:
            here = here["properties"][part]
        else:  # keys are names, and all hold the same
            (here,) = here.get("patternProperties", {0: here.get("additionalProperties")}).values()
    return list(_resolved(schema, here)["properties"])


def _resolved(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    """A part of a JSON schema, with references and `or null` taken away."""
    while "$ref" in here or "anyOf" in here:
        if "anyOf" in here:
            here = here["anyOf"][0]
        else:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    return here


def _shown(at: _Place) -> str:
    """`cameras[0].zones[1].polygon`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".")


def _one_line(text: str) -> str:
    """The text with line breaks and what else cannot be printed written as in Python."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
