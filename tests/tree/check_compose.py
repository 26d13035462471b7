"""docker-compose.yml and deploy/Dockerfile: there is no way to Redis but through the proxy, every file
that they name is there, and the image holds the libraries that the program asks for."""

import copy
import fnmatch
import pathlib
import re
import subprocess
import tempfile

import common
import yaml

KINDS = {"services", "networks", "volumes", "secrets", "name"}
# Of the image itself, not of the packages named in deploy/Dockerfile; and what only test builds need.
BASE_PACKAGES = {"libc6", "libstdc++6", "libgcc-s1"}
TEST_LIBRARIES = re.compile(r"lib([aut]|ub)san\.so")


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def isolation_problems(compose):
    services, networks = compose["services"], compose["networks"]
    problems = []
    for name, service in services.items():
        if service.get("network_mode") or not service.get("networks"):
            problems.append(f"{name} is on the default network, where everything meets")
        if service.get("privileged"):
            problems.append(f"{name} is privileged")
    inner = services["redis"]
    if inner.get("ports") or inner.get("expose"):
        problems.append("redis publishes a port")
    for network in inner.get("networks", []):
        if not (networks.get(network) or {}).get("internal"):
            problems.append(f"the network {network} of redis is not internal")
        others = {name for name, service in services.items() if network in service.get("networks", [])}
        if others != {"redis", "bulkhead"}:
            problems.append(f"the network {network} of redis is shared by {sorted(others)}")
    for name, service in services.items():
        for port in service.get("ports", []):
            if not str(port).startswith("127.0.0.1:"):
                problems.append(f"{name} publishes {port} on every interface")
        if name not in ("redis", "bulkhead") and "redis_password" in service.get("secrets", []):
            problems.append(f"{name} knows the password of redis")
    return problems


def hardening_problems(compose):
    problems = []
    for name, service in compose["services"].items():
        wanted = {"restart": "unless-stopped", "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
        if name != "grafana":  # it unpacks things beside its data
            wanted["read_only"] = True
        for key, value in wanted.items():
            if service.get(key) != value:
                problems.append(f"{name}: {key} is not {value}")
        if not service.get("healthcheck", {}).get("test"):
            problems.append(f"{name} has no health check")
        if name != "bulkhead" and not re.search(r":[^:]*\d", service.get("image", "")):
            problems.append(f"{name}: the image names no version")
        problems += [f"{name} waits for {other}, which does not exist"
                     for other in service.get("depends_on", {}) if other not in compose["services"]]
    return problems


def file_problems(compose, secrets):
    problems = []
    for name, service in compose["services"].items():
        for mount in service.get("volumes", []):
            source, target, *mode = mount.split(":")
            if not source.startswith("."):
                if source not in compose["volumes"]:
                    problems.append(f"{name}: there is no volume {source}")
                continue
            if not (common.ROOT / source).exists():
                problems.append(f"{name}: {source} does not exist")
            if mode != ["ro"]:
                problems.append(f"{name}: {target} is not mounted read-only")
        for secret in service.get("secrets", []):
            if secret not in compose["secrets"]:
                problems.append(f"{name}: there is no secret {secret}")
    for name, secret in compose["secrets"].items():
        if secret["file"].removeprefix("./deploy/secrets/") not in secrets:
            problems.append(f"deploy/make-secrets does not make {secret['file']}")
    problems += [f"unknown top-level key {key}" for key in compose.keys() - KINDS]
    return problems


def made_secrets():
    """The files that deploy/make-secrets makes, and whether it makes them well."""
    problems = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name, "secrets")
        subprocess.run([common.ROOT / "deploy/make-secrets", folder], check=True)
        before = {file.name: file.read_text() for file in folder.iterdir()}
        subprocess.run([common.ROOT / "deploy/make-secrets", folder], check=True)
        after = {file.name: file.read_text() for file in folder.iterdir()}
        if before != after:
            problems.append("make-secrets changes passwords that are in use")
        if len(set(before.values())) != len(before) or not all(len(text) == 64 for text in before.values()):
            problems.append("make-secrets makes weak passwords")
        if folder.stat().st_mode & 0o077:
            problems.append("make-secrets lets others into its folder")
    ignored = subprocess.run(["git", "check-ignore", "-q", "deploy/secrets/redis_password"], cwd=common.ROOT)
    if ignored.returncode != 0:
        problems.append("git would take the secrets in")
    return set(before), problems


