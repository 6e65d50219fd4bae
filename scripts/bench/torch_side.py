"""The losses of scripts/bench in torch, on the same .npy files: what `lossctl` is compared with.

    python torch_side.py FORMULA PRED.npy TARGET.npy… [--threads 2] [--chunk 131072] [--runs 5] [--grad OUT.npy]
    python torch_side.py FORMULA PRED.npy TARGET.npy… --serve       a run for each line on standard input: "value" or "grad OUT"

Seconds are reading and computing, without the import. Torch gets its best: rows are read into kept buffers and computed in chunks
that stay in the cache (the size is tried out first, unless --chunk gives it), in float32, and the allocator keeps its memory (this
process starts itself again with the MALLOC_ settings): torch's default way is many times slower on a virtual machine, and comparing
with that would flatter us. Adding a formula is adding a function of (scores, target, …) that returns the sum over what the mean counts:
the numbers of the target, or the rows or samples of the scores.
"""
import argparse, json, os, sys, time, warnings

KEEP = {"MALLOC_TRIM_THRESHOLD_": "8589934592", "MALLOC_MMAP_THRESHOLD_": "8589934592", "MALLOC_TOP_PAD_": "67108864"}
if any(os.environ.get(k) != v for k, v in KEEP.items()):
    os.execve(sys.executable, [sys.executable] + sys.argv, {**os.environ, **KEEP})

import numpy as np
import torch
import torch.nn.functional as F


def focal_sigmoid(x, t, alpha=0.25, gamma=2.0):
    """torchvision.ops.sigmoid_focal_loss(reduction="sum"), without importing torchvision."""
    t = t.float()
    p = torch.sigmoid(x)
    ce = F.binary_cross_entropy_with_logits(x, t, reduction="none")
    p_t = p * t + (1 - p) * (1 - t)
    return ((alpha * t + (1 - alpha) * (1 - t)) * ce * (1 - p_t) ** gamma).sum()


def focal_softmax(x, t, gamma=2.0):
    """The usual focal loss on cross_entropy; classes on axis 1."""
    ce = F.cross_entropy(x, t.long(), reduction="none")
    return ((1 - torch.exp(-ce)) ** gamma * ce).sum()


def kl(x, t, T=4.0):
    """KL of the softened softmaxes, classes on the last axis."""
    return F.kl_div(F.log_softmax(x / T, -1), F.softmax(t.float() / T, -1), reduction="sum")


def kl_distill(x, t, y, T=4.0):
    """0.9·T²·KL + 0.1·cross-entropy."""
    return 0.9 * T * T * kl(x, t, T) + 0.1 * F.cross_entropy(x, y, reduction="sum")


def kl_tokens(x, t):
    """KL(softmax(t)‖softmax(x)) over the last axis, times its length, as what is divided by here counts it."""
    return F.kl_div(F.log_softmax(x, -1), F.log_softmax(t.float(), -1), reduction="sum", log_target=True) * x.shape[-1]


