"""Certificates for one test, made with openssl: an authority of the test's own and what it signs."""

import pathlib
import subprocess


def openssl(*words, given=None):
    done = subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


class Authority:
    def __init__(self, directory, name="authority"):
        self.directory = pathlib.Path(directory)
        self.name = name
        self.certificate, self.key = self._paths(name)
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.key, "-out", self.certificate, "-days", 30, "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:true")

    def _paths(self, name):
        return self.directory / f"{name}.crt", self.directory / f"{name}.key"

    def issue(self, name, *, subject=None, names="", days=30):
        """name.crt and name.key in the directory; `names` as in subjectAltName."""
        certificate, key = self._paths(name)
        request = self.directory / f"{name}.csr"
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n" if names else "basicConstraints=CA:false\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                "-out", request, "-subj", subject or f"/CN={name}")
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                "-CAcreateserial", "-out", certificate, "-days", days, "-extfile", extensions)
        return certificate, key

    def server(self, name="server", **options):
        return self.issue(name, names="DNS:localhost,IP:127.0.0.1", **options)
