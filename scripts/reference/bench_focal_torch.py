"""Time of torch (torchvision's formula) for the mean sigmoid focal loss of two float32 .npy files: what `lossctl focal` is compared with.

    python bench_focal_torch.py PRED.npy TARGET.npy [--read chunks|load|mmap] [--chunk 131072] [--threads 2] [--runs 5]
    python bench_focal_torch.py --make DIR [--count 100000000]     writes DIR/x.npy and DIR/t.npy

Seconds are reading and computing, without the import. The loss runs in chunks that stay in the cache, and the allocator is told to
keep its memory (this process starts itself again with the MALLOC_ settings): torch's default way is many times slower on a virtual
machine, and comparing with that would flatter us. `chunks` reads each chunk into one kept buffer, the fastest of the three.
"""
import argparse, os, resource, sys, time

KEEP = {"MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_MMAP_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "67108864"}
if any(os.environ.get(k) != v for k, v in KEEP.items()):
    os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **KEEP})

ap = argparse.ArgumentParser()
ap.add_argument("files", nargs="*")
ap.add_argument("--read", default="chunks", choices=["chunks", "load", "mmap"])
ap.add_argument("--chunk", type=int, default=1 << 17)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--runs", type=int, default=5)
ap.add_argument("--make")
ap.add_argument("--count", type=int, default=100_000_000)
args = ap.parse_args()

import numpy as np

if args.make:
    r = np.random.default_rng(1)
    os.makedirs(args.make, exist_ok=True)
    for name, piece in (("x.npy", lambda n: r.standard_normal(n, dtype=np.float32) * 3), ("t.npy", lambda n: (r.random(n, dtype=np.float32) < 0.3).astype(np.float32))):
        with open(os.path.join(args.make, name), "wb") as f:
            np.lib.format.write_array_header_1_0(f, {"descr": "<f4", "fortran_order": False, "shape": (args.count,)})
            for lo in range(0, args.count, 1 << 20):
                f.write(piece(min(1 << 20, args.count - lo)).tobytes())
    sys.exit()
if len(args.files) != 2:
    ap.error("two files wanted")

import torch
import torch.nn.functional as F

torch.set_num_threads(args.threads)
torch.set_grad_enabled(False)


def focal_sum(x, t, alpha=0.25, gamma=2.0):
    """torchvision.ops.sigmoid_focal_loss(reduction="sum"), without importing torchvision."""
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return ((alpha * t + (1 - alpha) * (1 - t)) * ce * (1 - p_t) ** gamma).sum()


def chunks(path):
    """(element count, iterator of tensors of one file), as --read says."""
    if args.read != "chunks":
        a = np.load(path, mmap_mode="c" if args.read == "mmap" else None).reshape(-1)
        assert a.dtype == np.float32, path
        a = torch.from_numpy(a)
        return a.numel(), (a[i:i + args.chunk] for i in range(0, a.numel(), args.chunk))
    f = open(path, "rb", buffering=0)
    version = np.lib.format.read_magic(f)
    shape, fortran, dtype = (np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0)(f)
    assert dtype == np.float32 and not fortran, path
    n = int(np.prod(shape))
    buf = np.empty(args.chunk, np.float32)

    def read():
        for i in range(0, n, args.chunk):
            part = buf[: min(args.chunk, n - i)]
            view, got = memoryview(part).cast("B"), 0
            while got < len(view):
                k = f.readinto(view[got:])
                if not k:
                    raise EOFError(path)
                got += k
            yield torch.from_numpy(part)
        f.close()
    return n, read()


def run():
    (n, xs), (m, ts) = chunks(args.files[0]), chunks(args.files[1])
    assert n == m
    total = 0.0
    for x, t in zip(xs, ts):
        total += float(focal_sum(x, t))
    return total / n


seconds = []
for _ in range(args.runs):
    start = time.perf_counter()
    value = run()
    seconds.append(time.perf_counter() - start)
print("torch %s threads %d read %s chunk %d value %.9g" % (torch.__version__, args.threads, args.read, args.chunk, value))
print("seconds first %.3f best %.3f median %.3f" % (seconds[0], min(seconds), sorted(seconds)[len(seconds) // 2]))
print("peak_rss_mib %.0f" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))