def agreement_problems(compose):
    """What the files around the proxy say of each other."""
    problems = []
    config = yaml.safe_load((common.ROOT / "deploy/compose/bulkhead.yaml").read_text())
    service, redis = compose["services"]["bulkhead"], compose["services"]["redis"]
    listen = config["listen"][0]["address"].rpartition(":")[2]
    admin = config["admin"]["address"].rpartition(":")[2]
    if not any(str(port).endswith(f":{listen}") for port in service["ports"]):
        problems.append("bulkhead's port is not published")
    if any(str(port).endswith(f":{admin}") for port in service["ports"]):
        problems.append("bulkhead's admin port is published")
    for backend in config["backends"]:
        if backend["address"].split(":")[0] not in compose["services"]:
            problems.append(f"the backend {backend['address']} is no service")
        secret = backend["password_file"].removeprefix("/run/secrets/")
        if secret not in service["secrets"] or secret not in redis["secrets"]:
            problems.append(f"the secret {secret} is not given to both sides")
    databases = int(re.search(r"(?m)^databases (\d+)$", (common.ROOT / "deploy/redis/redis.conf").read_text())[1])
    problems += [f"redis has no database {feature['db']}"
                 for feature in config["features"] if feature["db"] >= databases]
    scrape = yaml.safe_load((common.ROOT / "deploy/prometheus/prometheus.yml").read_text())
    targets = [t for job in scrape["scrape_configs"] for s in job["static_configs"] for t in s["targets"]]
    if targets != [f"bulkhead:{admin}"]:
        problems.append(f"prometheus scrapes {targets}")
    source = (common.ROOT / "include/bulkhead/config/config.hpp").read_text()
    drain = int(re.search(r"drain_timeout\{(\d+)\}", source)[1]) / 1000
    if seconds(service["stop_grace_period"]) <= drain:
        problems.append(f"stop_grace_period cuts the drain of {drain:g} s short")
    exposed = re.search(r"(?m)^EXPOSE (.*)$", dockerfile())[1].split()
    if exposed != [listen, admin]:
        problems.append(f"the image exposes {exposed}")
    return problems


def dockerfile():
    return (common.ROOT / "deploy/Dockerfile").read_text()


def context_problems():
    """Each file that the image copies exists and is let through by .dockerignore."""
    problems = []
    allowed = [line[1:] for line in (common.ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in re.findall(r"(?m)^COPY (?!--from)(.*)$", dockerfile()):
        for source in line.split()[:-1]:
            if not (common.ROOT / source).exists():
                problems.append(f"deploy/Dockerfile copies {source}, which does not exist")
            if not any(fnmatch.fnmatch(source, pattern) for pattern in allowed):
                problems.append(f".dockerignore keeps {source} from the image")
    if not re.search(r"(?m)^USER (?!root|0)", dockerfile().rpartition("FROM ")[2]):
        problems.append("the image runs as root")
    return problems


def library_problems(program):
    """The program's shared libraries come from packages that the image has."""
    dynamic = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True).stdout
    runtime = dockerfile().rpartition("FROM ")[2]
    problems = []
    for library in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
        if TEST_LIBRARIES.match(library):
            continue
        owners = subprocess.run(["dpkg", "-S", f"*/{library}"], capture_output=True, text=True).stdout
        packages = {line.split(":")[0] for line in owners.splitlines()}
        if not any(package in BASE_PACKAGES or re.search(rf"(?<!\S){re.escape(package)}(?!\S)", runtime)
                   for package in packages):
            problems.append(f"the image lacks {library} ({', '.join(sorted(packages)) or 'of no package'})")
    return problems


def config_problems(program):
    """The proxy itself accepts its configuration, where the secret is mounted."""
    text = (common.ROOT / "deploy/compose/bulkhead.yaml").read_text()
    with tempfile.TemporaryDirectory() as name:
        secret, file = pathlib.Path(name, "secret"), pathlib.Path(name, "bulkhead.yaml")
        secret.write_text("x\n")
        file.write_text(text.replace("/run/secrets/redis_password", str(secret)))
        run = subprocess.run([program, "check", "--config", file], capture_output=True, text=True)
    return [] if run.returncode == 0 else [f"bulkhead check: {run.stdout}{run.stderr}"]


def self_test(compose):
    """Each way round the proxy must be seen."""
    def changed(service, **values):
        other = copy.deepcopy(compose)
        other["services"][service].update(values)
        return other
    ways = {
        "a port of redis": changed("redis", ports=["127.0.0.1:6379:6379"]),
        "grafana beside redis": changed("grafana", networks=["metrics", "backend"]),
        "redis beside prometheus": changed("redis", networks=["backend", "metrics"]),
        "redis on the host": changed("redis", network_mode="host"),
        "an open port": changed("bulkhead", ports=["6380:6380"]),
        "a secret given away": changed("prometheus", secrets=["redis_password"]),
        "an open network": {**compose, "networks": {**compose["networks"], "backend": None}},
    }
    return [f"self-test: {way} is not seen" for way, other in ways.items() if not isolation_problems(other)]


def main():
    compose = yaml.safe_load((common.ROOT / "docker-compose.yml").read_text())
    secrets, problems = made_secrets()
    problems += self_test(compose) + isolation_problems(compose) + hardening_problems(compose)
    problems += file_problems(compose, secrets) + agreement_problems(compose) + context_problems()
    program = common.build_dir() / "bulkhead"
    if not program.exists():
        common.finish([*problems, f"{program} is not built"], "")
    problems += library_problems(program) + config_problems(program)
    common.finish(problems, "the only way to Redis is the proxy")


if __name__ == "__main__":
    main()