def boxes_giou(x, t, eps=1e-7):
    """torchvision.ops.generalized_box_iou_loss of boxes as centres and sides, without importing torchvision; times 4, as kl_tokens."""
    (x1, y1, x2, y2), (a1, b1, a2, b2) = (torch.cat((b[:, :2] - b[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2), 1).unbind(1) for b in (x, t.float()))
    inter = (torch.min(x2, a2) - torch.max(x1, a1)).clamp(min=0) * (torch.min(y2, b2) - torch.max(y1, b1)).clamp(min=0)
    union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - inter
    around = (torch.max(x2, a2) - torch.min(x1, a1)) * (torch.max(y2, b2) - torch.min(y1, b1))
    return (1 - inter / (union + eps) + (around - union) / (around + eps)).sum() * 4


def kl_gaussian(mu, logvar):
    """The term of a VAE, as its users write it."""
    return -0.5 * (1 + logvar - mu.pow(2) - logvar.exp()).sum()


def kl_policy(new, old):
    """KL(old‖new) of the states."""
    return kl(new, old, 1.0)


def gan_vanilla(r, f):
    """The d_loss of StyleGAN2, also called vanilla."""
    return (F.softplus(-r) + F.softplus(f)).sum()


def gan_wgan(r, f):
    return f.sum() - r.sum()


def gan_average(r, f, rows):
    """Each score against the mean of the other side."""
    real, fake = r.mean(dtype=torch.float64).float(), f.mean(dtype=torch.float64).float()
    side = lambda x, sign, mean: sum(float(F.softplus(sign * (p - mean)).sum()) for p in x.split(rows)) / len(x)
    return (side(r, -1, fake) + side(f, 1, real)) / 2


def gan_penalty(g):
    return 10 * (g.norm(2, 1) - 1).square().sum()


def kl_align(x, y, rows, batch=1000, scale=100.0):
    """The loss of CLIP in batches, whatever the rows at a time."""
    total = 0.0
    for a, b in zip(F.normalize(x).split(batch), F.normalize(y).split(batch)):
        s, own = scale * (a @ b.T), torch.arange(len(a))
        total += float(F.cross_entropy(s, own, reduction="sum") + F.cross_entropy(s.T, own, reduction="sum")) / 2
    return total / len(x)


def content(x, t):
    return (x - t.float()).square().sum()


def style(x, t):
    """The mean square of the difference of two Gram matrices ÷ the numbers of a map."""
    gram = lambda m: m.flatten(2) @ m.flatten(2).transpose(1, 2) / m[0].numel()
    return (gram(x) - gram(t.float())).square().mean((1, 2)).sum()


def ctc(x, y):
    """Of logits (N, T, C), all of equal length; the blank is the last class."""
    n, t, c = x.shape
    whole = lambda k: torch.full((n,), k)
    return F.ctc_loss(F.log_softmax(x.transpose(0, 1), -1), y, whole(t), whole(y.shape[1]), blank=c - 1, reduction="sum")


def triplet(x, p, n):
    return F.triplet_margin_loss(x, p.float(), n.float(), eps=0, reduction="sum")


def triplet_mine(x, y, rows):
    """Batch-hard, the distances in tiles of rows; the mean over the rows that have a positive."""
    total, count = 0.0, 0
    for i in range(0, len(x), rows):
        d = torch.cdist(x[i:i + rows], x)
        same = y[i:i + rows, None] == y[None]
        far = d.masked_fill(same, float("inf")).amin(1)
        same.view(-1)[i::len(x) + 1] = False
        near = d.masked_fill(~same, -1.0).amax(1)
        ok = (near >= 0) & (far < float("inf"))
        total += float(F.relu(near - far + 1)[ok].sum())
        count += int(ok.sum())
    return total / count


def per_sample(x, t, ratio):
    """One minus the mean over the samples of a ratio of Σ p·t, Σ p and Σ t, times the numbers of a sample."""
    p, t = x.sigmoid().flatten(1), t.flatten(1).float()
    return (1 - ratio((p * t).sum(1), p.sum(1), t.sum(1))).sum() * p.shape[1]


def dice_sigmoid(x, t):
    return per_sample(x, t, lambda both, p, t: 2 * both / (p + t))


def iou_sigmoid(x, t):
    return per_sample(x, t, lambda both, p, t: both / (p + t - both))


def dice_softmax(x, t):
    """The mean over classes, of the sample, times its pixels; classes on axis 1."""
    p, y = F.softmax(x, 1).flatten(2), F.one_hot(t.long().flatten(1), x.shape[1]).transpose(1, 2).float()
    return (1 - 2 * (p * y).sum(2) / (p.sum(2) + y.sum(2))).mean(1).sum() * p.shape[2]


def lovasz_slopes(truth):
    """Of the Jaccard loss, truth sorted by falling errors on the last axis (Berman's lovasz_grad)."""
    total = truth.sum(-1, keepdim=True)
    loss = 1 - (total - truth.cumsum(-1)) / (total + (1 - truth).cumsum(-1))
    return torch.cat((loss[..., :1], loss[..., 1:] - loss[..., :-1]), -1)


def lovasz_sigmoid(x, t):
    """The hinge of Berman's code, of each sample, times its numbers."""
    x, t = x.flatten(1), t.flatten(1).float()
    errors, order = (1 - x * (2 * t - 1)).sort(1, descending=True)
    return (F.relu(errors) * lovasz_slopes(t.gather(1, order))).sum() * x.shape[1]


def lovasz_softmax(x, t):
    """The mean over the classes of the sample that its target has, times its pixels; classes on axis 1."""
    p, y = F.softmax(x, 1).flatten(2), F.one_hot(t.long().flatten(1), x.shape[1]).transpose(1, 2).float()
    errors, order = (y - p).abs().sort(2, descending=True)
    loss, present = (errors * lovasz_slopes(y.gather(2, order))).sum(2), y.amax(2)
    return ((loss * present).sum(1) / present.sum(1)).sum() * p.shape[2]


def tensors(path):
    """Of a safetensors file of float32."""
    with open(path, "rb") as f:
        head = json.loads(f.read(int.from_bytes(f.read(8), "little")))
        data = f.read()
    return {k: torch.frombuffer(bytearray(data[v["data_offsets"][0]:v["data_offsets"][1]]), dtype=torch.float32).reshape(v["shape"]) for k, v in head.items()}


class Fire(torch.nn.Module):
    def __init__(self, w, name):
        super().__init__()
        self.squeeze, self.expand1x1, self.expand3x3 = (conv(w, name + part) for part in ("squeeze", "expand1x1", "expand3x3"))

    def forward(self, x):
        x = F.relu(self.squeeze(x))
        return torch.cat((F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))), 1)


