"""One list of metrics: include/bulkhead/metrics/families.inc. Dashboard, alert rules and
docs/operations.md are checked against it, and the rules by promtool and their own unit tests."""

import json
import pathlib
import re
import subprocess
import tempfile

import common
import yaml

FAMILIES = common.ROOT / "include/bulkhead/metrics/families.inc"
PROMETHEUS = common.ROOT / "deploy/prometheus"
DASHBOARDS = common.ROOT / "deploy/grafana/dashboards"
MANUAL = common.ROOT / "docs/operations.md"

# Rows that an operator looks for, in the order of the dashboard.
ROWS = ["Overview", "Tenant", "Feature", "Backend", "Isolation", "Process"]

# Not after a dot: limits.process_buffers is a setting.
NAME = re.compile(r"(?<![.\w])(?:bulkhead|process)_[a-z0-9_]+")
FAMILY = re.compile(r'^FAMILY\((\w+), (Counter|Gauge|Histogram), "([^"]+)", "([^"]*)"\)$')
PARTS = ["_bucket", "_sum", "_count"]  # of a histogram
ADDED = {"instance", "job", "le"}      # labels that Prometheus and histograms bring along


def families():
    """name -> type, and what is wrong with the list itself."""
    found, problems = {}, []
    for number, line in enumerate(FAMILIES.read_text().splitlines(), 1):
        if not line or line.startswith("//"):
            continue
        match = FAMILY.match(line)
        if not match:
            problems.append(f"families.inc:{number}: not FAMILY(word, Type, \"name\", \"help\") on one line")
            continue
        _, kind, name, help_text = match.groups()
        if name in found:
            problems.append(f"families.inc:{number}: {name} stands there twice")
        if (kind == "Counter") != name.endswith("_total"):
            problems.append(f"families.inc:{number}: {name}: counters, and they alone, end in _total")
        if not help_text.endswith("."):
            problems.append(f"families.inc:{number}: the help of {name} is no sentence")
        found[name] = kind.lower()
    return found, problems


class Expressions:
    """Checks PromQL against the families and their labels."""

    def __init__(self, kinds, labels):
        self.series = {}  # series name -> (kind, labels)
        for name, kind in kinds.items():
            for part in PARTS if kind == "histogram" else [""]:
                self.series[name + part] = ("counter" if part or kind == "counter" else "gauge",
                                            set(labels.get(name, [])))

    def problems(self, expr):
        names = NAME.findall(expr)
        unknown = [f"{name} is no series" for name in names if name not in self.series]
        if unknown:
            return unknown
        wrong, all_labels = [], set(ADDED)
        for name in names:
            all_labels |= self.series[name][1]
        for name, selector in re.findall(r"(" + NAME.pattern + r")\{([^}]*)\}", expr):
            for label in re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", selector):
                if label not in self.series[name][1] | ADDED:
                    wrong.append(f"{name} has no label {label}")
        for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", expr):
            for label in re.findall(r"\w+", group):
                if label not in all_labels:
                    wrong.append(f"no metric of {expr} has the label {label}")
        for name in re.findall(r"\b(?:rate|increase|irate)\(\s*(" + NAME.pattern + ")", expr):
            if self.series[name][0] != "counter":
                wrong.append(f"{name} is a gauge: it has no rate")
        return wrong


def self_test():
    checker = Expressions(
        {"bulkhead_a_total": "counter", "bulkhead_b": "gauge", "bulkhead_c_seconds": "histogram"},
        {"bulkhead_a_total": ["tenant"], "bulkhead_c_seconds": ["tenant"]})
    good = ['sum by (tenant) (rate(bulkhead_a_total{tenant="x"}[5m])) / on (instance) bulkhead_b',
            "sum by (le) (rate(bulkhead_c_seconds_bucket[5m])) > limits.process_buffers"]
    bad = ["bulkhead_gone", "bulkhead_c_seconds", 'bulkhead_a_total{feature="x"}',
           "sum by (feature) (bulkhead_b)", "rate(bulkhead_b[5m])", "bulkhead_a_total_bucket"]
    return ([f"self-test: {expr}: {checker.problems(expr)}" for expr in good if checker.problems(expr)]
            + [f"self-test: nothing wrong found in {expr}" for expr in bad if not checker.problems(expr)])


def table(heading):
    """Rows of the table under a heading of the manual, as lists of cells."""
    section = MANUAL.read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")]
            for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): row[1:] for row in rows}, len(rows)


def manual_problems(kinds, alerts):
    documented, rows = table("Metrics")
    problems = [f"docs/operations.md: {name} is not in the table of metrics" for name in kinds.keys() - documented]
    problems += [f"docs/operations.md: {name} is no metric" for name in documented.keys() - kinds]
    if rows != len(documented):
        problems.append("docs/operations.md: a metric stands in the table twice")
    for name in kinds.keys() & documented:
        if documented[name][0] != kinds[name]:
            problems.append(f"docs/operations.md: {name} is a {kinds[name]}")
        if len(documented[name]) != 3 or len(documented[name][2]) < 10:
            problems.append(f"docs/operations.md: {name} needs type, labels and a meaning")
    known = set(kinds) | {name + part for name, kind in kinds.items() if kind == "histogram" for part in PARTS}
    problems += [f"docs/operations.md: {name} is no metric"
                 for name in sorted(set(NAME.findall(MANUAL.read_text())) - known)]
    explained, _ = table("Alerts")
    problems += [f"docs/operations.md: the alert {name} is not explained" for name in alerts - explained.keys()]
    problems += [f"docs/operations.md: there is no alert {name}" for name in explained.keys() - alerts]
    labels = {name: re.findall(r"\w+", row[1]) for name, row in documented.items() if len(row) > 1}
    return labels, problems


