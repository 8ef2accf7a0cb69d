# What scripts of Octopus Deploy find, for Python; then the script is run.
import base64
import json
import os
import runpy
import sys

_folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(_folder, "variables.json"), encoding="utf-8") as _file:
    octopusvariables = json.load(_file)
_by_lower_name = {name.lower(): value for name, value in octopusvariables.items()}


def _encode(text):
    return base64.b64encode(str(text).encode("utf-8")).decode("ascii")


def _message(kind, *values):
    attributes = "".join(" %s='%s'" % (key, _encode(value)) for key, value in values)
    print("##octopus[%s%s]" % (kind, attributes), flush=True)


def _print_as(level, *texts):
    print("##octopus[stdout-%s]" % level)
    print(*texts)
    print("##octopus[stdout-default]", flush=True)


def get_octopusvariable(name):
    value = _by_lower_name.get(name.lower())
    if value is None:
        # It may be missing because the step may not read it: the step says so.
        print("##octopus[wharf-unknownVariable name='%s']" % _encode(name), file=sys.stderr, flush=True)
    return value


def set_octopusvariable(name, value, sensitive=False):
    if sensitive:
        _message("setVariable", ("name", name), ("value", value), ("sensitive", "True"))
    else:
        _message("setVariable", ("name", name), ("value", value))


def new_octopusartifact(path, name=None):
    _message("createArtifact", ("path", os.path.abspath(path)), ("name", name or os.path.basename(path)))


def update_progress(percentage, message=""):
    _message("progress", ("percentage", percentage), ("message", message))


def write_verbose(*texts):
    _print_as("verbose", *texts)


def write_highlight(*texts):
    _print_as("highlight", *texts)


def write_wait(*texts):
    _print_as("wait", *texts)


def write_warning(*texts):
    _print_as("warning", *texts)


def write_error(*texts):
    _print_as("error", *texts)


def fail_step(message=None):
    if message:
        _message("resultMessage", ("message", message))
    sys.exit(1)


# The names that Octopus gives them in Python.
createartifact = new_octopusartifact
updateprogress = update_progress
printverbose = write_verbose
printhighlight = write_highlight
printwait = write_wait
printwarning = write_warning
failstep = fail_step

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))
    _names = {name: value for name, value in globals().items() if not name.startswith("_")}
    for _module in ("base64", "json", "os", "runpy", "sys"):
        del _names[_module]
    runpy.run_path(sys.argv[0], init_globals=_names, run_name="__main__")