def conv(w, name, stride=1, pad=None):
    weight = w[name + ".weight"]
    c = torch.nn.Conv2d(weight.shape[1], weight.shape[0], weight.shape[2], stride, weight.shape[2] // 2 if pad is None else pad)
    c.weight.data, c.bias.data = weight, w[name + ".bias"]
    return c


class Taps(torch.nn.Module):
    """The layers that LPIPS compares, of torchvision's networks, without importing torchvision."""

    def __init__(self, net, w):
        super().__init__()
        layers, pool = [], lambda size, ceil: torch.nn.MaxPool2d(size, 2, ceil_mode=ceil)
        if net == "squeezenet":
            layers = [conv(w, "features.0", 2, 0), torch.nn.ReLU()]
            for i in range(2, 13):
                layers.append(pool(3, True) if i in (2, 5, 8) else Fire(w, "features.%d." % i))
            self.taps = (1, 4, 7, 9, 10, 11, 12)
        else:
            for depth in (2, 2, 3, 3, 3):
                for _ in range(depth):
                    layers += [conv(w, "features.%d" % len(layers)), torch.nn.ReLU()]
                layers.append(pool(2, False))
            self.taps = (3, 8, 15, 22, 29)
        self.layers = torch.nn.ModuleList(layers[:self.taps[-1] + 1])

    def forward(self, x):
        out = []
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i in self.taps:
                out.append(x)
        return out


class Lpips:
    """LPIPS 0.1 of a network, run by torch or by onnxruntime; the sum over pairs times the numbers of a picture."""

    def __init__(self, net, onnx=False):
        self.__name__, self.net, self.onnx, self.run = ("onnx_" if onnx else "") + "lpips_" + net, net, onnx, None
        self.shift, self.scale = (torch.tensor(v).view(3, 1, 1) for v in ((-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)))

    def load(self, net, heads):
        if self.run is not None:
            return
        taps, self.heads = Taps(self.net, tensors(net)).eval(), list(tensors(heads).values())
        if not self.onnx:  # channels last is the faster
            taps = taps.to(memory_format=torch.channels_last)
            self.run = lambda x: taps(x.contiguous(memory_format=torch.channels_last))
            return
        import io, onnxruntime
        file = io.BytesIO()
        torch.onnx.export(taps, (torch.zeros(2, 3, 224, 224),), file, dynamo=False, input_names=["x"], dynamic_axes={"x": {0: "n"}})
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = args.threads
        session = onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])
        self.run = lambda x: [torch.from_numpy(y) for y in session.run(None, {"x": x.numpy()})]

    def __call__(self, x, y):
        n = len(x)
        with torch.inference_mode():
            features = self.run((2 * torch.cat((x, y.float())) - 1 - self.shift) / self.scale)
            total = 0.0
            for f, w in zip(features, self.heads):
                f = f / (f.square().sum(1, keepdim=True).sqrt() + 1e-10)
                total += F.conv2d((f[:n] - f[n:]).square(), w).mean((2, 3)).sum()
        return total * x[0].numel()


WHOLE = (triplet_mine, kl_align, gan_average)  # of (scores, target, rows at a time): the mean

ROWS = (kl, kl_distill, kl_policy, triplet)
SAMPLES = (ctc, gan_penalty, style)
NETWORKS = tuple(Lpips(net, onnx) for net in ("squeezenet", "vgg16") for onnx in (False, True))
FORMULAS = {f.__name__: f for f in (focal_sigmoid, focal_softmax, kl_tokens, boxes_giou, kl_gaussian, gan_vanilla, gan_wgan, dice_sigmoid, dice_softmax, iou_sigmoid, content, lovasz_sigmoid, lovasz_softmax) + NETWORKS + ROWS + SAMPLES + WHOLE}