def alert_rules():
    rules = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())
    return [rule for group in rules["groups"] for rule in group["rules"]]


def alert_test_problems(alerts):
    """Each alert must be seen to fire and seen not to."""
    fires, quiet = set(), set()
    for test in yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text())["tests"]:
        for case in test["alert_rule_test"]:
            (fires if case["exp_alerts"] else quiet).add(case["alertname"])
    return ([f"alerts_test.yml: {name} is never seen to fire" for name in alerts - fires]
            + [f"alerts_test.yml: {name} is never seen not to fire" for name in alerts - quiet])


def promtool(*args, cwd=PROMETHEUS):
    run = subprocess.run(["promtool", *args], cwd=cwd, capture_output=True, text=True)
    return [] if run.returncode == 0 else [f"promtool {' '.join(args)}: {run.stdout}{run.stderr}"]


def dashboard_expressions(dashboard):
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation["expr"]


def syntax_problems(path, dashboard):
    """promtool reads PromQL only in rules, and knows nothing of the dashboard's variables."""
    rules = []
    for title, expr in dashboard_expressions(dashboard):
        plain = re.sub(r"\$\w+", "x", expr.replace("$__rate_interval", "5m"))
        rules.append({"record": "x", "expr": plain, "labels": {"panel": f"{title} {len(rules)}"}})
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name, "dashboard.yml")
        file.write_text(yaml.safe_dump({"groups": [{"name": path, "rules": rules}]}))
        return promtool("check", "rules", str(file), cwd=name)


def layout_problems(path, panels):
    problems, taken, ids = [], {}, set()
    for panel in panels:
        grid = panel["gridPos"]
        if panel["id"] in ids:
            problems.append(f"{path}: two panels have the id {panel['id']}")
        ids.add(panel["id"])
        if grid["x"] + grid["w"] > 24:
            problems.append(f"{path}: {panel['title']} is wider than the page")
        if panel["type"] != "row" and not (panel.get("description") and panel.get("targets")):
            problems.append(f"{path}: {panel['title']} needs a description and a query")
        for x in range(grid["x"], grid["x"] + grid["w"]):
            for y in range(grid["y"], grid["y"] + grid["h"]):
                other = taken.setdefault((x, y), panel)
                if other is not panel:
                    problems.append(f"{path}: {panel['title']} lies over {other['title']}")
                    return problems
    rows = [re.match(r"\w+", panel["title"])[0] for panel in panels if panel["type"] == "row"]
    if rows != ROWS:
        problems.append(f"{path}: its rows are {rows}, not {ROWS}")
    return problems


def dashboard_problems(expressions):
    problems, asked = [], set()
    files = sorted(DASHBOARDS.glob("*.json"))
    for file in files:
        path = str(file.relative_to(common.ROOT))
        dashboard = json.loads(file.read_text())
        for title, expr in dashboard_expressions(dashboard):
            asked |= set(NAME.findall(expr))
            problems += [f"{path}: {title}: {problem}" for problem in expressions.problems(expr)]
        variables = {v["name"] for v in dashboard["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"]))) - {"__rate_interval"}
        problems += [f"{path}: there is no variable ${name}" for name in used - variables]
        problems += [f"{path}: the variable ${name} is not used" for name in variables - used]
        for variable in dashboard["templating"]["list"]:
            for name, label in re.findall(r"label_values\((\w+), (\w+)\)", variable.get("definition", "")):
                problems += [f"{path}: ${variable['name']}: {problem}"
                             for problem in expressions.problems(f'{name}{{{label}="x"}}')]
        problems += layout_problems(path, dashboard["panels"]) + syntax_problems(path, dashboard)
    if "bulkhead_foreign_name_blocked_total" not in asked:
        problems.append("no dashboard shows bulkhead_foreign_name_blocked_total")
    return problems


def main():
    problems = self_test()
    kinds, wrong = families()
    problems += wrong
    rules = alert_rules()
    alerts = {rule["alert"] for rule in rules}
    labels, wrong = manual_problems(kinds, alerts)
    problems += wrong
    expressions = Expressions(kinds, labels)
    for rule in rules:
        problems += [f"alerts.yml: {rule['alert']}: {problem}" for problem in expressions.problems(rule["expr"])]
    problems += alert_test_problems(alerts) + dashboard_problems(expressions)
    problems += promtool("check", "config", "prometheus.yml") + promtool("check", "rules", "alerts.yml")
    problems += promtool("test", "rules", "alerts_test.yml")
    common.finish(problems, f"{len(kinds)} metrics and {len(alerts)} alerts agree")


if __name__ == "__main__":
    main()
