"""What RQ workers are asked to do."""

import os
import time


def who():
    return os.environ["TENANT"]


def add(x, y):
    return x + y


def fail(text):
    raise ValueError(text)


def sleep(seconds):
    time.sleep(seconds)
