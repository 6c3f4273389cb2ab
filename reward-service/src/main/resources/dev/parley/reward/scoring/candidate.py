# The side of the program that is judged. All of it may be hostile: whatever it does, it does here.
class Program(Wire):
    def __init__(self):
        super().__init__(Remote)
        self.globals = {"__name__": "program", "__builtins__": builtins}

    def load(self, prompt, code, entry_point):
        for source in sources(prompt, code, entry_point):
            try:
                compiled = compile(source, "program", "exec")
            except (SyntaxError, ValueError):
                continue
            break
        else:
            compiled = compile(code, "program", "exec")
        exec(compiled, self.globals)
        return self.public()

    def public(self):
        names = {}
        for name, value in list(self.globals.items()):
            if name.startswith("__") or type(value) is type(sys):
                continue
            if isinstance(value, type) and issubclass(value, BaseException):
                names[name] = ("exception", [c.__name__ for c in value.__mro__])
            else:
                names[name] = ("value", value)
        return names

    def operate(self, operation, handle, arguments, named):
        if operation == "load":
            return self.load(*arguments)
        held = self.held[handle]
        if operation == "call":
            return held(*arguments, **named)
        if operation == "get":
            return getattr(held, arguments[0])
        if operation == "set":
            return setattr(held, arguments[0], arguments[1])
        if operation == "eq":
            return bool(held == arguments[0])
        if operation == "len":
            return len(held)
        if operation == "bool":
            return bool(held)
        if operation == "iter":
            return iter(held)
        if operation == "next":
            return next(held)
        if operation == "item":
            return held[arguments[0]]
        if operation == "setitem":
            held[arguments[0]] = arguments[1]
            return None
        if operation == "contains":
            return arguments[0] in held
        if operation == "str":
            return str(held)
        raise NotImplementedError(operation)


def sources(prompt, code, entry_point):
    """The program in full. A model that completes goes on where the prompt ends; one that chats writes the function
    again, but may leave out the imports and helpers that stand before it in the prompt."""
    marker = "def " + entry_point + "("
    if entry_point and marker in prompt:
        if marker in code:
            yield prompt[: prompt.index(marker)] + "\n" + code
        else:
            yield prompt + code
    yield code


Program().serve()
