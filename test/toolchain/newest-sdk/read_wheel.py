"""Prints what a wheel of Pulumi's Python SDK says of its resources and functions, as JSON: read_wheel.py WHEEL"""
import ast
import json
import sys
import zipfile

SCALARS = {"str": "string", "int": "number", "float": "number", "bool": "boolean"}


def decorator(node, name):
    """The decorator of that name, called or not."""
    for one in node.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        if isinstance(called, ast.Attribute) and called.attr == name:
            return one
    return None


class Module:
    """A folder of the wheel: its classes by file."""

    def __init__(self, files):
        self.files = {name: ast.parse(text) for name, text in files.items()}
        self.nested = {
            name: {node.name: node for node in self.files.get(name, ast.Module([], [])).body if isinstance(node, ast.ClassDef)}
            for name in ("_inputs", "outputs")
        }

    def shape(self, node, side):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        if isinstance(node, ast.Attribute) and node.attr in SCALARS:
            return SCALARS[node.attr]
        if isinstance(node, ast.Attribute):  # outputs.X
            return self.named(node.attr, "outputs")
        if isinstance(node, ast.Name):
            return self.named(node.id, side)
        outer = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
        if outer in ("Input", "Output", "Optional"):
            return self.shape(node.slice, side)
        if outer == "Union":
            return self.shape(node.slice.elts[0], side)
        if outer == "Sequence":
            return {"list": self.shape(node.slice, side)}
        if outer == "Mapping":
            return {"map": self.shape(node.slice.elts[1], side)}
        raise ValueError(ast.dump(node))

    def named(self, name, file):
        return {"object": self.properties(self.nested[file][name], file)}

    def properties(self, class_node, side):
        found = {}
        for node in class_node.body:
            getter = isinstance(node, ast.FunctionDef) and decorator(node, "getter")
            if not getter:
                continue
            name = getter.keywords[0].value.value if isinstance(getter, ast.Call) else node.name
            found[name] = {"shape": self.shape(node.returns, side), "required": "Optional" not in outermost(node.returns)}
        return found

    def functions(self, file, tree):
        """By token: what is invoked, of the function that gives plain results."""
        results = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef):
                continue
            for call in ast.walk(node):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "invoke"):
                    continue
                result = next(word.value.id for word in call.keywords if word.arg == "typ")
                annotations = {argument.arg: argument.annotation for argument in node.args.args}
                inputs = {
                    # Whether it must be given does not show: Python's all may be left out.
                    line.targets[0].slice.value: {"shape": self.shape(annotations[line.value.id], "_inputs")}
                    for line in node.body
                    if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Subscript)
                }
                yield call.args[0].value, {"inputs": inputs, "outputs": self.properties(results[result], "outputs")}

    def resources(self, file, tree):
        classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
        for node in classes.values():
            token = decorator(node, "type_token")
            if token and f"{node.name}Args" in classes:
                inputs = self.properties(classes[f"{node.name}Args"], "_inputs")
                yield token.args[0].value, {"inputs": inputs, "outputs": self.properties(node, "outputs")}


def outermost(node):
    """Names of what wraps a type: Input[Optional[...]] is Input and Optional, Output[Sequence[Optional[...]]] is Output."""
    names = []
    while isinstance(node, ast.Subscript):
        name = node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id
        if name not in ("Input", "Output", "Optional"):
            break
        names.append(name)
        node = node.slice
    return names


def main(wheel):
    folders = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            folder, _, file = name.rpartition("/")
            if folder.startswith("pulumi_openstack") and file.endswith(".py") and "dist-info" not in folder:
                folders.setdefault(folder, {})[file[:-3]] = archive.read(name).decode()
    sdk = {"resources": {}, "functions": {}}
    for files in folders.values():
        module = Module(files)
        for file, tree in module.files.items():
            if file not in ("__init__", "_inputs", "outputs", "_utilities"):
                sdk["resources"].update(module.resources(file, tree))
                sdk["functions"].update(module.functions(file, tree))
    json.dump(sdk, sys.stdout)


main(sys.argv[1])
