"""The module table of the design, checked against every #include of the program.

Downward only, no header cycle, third-party headers only where they are allowed; and the small rules
that keep files readable: a comment and #pragma once at the top of a header, at most 400 lines.
With --self-test only the checker itself is checked, on made-up trees with one violation each.
"""

import pathlib
import re
import sys
import tempfile

import common

# module -> the modules that it may include, besides itself. A module includes only what stands
# above it, so the order of this table is the order of the layers.
PURE = ["base", "resp", "config", "command", "tenant", "policy", "route", "rewrite", "request"]
MAY_INCLUDE = {
    "base": [],
    "resp": ["base"],
    "config": ["base"],
    "command": ["base", "resp"],
    "tenant": ["base", "resp", "config"],
    "policy": ["base", "command", "tenant"],
    "route": ["base", "config", "command", "tenant"],
    "rewrite": ["base", "resp", "command", "tenant"],
    "request": [m for m in PURE if m != "request"],
    "metrics": ["base"],
    "upstream": ["base", "resp", "config", "route", "rewrite", "metrics"],
    "session": PURE + ["metrics", "upstream"],
    "server": PURE + ["metrics", "upstream", "session"],
    "main": PURE + ["metrics", "upstream", "session", "server"],
}

# Where a third-party header may be included: header pattern, file pattern, first match decides.
SOCKETS = r"^(include/bulkhead|src)/(upstream|session|server|main)[/.]"
THIRD_PARTY = [
    (r"boost/(system/|assert/source_location\.hpp$)", r""),
    (r"boost/(asio|beast)(/|\.hpp$)", SOCKETS),
    (r"boost/(intrusive_ptr\.hpp$|smart_ptr)", r"^(include/bulkhead|src)/(upstream|session)/"),
    (r"boost/intrusive/", r"^(include/bulkhead|src)/(session|server)/"),
    (r"spdlog/", r"^src/base/log\.cpp$"),
    (r"hiredis/", r"^(include/bulkhead|src)/(resp|upstream)/"),
    (r"yaml-cpp/", r"^src/config/"),
    (r"openssl/", r"^(include/bulkhead|src)/(tenant|upstream|rewrite/script)/"),
    (r"prometheus/", r"^(include/bulkhead|src)/metrics/"),
    (r"CLI/", r"^src/main(\.cpp$|/)"),
    # Sockets belong to the same modules as Asio: the deciding part has none.
    (r"(sys/(socket|epoll)\.h|netinet/.*|netdb\.h|poll\.h)$", SOCKETS),
]
# The C++ library has neither a folder nor a suffix; the C library and the kernel have these.
SYSTEM = re.compile(r"^([a-z_0-9]+|[a-z_0-9]+\.h|(sys|arpa|linux|net)/[a-z_0-9]+\.h)$")

MOST_LINES = 400
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# In two halves, or this file would be its own violation.
PROMISE = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")
PROMISE_ROOTS = ["src", "include", "tests", "tools", "fuzz", "bench", "scripts"]
PROMISE_SUFFIXES = {".cpp", ".hpp", ".inc", ".py", ".js", ".mjs", ".ts", ".sh", ".txt", ".cmake", ""}


def module_of(path):
    """'include/bulkhead/resp/args.hpp' and 'src/resp/args.cpp' -> 'resp'; src/main.cpp -> 'main'."""
    parts = path.split("/")
    if parts[:2] == ["include", "bulkhead"] and len(parts) > 3:
        return parts[2]
    if parts[0] == "src":
        return parts[1] if len(parts) > 2 else pathlib.PurePath(parts[1]).stem
    return None


