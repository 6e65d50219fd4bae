"""What the scripts of reference values share: input arrays, cases, and the folder testdata/NAME that holds them; see README.md.

A script makes a Cases, stores arrays with `put`, adds cases with `add` and ends with `write`.
"""
import importlib.metadata as md, json, os, sys
import numpy as np
import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
TESTDATA = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testdata"))
DEFINITION = "float64 autograd of the stated formula (torch %s)" % torch.__version__


def f4(a):
    return np.asarray(a, np.float32)


def plain(v):
    """A number as JSON holds it."""
    v = number(v)
    return v if np.isfinite(v) else ("nan" if np.isnan(v) else "inf" if v > 0 else "-inf")


def number(v):
    return float(v.detach() if isinstance(v, torch.Tensor) else v)


class Cases:
    def __init__(self, name):
        self.out = os.path.join(TESTDATA, name)
        self.arrays, self.cases, self.values = {}, [], {}
        os.makedirs(self.out, exist_ok=True)

    def put(self, name, a):
        a = np.ascontiguousarray(a)
        assert name not in self.arrays, name
        self.arrays[name] = a
        np.save(os.path.join(self.out, name), a)

    def load(self, name):
        """An array by the name that the command line uses: relative to the folder; in native byte order."""
        a = self.arrays[name] if name in self.arrays else np.load(os.path.join(self.out, name))
        return a.astype(a.dtype.newbyteorder("="))

    def tensor(self, name, grad=False):
        a = torch.from_numpy(self.load(name))
        a = a.double() if a.dtype.is_floating_point else a
        return a.requires_grad_() if grad else a

    def add(self, name, args, value, source=DEFINITION, tolerance=1e-9, per_sample=None, grad=None, note=None):
        assert name not in self.values, name
        self.values[name] = number(value)
        case = {"name": name, "args": args.split(), "value": plain(value)}
        if per_sample is not None:
            case["per_sample"] = [plain(v) for v in per_sample]
        if grad is not None:
            case["grad"] = "grad_%s.npy" % name
            assert torch.isfinite(grad).all(), name
            np.save(os.path.join(self.out, case["grad"]), grad.detach().numpy())
        case.update(source=source, tolerance=tolerance)
        if note:
            case["note"] = note
        self.cases.append(case)

    def same(self, a, b, tolerance=1e-12):
        """Two names, or a name and a number, that must agree."""
        x = self.values[a]
        y = self.values[b] if isinstance(b, str) else float(b)
        assert abs(x - y) <= tolerance * abs(y), (a, x, b, y)

    def write(self, *packages):
        versions = {p: md.version(p) for p in ("numpy", "torch") + packages}
        versions["python"] = sys.version.split()[0]
        keep = {c["grad"] for c in self.cases if "grad" in c} | set(self.arrays) | {"reference.json", "pretrained.json"}
        for f in os.listdir(self.out):
            if f not in keep:
                os.remove(os.path.join(self.out, f))
        with open(os.path.join(self.out, "reference.json"), "w") as f:                # one case a line
            lines = ",\n".join(json.dumps(c, ensure_ascii=False) for c in self.cases)
            f.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(versions), lines))
        print(len(self.cases), "cases")
