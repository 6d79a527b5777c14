"""A mypy plugin: what peewee adds to a model at run time and its own stubs cannot say.

`id` (an AutoField, unless the model names another key), and for each foreign key `member` the number `member_id`. And after
`.tuples()`, `.dicts()`, `.namedtuples()` and `.objects()` the rows are no longer the model's.
"""

from collections.abc import Callable

from mypy.nodes import AssignmentStmt, CallExpr, ClassDef, NameExpr, RefExpr, TypeInfo
from mypy.plugin import ClassDefContext, MethodContext, Plugin
from mypy.plugins.common import add_attribute_to_class
from mypy.types import AnyType, Instance, Type, TypeOfAny, get_proper_type

OTHER_ROWS = (".tuples", ".dicts", ".namedtuples", ".objects")


class Peewee(Plugin):
    def get_base_class_hook(self, fullname: str) -> Callable[[ClassDefContext], None] | None:
        base = self.lookup_fully_qualified(fullname)
        if base and isinstance(base.node, TypeInfo) and base.node.has_base("peewee.Model"):
            return _complete
        return None

    def get_method_hook(self, fullname: str) -> Callable[[MethodContext], Type] | None:
        return _any_rows if fullname.startswith("peewee.") and fullname.endswith(OTHER_ROWS) else None


def _complete(context: ClassDefContext) -> None:
    number = context.api.named_type_or_none("builtins.int")
    key = context.api.named_type_or_none("peewee.AutoField", [number]) if number else None
    if not number or not key:
        return
    fields = _fields(context.cls)
    if not context.cls.info.get("id"):
        add_attribute_to_class(context.api, context.cls, "id", key, is_classvar=False)
    for name, field in fields.items():
        if field == "ForeignKeyField" and not context.cls.info.names.get(f"{name}_id"):
            add_attribute_to_class(context.api, context.cls, f"{name}_id", _number(context, number))


def _any_rows(context: MethodContext) -> Type:
    query = get_proper_type(context.default_return_type)
    if isinstance(query, Instance) and query.args:
        return query.copy_modified(args=[AnyType(TypeOfAny.special_form)] * len(query.args))
    return query


def _number(context: ClassDefContext, number: Instance) -> Instance:
    """A column when asked of the model, a number when asked of a row."""
    return context.api.named_type_or_none("peewee.IntegerField", [number]) or number


def _fields(cls: ClassDef) -> dict[str, str]:
    """The names of the class's own attributes that are made by calling something, and what is called."""
    found = {}
    for line in cls.defs.body:
        if isinstance(line, AssignmentStmt) and isinstance(line.rvalue, CallExpr):
            name, made_by = line.lvalues[0], line.rvalue.callee
            if isinstance(name, NameExpr) and isinstance(made_by, RefExpr):
                found[name.name] = getattr(made_by, "name", "")
    return found


def plugin(version: str) -> type[Plugin]:
    return Peewee