class Tree:
    def __init__(self, root):
        self.root = root
        self.problems = []
        self.edges = {}  # own file -> own files that it includes
        self.files = sorted(
            str(p.relative_to(root))
            for top in ("include", "src")
            for p in (root / top).rglob("*")
            if p.suffix in (".hpp", ".cpp", ".inc")
        )

    def check(self):
        for path in self.files:
            text = (self.root / path).read_text()
            self.check_file(path, text)
            self.check_includes(path, text)
        self.check_cycles()
        self.check_promises()
        return self.problems

    def say(self, path, line, sentence):
        self.problems.append(f"{path}:{line}: {sentence}")

    def check_file(self, path, text):
        lines = text.splitlines()
        if module_of(path) not in MAY_INCLUDE:
            self.say(path, 1, "belongs to no module of the table")
        if path.endswith(".hpp"):
            if "#pragma once" not in lines:
                self.say(path, 1, "has no #pragma once")
            if not text.startswith("//"):
                self.say(path, 1, "does not begin with a comment that says what it is")
        if not path.endswith(".inc") and len(lines) > MOST_LINES:
            self.say(path, len(lines), f"has {len(lines)} lines, more than {MOST_LINES}")

    def check_includes(self, path, text):
        self.edges[path] = []
        for number, line in enumerate(text.splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            header = match[2]
            own = self.resolve(path, header) if match[1] == '"' else None
            if own:
                self.edges[path].append(own)
                self.check_own(path, number, own)
            elif header.startswith("bulkhead/") or match[1] == '"':
                self.say(path, number, f'"{header}" is no file of this tree; other headers go in <>')
            else:
                self.check_foreign(path, number, header)

    def resolve(self, path, header):
        """As the compiler looks: beside the file, then in include/ and src/."""
        beside = pathlib.PurePath(path).parent / header
        for candidate in (str(beside), f"include/{header}", f"src/{header}"):
            if candidate in self.files:
                return candidate
        return None

    def check_own(self, path, number, own):
        module, included = module_of(path), module_of(own)
        if module == included:
            return
        if included not in MAY_INCLUDE.get(module, []):
            self.say(path, number, f"{module} may not include {included} ({own})")
        elif own.startswith("src/"):
            self.say(path, number, f"{own} is private to {included}")

    def check_foreign(self, path, number, header):
        for pattern, where in THIRD_PARTY:
            if re.match(pattern, header):
                if not re.search(where, path):
                    self.say(path, number, f"<{header}> is not allowed here")
                return
        if not SYSTEM.match(header):
            self.say(path, number, f"<{header}> is in no row of the third-party table")

    def check_cycles(self):
        done, trail = set(), []

        def visit(path):
            if path in trail:
                self.say(path, 1, "includes itself: " + " -> ".join(trail[trail.index(path):] + [path]))
                return
            if path in done:
                return
            trail.append(path)
            for own in self.edges[path]:
                visit(own)
            trail.pop()
            done.add(path)

        for path in self.files:
            visit(path)

    def check_promises(self):
        for top in PROMISE_ROOTS:
            for file in sorted((self.root / top).rglob("*")):
                if file.suffix not in PROMISE_SUFFIXES or not file.is_file() or "node_modules" in file.parts:
                    continue
                text = file.read_bytes().decode("utf-8", "replace")
                for number, line in enumerate(text.splitlines(), 1):
                    if PROMISE.search(line):
                        self.say(file.relative_to(self.root), number, "a promise instead of code")


# A tree without fault, in which every rule has something to look at.
CLEAN = {
    "include/bulkhead/base/a.hpp": "// A.\n#pragma once\n#include <boost/system/result.hpp>\n#include <string>\n",
    "include/bulkhead/resp/b.hpp": '// B.\n#pragma once\n#include "bulkhead/base/a.hpp"\n',
    "include/bulkhead/upstream/lane.hpp": '// L.\n#pragma once\n#include "bulkhead/resp/b.hpp"\n#include <boost/asio/awaitable.hpp>\n',
    "src/base/log.cpp": '#include "bulkhead/base/a.hpp"\n#include <spdlog/logger.h>\n#include <sys/types.h>\n',
    "src/resp/own.hpp": "// Private.\n#pragma once\n#include <hiredis/read.h>\n",
    "src/resp/b.cpp": '#include "bulkhead/resp/b.hpp"\n#include "own.hpp"\n#include <unistd.h>\n',
    "src/command/rows/string.inc": "x\n" * 500,
    "src/config/load.cpp": "#include <yaml-cpp/yaml.h>\n",
    "src/tenant/hash.cpp": "#include <openssl/evp.h>\n",
    "src/metrics/m.cpp": "#include <prometheus/collectable.h>\n",
    "src/upstream/lane.cpp": "#include <boost/smart_ptr/intrusive_ptr.hpp>\n#include <sys/socket.h>\n",
    "src/main.cpp": '#include "bulkhead/upstream/lane.hpp"\n#include <CLI/CLI.hpp>\n',
}
# One violation each: the files that bring it in, and what must be said about it.
VIOLATIONS = [
    ({"src/base/up.cpp": '#include "bulkhead/resp/b.hpp"\n'}, "up.cpp:1: base may not include resp"),
    ({"src/metrics/x.cpp": '#include "bulkhead/upstream/lane.hpp"\n'}, "metrics may not include upstream"),
    ({"src/session/x.cpp": '#include "resp/own.hpp"\n'}, "src/resp/own.hpp is private to resp"),
    ({"src/util/x.cpp": "\n"}, "belongs to no module"),
    ({"src/resp/x.cpp": '#include "bulkhead/resp/gone.hpp"\n'}, "is no file of this tree"),
    ({"src/request/x.cpp": "#include <boost/asio.hpp>\n"}, "<boost/asio.hpp> is not allowed here"),
    ({"src/metrics/x.cpp": "#include <boost/beast/http.hpp>\n"}, "is not allowed here"),
    ({"src/server/x.cpp": "#include <boost/intrusive_ptr.hpp>\n"}, "is not allowed here"),
    ({"src/session/x.cpp": "#include <boost/algorithm/string.hpp>\n"}, "in no row of the third-party table"),
    ({"src/server/x.cpp": "#include <spdlog/spdlog.h>\n"}, "is not allowed here"),
    ({"src/base/x.cpp": "#include <spdlog/spdlog.h>\n"}, "is not allowed here"),
    ({"src/session/x.cpp": "#include <hiredis/hiredis.h>\n"}, "is not allowed here"),
    ({"include/bulkhead/config/y.hpp": "// Y.\n#pragma once\n#include <yaml-cpp/yaml.h>\n"}, "is not allowed here"),
    ({"src/session/x.cpp": "#include <openssl/ssl.h>\n"}, "is not allowed here"),
    ({"src/server/x.cpp": "#include <openssl/ssl.h>\n"}, "is not allowed here"),
    ({"src/server/x.cpp": "#include <prometheus/registry.h>\n"}, "is not allowed here"),
    ({"src/config/x.cpp": "#include <CLI/CLI.hpp>\n"}, "is not allowed here"),
    ({"src/request/x.cpp": "#include <sys/socket.h>\n"}, "is not allowed here"),
    ({"src/base/x.cpp": "#include <fmt/core.h>\n"}, "in no row of the third-party table"),
    (
        {
            "include/bulkhead/resp/x.hpp": '// X.\n#pragma once\n#include "bulkhead/resp/y.hpp"\n',
            "include/bulkhead/resp/y.hpp": '// Y.\n#pragma once\n#include "bulkhead/resp/x.hpp"\n',
        },
        "includes itself: ",
    ),
    ({"include/bulkhead/resp/x.hpp": "// X.\nint x();\n"}, "has no #pragma once"),
    ({"include/bulkhead/resp/x.hpp": "#pragma once\n// X.\n"}, "does not begin with a comment"),
    ({"src/resp/long.cpp": "\n" * 401}, "has 401 lines"),
    ({"tests/unit/x_test.cpp": "// TO" + "DO: later\n"}, "a promise instead of code"),
    ({"scripts/x": "# FIX" + "ME\n"}, "a promise instead of code"),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as name:
        for path, text in files.items():
            file = pathlib.Path(name, path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return Tree(pathlib.Path(name)).check()


def self_test():
    order = list(MAY_INCLUDE)
    wrong = [
        f"self-test: the table lets {module} include {other}, which does not stand above it"
        for module, others in MAY_INCLUDE.items()
        for other in others
        if order.index(other) >= order.index(module)
    ]
    wrong += [f"self-test: a clean tree: {p}" for p in problems_of(CLEAN)]
    for files, expected in VIOLATIONS:
        found = problems_of({**CLEAN, **files})
        if len(found) != 1 or expected not in found[0]:
            wrong.append(f"self-test: {', '.join(files)}: expected one problem with '{expected}', found {found}")
    return wrong


def main():
    wrong = self_test()
    if "--self-test" in sys.argv[1:] or wrong:
        common.finish(wrong, f"the checker finds all {len(VIOLATIONS)} violations")
    tree = Tree(common.ROOT)
    problems = tree.check()
    if not tree.files:
        problems.append("no source file was found")
    common.finish(problems, f"{len(tree.files)} files keep to the table")


if __name__ == "__main__":
    main()
