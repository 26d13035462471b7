"""deploy/bulkhead.service: systemd can read it, it is shut in, and it agrees with the rest of the tree."""

import configparser
import pathlib
import re
import subprocess
import tempfile

import common

UNIT = common.ROOT / "deploy/bulkhead.service"
PROGRAM = "/usr/local/bin/bulkhead"
MOST_EXPOSED = 15  # tenths, of 100; sockets and /proc alone account for about 10

EXPECTED = {
    "Type": "exec",
    "ExecReload": "/bin/kill -HUP $MAINPID",
    "LimitNOFILE": "65536",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "CapabilityBoundingSet": "",
    "MemoryDenyWriteExecute": "yes",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
}


def analyze(text):
    """What systemd-analyze says of a unit. It ends with 0 even when it ignores a line, so what it
    prints counts. The program is not installed here: /bin/true stands in for it."""
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name, UNIT.name)
        file.write_text(text.replace(PROGRAM, "/bin/true"))
        verify = subprocess.run(["systemd-analyze", "verify", "--man=no", str(file)],
                                capture_output=True, text=True)
        security = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--no-pager", f"--threshold={MOST_EXPOSED}",
             str(file)], capture_output=True, text=True)
    problems = [f"systemd-analyze verify: {line}" for line in verify.stderr.splitlines()]
    if verify.returncode != 0 and not problems:
        problems.append(f"systemd-analyze verify ends with {verify.returncode}")
    if "Overall exposure level" not in security.stdout:
        problems.append(f"systemd-analyze security: {security.stdout}{security.stderr}")
    elif security.returncode != 0:
        problems.append("systemd-analyze security: " + security.stdout.splitlines()[-1]
                        + f", more than {MOST_EXPOSED / 10}")
    return problems


def self_test(text):
    bad = {
        "an unknown key": text.replace("ProtectHome=", "ProtectHoem="),
        "a value that is none": re.sub("TimeoutStopSec=.*", "TimeoutStopSec=soon", text),
        "an open cage": re.sub(r"(?m)^(System|Restrict|Capability|NoNew).*\n", "", text),
    }
    return [f"self-test: nothing wrong found in {what}" for what, unit in bad.items() if not analyze(unit)]


def read(text):
    # Several lines of one key add up; the last is enough here.
    parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters=["="])
    parser.optionxform = str
    parser.read_string(text)
    return parser


def drain_seconds():
    """The default of limits.drain_timeout, where the program has it."""
    config = (common.ROOT / "include/bulkhead/config/config.hpp").read_text()
    return int(re.search(r"drain_timeout\{(\d+)\}", config)[1]) / 1000


def image_arguments():
    """How the image starts the program: the unit must do it in the same way."""
    words = {}
    for line in (common.ROOT / "deploy/Dockerfile").read_text().splitlines():
        match = re.match(r'(ENTRYPOINT|CMD) (\[.*\])$', line)
        if match:
            words[match[1]] = re.findall(r'"([^"]*)"', match[2])
    return words["ENTRYPOINT"] + words["CMD"]


def main():
    text = UNIT.read_text()
    problems = self_test(text) + analyze(text)
    service = read(text)["Service"]
    for key, value in EXPECTED.items():
        if service.get(key) != value:
            problems.append(f"{key} is {service.get(key)!r}, not {value!r}")
    if service.get("User", "root") == "root" and service.get("DynamicUser") != "yes":
        problems.append("it runs as root")
    if service["ExecStart"].split() != image_arguments():
        problems.append(f"ExecStart is {service['ExecStart']}, the image has {' '.join(image_arguments())}")
    if int(service["TimeoutStopSec"]) <= drain_seconds():
        problems.append(f"TimeoutStopSec cuts the drain of {drain_seconds():g} s short")
    common.finish(problems, "the unit is sound")


if __name__ == "__main__":
    main()