class Rows:
    """Rows of axis 0 of one .npy file, read piece by piece into one kept buffer."""

    def __init__(self, path, rows):
        self.f = open(path, "rb", buffering=0)
        version = np.lib.format.read_magic(self.f)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        self.shape, fortran, self.dtype = read(self.f)
        assert not fortran, path
        self.n, self.path = self.shape[0], path
        self.buf = np.empty((min(rows, self.n),) + self.shape[1:], self.dtype)

    def take(self, n):
        part = self.buf[:n]
        view, got = memoryview(part).cast("B"), 0
        while got < len(view):
            k = self.f.readinto(view[got:])
            if not k:
                raise EOFError(self.path)
            got += k
        return torch.from_numpy(part)


def compute(formula, files, chunk, grad=None, most=None):
    """The mean over positions of at most that many scores, and its gradient into a file."""
    shape = np.load(files[0], mmap_mode="r").shape
    rows = max(1, chunk // max(1, int(np.prod(shape[1:]))))
    if formula in WHOLE:
        with torch.no_grad():
            return formula(*(torch.from_numpy(np.load(f)) for f in files), rows)
    if formula in NETWORKS:
        formula.load(*files[2:])
        files = files[:2]
    pred, *others = (Rows(f, rows) for f in files)
    n = pred.n if most is None else min(pred.n, max(rows, most // max(1, int(np.prod(shape[1:])))))
    count = n * (1 if formula in SAMPLES else int(np.prod(shape[1:-1] if formula in ROWS else others[0].shape[1:])))
    total = 0.0
    if grad:
        out = open(grad, "wb")
        np.lib.format.write_array_header_1_0(out, {"descr": "<f4", "fortran_order": False, "shape": shape})
    for i in range(0, n, rows):
        k = min(rows, n - i)
        x, rest = pred.take(k).float(), [r.take(k) for r in others]
        if not grad:
            with torch.no_grad():
                total += float(formula(x, *rest))
            continue
        x = x.detach().requires_grad_()
        s = formula(x, *rest)
        (s / count).backward()
        total += float(s.detach())
        out.write(memoryview(x.grad.numpy()).cast("B"))
    for r in [pred] + others:
        r.f.close()
    if grad:
        out.close()
    return total / count


def best_chunk(formula, files):
    """The number of scores at a time that is fastest on the first sixteen million."""
    times = {}
    for chunk in (1 << 15, 1 << 17, 1 << 19, 1 << 21) + ((1 << 24, 1 << 26) if formula in SAMPLES else ()):  # whole utterances
        for _ in range(3):
            start = time.perf_counter()
            compute(formula, files, chunk, most=1 << 20 if formula in NETWORKS else 1 << 24)
            times[chunk] = min(times.get(chunk, 1e9), time.perf_counter() - start)
    return min(times, key=times.get)


def peak():
    """Peak resident bytes since the last call."""
    with open("/proc/self/status") as f:
        kib = next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    return kib * 1024


def timed(*args):
    """Seconds, seconds of processor, peak bytes, value."""
    try:
        peak()
    except OSError:
        pass
    start, cpu = time.perf_counter(), time.process_time()
    value = compute(*args)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    try:
        rss = peak()
    except OSError:
        rss = 0
    return "%.6f %.6f %d %.9g" % (wall, cpu, rss, value)


ap = argparse.ArgumentParser()
ap.add_argument("formula", choices=FORMULAS)
ap.add_argument("files", nargs="+")
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--chunk", type=int)
ap.add_argument("--runs", type=int, default=5)
ap.add_argument("--grad")
ap.add_argument("--serve", action="store_true")
args = ap.parse_args()
torch.set_num_threads(args.threads)
warnings.simplefilter("ignore")  # of the exporter to ONNX
formula = FORMULAS[args.formula]
chunk = args.chunk or best_chunk(formula, args.files)
print("torch %s threads %d chunk %d" % (torch.__version__, args.threads, chunk), flush=True)
if args.serve:
    for line in sys.stdin:
        what, _, to = line.strip().partition(" ")
        print(timed(formula, args.files, chunk, to if what == "grad" else None), flush=True)
else:
    for _ in range(args.runs):
        print(timed(formula, args.files, chunk, args.grad), flush=True)
