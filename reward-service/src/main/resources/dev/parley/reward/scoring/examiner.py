# The side of the tests.
import ast, traceback


class Examiner(Wire):
    def operate(self, operation, handle, arguments, named):
        # A program may call what a test gave it, and nothing else.
        if operation == "call":
            return self.held[handle](*arguments, **named)
        raise NotImplementedError(operation)


def examine(wire, task):
    tests = ast.parse(task["tests"])
    counts = [0, 0]
    try:
        names = wire.ask("load", 0, task["prompt"], task["code"], task["entry_point"])
    except Exception as e:
        return [0, 1], "the program cannot be loaded: " + said(e)
    world = {"__name__": "tests"}
    for name, (kind, value) in names.items():
        # What the tests count on stays what it is: a program's own abs or check is not theirs.
        if hasattr(builtins, name) or name in ("check", "candidate"):
            continue
        if kind == "exception":
            known = next((getattr(builtins, k) for k in value if isinstance(getattr(builtins, k, None), type)), Exception)
            value = type(name, (known if issubclass(known, Exception) else Exception,), {})
            wire.exceptions[name] = value
        world[name] = value
    entry = task["entry_point"]
    if entry:
        if entry not in names:
            return [0, 1], "the program does not define " + entry
        candidate = world["candidate"] = names[entry][1]
    message = ""
    for statement in tests.body:
        counted = isinstance(statement, ast.Assert)
        counts[1] += counted
        try:
            exec(compile(ast.Module([statement], []), "tests", "exec"), world)
            counts[0] += counted
        except Exception as e:
            message = message or said(e)
            if not counted:
                counts[1] += 1
    called = any(isinstance(n, ast.Name) and n.id == "check" for s in tests.body if isinstance(s, ast.Expr) for n in ast.walk(s))
    if entry and callable(world.get("check")) and not called:
        counts[1] += 1
        try:
            world["check"](candidate)
            counts[0] += 1
        except Exception as e:
            message = message or said(e)
    elif called:
        # check(…) stands among the statements, where no assert was counted: it is the test.
        counts[1] += 1
        counts[0] += not message
    return counts, message


def said(e):
    frames = [f.lineno for f in traceback.extract_tb(e.__traceback__) if f.filename == "tests"]
    where = " in line %d of the tests" % frames[-1] if frames else ""
    return ("%s%s%s" % (type(e).__name__, where, ": " + str(e) if str(e) else ""))[:500]


wire = Examiner(Remote)
task = wire.receive()
try:
    counts, message = examine(wire, task)
    broken = wire.broken
except SyntaxError as e:
    wire.send({"verdict": "unusable", "message": "the tests are no Python: %s" % e})
    sys.exit()
except Broken:
    counts, message, broken = [0, 1], "", wire.broken
except RecursionError as e:
    counts, message, broken = [0, 1], said(e), None
if broken:
    # Tests that passed before count for nothing: a program that ends itself is no answer.
    counts, message = [0, max(1, counts[1])], "the program did not last: " + broken
if not counts[1]:
    wire.send({"verdict": "unusable", "message": "the tests test nothing: there is no assert, and no check function with an entry_point"})
else:
    wire.send({"verdict": "judged", "passed": counts[0], "tests": counts[1], "message": message})
