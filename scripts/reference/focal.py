"""Reference values of `lossctl focal`: writes testdata/focal/*.npy and testdata/focal/reference.json.

Two kinds of cases, see README.md:
  definition   the formula stated in `define_*` below, in float64 on the stored values; gradients by torch autograd
  convention   the named library itself, run in float64 wherever it accepts that

    python focal.py [--data DIR]     DIR holds digits/ multilabel/ cancer/ seg/ (default: testdata)
"""
import argparse, importlib.metadata as md, json, os, sys, warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.normpath(os.path.join(HERE, "..", "..", "testdata"))
OUT = os.path.join(TESTDATA, "focal")
ap = argparse.ArgumentParser()
ap.add_argument("--data", default=TESTDATA)
DATA = ap.parse_args().data
os.makedirs(OUT, exist_ok=True)
torch.set_default_dtype(torch.float64)
DEFINITION = "float64 autograd of the stated formula (torch %s)" % torch.__version__
FLOAT = (torch.float16, torch.float32, torch.float64)

# ---------------------------------------------------------------- inputs

ARRAYS = {}


def put(name, a):
    """Stores an input array; a bad name (two arrays under one name) is a mistake in this file."""
    a = np.ascontiguousarray(a)
    assert name not in ARRAYS, name
    ARRAYS[name] = a
    np.save(os.path.join(OUT, name), a)
    return name


def load(name):
    """An array by the name that the command line uses: relative to testdata/focal."""
    if name.startswith("../"):
        return np.load(os.path.join(DATA, name[3:]))
    return ARRAYS[name]


def tensor(name):
    a = torch.from_numpy(load(name))
    return a.double() if a.dtype in FLOAT else a


def f4(a):
    return np.asarray(a, np.float32)


def inputs():
    # Golden A of the survey: logits[i] = ((37 i) mod 23 - 11)/5, ids (7n + 3h + 5w) mod 2, class 2 absent.
    n, c, h, w = 2, 3, 2, 3
    i = np.arange(n * c * h * w)
    put("a_logits.npy", f4((((i * 37) % 23) - 11) / 5).reshape(n, c, h, w))
    N, H, W = np.meshgrid(np.arange(n), np.arange(h), np.arange(w), indexing="ij")
    ids = ((7 * N + 3 * H + 5 * W) % 2).astype(np.int64)
    put("a_ids.npy", ids)
    put("a_ids4.npy", ids[:, None].astype(np.int32))                       # (N,1,H,W)
    onehot = np.moveaxis(np.eye(c, dtype=np.float32)[ids], -1, 1)
    put("a_onehot.npy", onehot)
    put("a_onehot_u1.npy", onehot.astype(np.uint8))
    put("a_logits_last.npy", np.moveaxis(ARRAYS["a_logits.npy"], 1, -1))   # (N,H,W,C)
    put("a_logits_middle.npy", np.moveaxis(ARRAYS["a_logits.npy"], 1, 2))  # (N,H,C,W)
    put("a_logits_fortran.npy", ARRAYS["a_logits.npy"])
    np.save(os.path.join(OUT, "a_logits_fortran.npy"), np.asfortranarray(ARRAYS["a_logits.npy"]))
    put("a_logits_f8be.npy", ARRAYS["a_logits.npy"].astype(">f8"))
    ARRAYS["a_logits_f8be.npy"] = ARRAYS["a_logits_f8be.npy"].astype("<f8")  # torch reads native order only
    ign = ids.copy(); ign[0, 0, 1] = -100; ign[1, 1, 2] = -100; ign[1, 0, 0] = -100
    put("a_ids_ignored.npy", ign)
    put("a_ids_255.npy", np.where(ign == -100, 255, ign).astype(np.uint8))
    put("a_ids_all_ignored.npy", np.full_like(ids, -100))
    one_gone = ids.copy(); one_gone[1] = -100
    put("a_ids_sample_ignored.npy", one_gone)
    oh_ign = onehot.copy(); oh_ign[0, 0, 0, 1] = oh_ign[1, 2, 1, 2] = oh_ign[1, 1, 0, 0] = -100
    put("a_onehot_ignored.npy", oh_ign)
    put("a_mask.npy", ((i[: n * h * w] * 5) % 7 < 4).reshape(n, h, w))
    put("a_mask_elements.npy", ((i * 5) % 7 < 4).reshape(n, c, h, w).astype(np.uint8))
    put("a_weight.npy", f4([0.5, 2]))
    put("a_weight_positions.npy", f4(0.25 + (i[: n * h * w] * 5) % 7 / 4).reshape(n, h, w))
    nanned = ARRAYS["a_logits.npy"].copy()
    nanned[np.broadcast_to((ign == -100)[:, None], nanned.shape)] = np.nan
    put("a_logits_nan_ignored.npy", nanned)                                # NaN only where ids are ignored

    # Golden C of the survey, recovered from its numbers.
    put("c_logits.npy", f4([[2, -1, 0.5], [-0.3, 1.2, -2]]))
    put("c_multihot.npy", f4([[1, 0, 1], [0, 1, 0]]))
    put("c_ids.npy", np.array([0, 1]))
    put("c_onehot.npy", f4([[1, 0, 0], [0, 1, 0]]))

    # Examples of the Keras documentation.
    put("keras_probs.npy", f4([[0.05, 0.9, 0.05], [0.1, 0.85, 0.05]]))
    put("keras_onehot.npy", f4([[0, 1, 0], [0, 0, 1]]))
    put("keras_ids.npy", np.array([1, 2]))
    put("keras_binary_probs.npy", f4([[0.6, 0.4], [0.4, 0.6]]))
    put("keras_binary_target.npy", f4([[0, 1], [0, 0]]))
    put("keras_edge_probs.npy", f4([[0, 1, 0], [1, 0, 0], [0.2, 0.2, 0.2]]))  # zeros, ones and a row that sums to 0.6
    put("keras_edge_onehot.npy", f4([[0, 1, 0], [0, 1, 0], [0, 0, 1]]))

    r = np.random.RandomState(20)
    put("n_logits.npy", f4(3 * r.randn(7, 5)))                              # (N,C)
    put("n_ids.npy", r.randint(0, 5, 7).astype(np.int32))
    soft = r.dirichlet([0.5] * 5, 7)
    put("n_soft.npy", f4(soft))                                             # rows sum to 1 but for float32
    put("n_target_onehot.npy", np.eye(5, dtype=np.float32)[ARRAYS["n_ids.npy"]])
    lp = torch.log_softmax(torch.from_numpy(ARRAYS["n_logits.npy"]).double(), 1)
    put("n_logprobs.npy", lp.numpy())                                       # float64
    put("n_probs.npy", f4(lp.exp().numpy()))
    put("n_probs_f2.npy", lp.exp().numpy().astype(np.float16))
    inf = ARRAYS["n_logits.npy"].copy()
    for k, y in enumerate(ARRAYS["n_ids.npy"]):
        inf[k, (y + 1 + k % 3) % 5] = -np.inf
    put("n_logits_neginf.npy", inf)                                         # −inf never at the target
    put("v_logits.npy", f4(2 * r.randn(2, 4, 3, 2, 5)))                     # (N,C,D,H,W)
    put("v_logits_last.npy", np.moveaxis(ARRAYS["v_logits.npy"], 1, -1))
    put("v_ids.npy", r.randint(0, 4, (2, 3, 2, 5)).astype(np.uint8))
    put("m_logits.npy", f4(2.5 * r.randn(6, 4)))                            # multilabel
    put("m_soft.npy", f4(r.rand(6, 4)))
    put("m_hard.npy", (r.rand(6, 4) < 0.3).astype(np.uint8))
    put("m_probs.npy", f4(1 / (1 + np.exp(-2 * r.randn(6, 4)))))
    put("m_logprobs.npy", f4(-np.abs(2 * r.randn(6, 4)) - 0.01))
    put("m_weight.npy", f4([0.5, 1, 2, 0.25, 3, 1.5]))
    put("b_logits.npy", f4(2 * r.randn(11)))                                # binary (N,)
    put("b_target.npy", (r.rand(11) < 0.3).astype(np.float32))
    put("b_logits2.npy", ARRAYS["b_logits.npy"][:, None])                   # (N,1)
    put("b_target_ignored.npy", np.where(np.arange(11) % 4 == 1, -100, ARRAYS["b_target.npy"]).astype(np.float32))
    put("d_logits.npy", f4(1.5 * r.randn(10, 4) - 2))                       # detection: 10 anchors, 4 classes
    put("d_ids.npy", np.array([4, 4, 1, 4, 0, 4, 3, -1, 4, -1]))            # 4 is background, −1 ignored
    put("d_ids0.npy", np.array([0, 0, 2, 0, 1, 0, 4, -1, 0, -1]))           # the same with background 0
    put("d_ids_fg.npy", np.array([4, 4, 1, 4, 0, 4, 3, 2, 4, 4]))           # no ignored anchors
    put("t_logits.npy", f4(2 * r.randn(3, 6, 8)))                           # tokens (N,T,C)
    ids = r.randint(0, 8, (3, 6))
    for row, length in enumerate((6, 4, 1)):
        ids[row, length:] = -100
    put("t_ids.npy", ids)
    put("t_mask.npy", np.array([[1, 1, 1, 0, 1, 1], [1, 0, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1]], bool))
    big = f4([[1e4, -1e4, 0, 50], [-1e4, 1e4, 1e4, -50], [800, 799, -800, 0], [-40, 40, 37, -37]])
    put("x_logits.npy", big)
    put("x_target.npy", f4([[1, 1, 0, 1], [1, 1, 0, 0], [0, 1, 0.5, 1], [1, 0, 1, 0]]))
    put("x_ids.npy", np.array([1, 2, 0, 1]))
    put("x_hard.npy", f4([[1, 1, 0, 1], [1, 1, 0, 0], [0, 1, 1, 1], [1, 0, 1, 0]]))


# ---------------------------------------------------------------- definitions (float64)

def vector(v, c):
    """A number or one number a class as a tensor of C."""
    v = torch.as_tensor(v, dtype=torch.float64)
    return v.expand(c) if v.ndim == 0 else v


def class_balanced(counts, beta):
    w = (1 - beta) / (1 - beta ** torch.as_tensor(counts, dtype=torch.float64))
    return w * len(counts) / w.sum()


def modulate(one_minus, gamma, th=None):
    """(1-p_t)^γ, or its reduced form: ((1-p_t)/th)^γ, 1 where p_t < th."""
    if th is None:
        return one_minus.pow(gamma)
    return torch.where(1 - one_minus < th, torch.ones_like(one_minus), (one_minus / th).pow(gamma))


def reduce(cells, count, weight, positives, reduction):
    """cells, count, weight: (N, …) of the same shape; count is 1 where the cell counts and 0 elsewhere."""
    total = cells.sum()
    if reduction == "sum":
        value = total
    elif reduction == "mean":
        value = total / count.sum()
    elif reduction == "batchmean":
        value = total / cells.shape[0]
    elif reduction == "weighted":
        value = total / (weight * count).sum()
    elif reduction == "positives":
        value = total / positives
    rows = None
    if reduction == "mean":
        rows = cells.flatten(1).sum(1) / count.flatten(1).sum(1) if cells.ndim > 1 else cells / count
    return value, rows


def define_softmax(x, y, gamma=2.0, alpha=1.0, eps=0.0, smooth=0.0, poly=0.0, th=None, class_weight=1.0, sample_weight=None,
                   mask=None, ignore=-100, axis=1, pred_as="logits", reduction="mean"):
    """ℓ = w_y α_y [(1-p_y)^γ (−log(p_y + eps)) + poly (1-p_y)^(γ+1)] with ids;
    ℓ = Σ_c y_c w_c α_c (1-p_c)^γ (−log p_c) with soft targets, and with ids under label smoothing: y = (1-s) onehot + s/C.
    One cell a position; mean divides by the positions that count."""
    x = x.movedim(axis, -1)
    c = x.shape[-1]
    soft = y.dtype in FLOAT
    if soft:
        y = y.movedim(axis, -1)
    elif y.ndim == x.ndim:
        y = y.squeeze(axis)
    valid = torch.ones(x.shape[:-1], dtype=torch.bool)
    if not soft:
        y = y.long()
        valid = y != ignore
    if mask is not None:
        valid = valid & mask.bool().reshape(valid.shape)
    x = torch.where(valid[..., None], x, torch.zeros_like(x)) if pred_as == "logits" else x
    logp = {"logits": lambda: x.log_softmax(-1), "probs": lambda: x.log(), "logprobs": lambda: x}[pred_as]()
    a, w = vector(alpha, c), vector(class_weight, c)
    if soft or smooth:
        t = y if soft else F.one_hot(torch.where(valid, y, 0), c).double()
        t = (1 - smooth) * t + smooth / c
        assert poly == 0 and eps == 0
        cells = (t * w * a * modulate(-torch.expm1(logp), gamma, th) * -logp).sum(-1)
        weight = torch.ones_like(cells) if soft else w[torch.where(valid, y, 0)]
    else:
        k = torch.where(valid, y, 0)
        lp = logp.gather(-1, k[..., None])[..., 0]
        q = -torch.expm1(lp)
        nll = -lp if eps == 0 else -torch.log(lp.exp() + eps)
        weight = w[k]
        cells = weight * a[k] * (modulate(q, gamma, th) * nll + poly * q.pow(gamma + 1))
    if sample_weight is not None:
        s = sample_weight.reshape(sample_weight.shape + (1,) * (cells.ndim - sample_weight.ndim))
        cells, weight = cells * s, weight * s
    cells = torch.where(valid, cells, torch.zeros_like(cells))
    return reduce(cells, valid.double(), weight, None, reduction)


def define_sigmoid(x, t, gamma=2.0, alpha=0.25, eps=0.0, poly=0.0, th=None, class_weight=None, pos_weight=1.0, sample_weight=None,
                   mask=None, ignore=-100, background=None, axis=1, pred_as="logits", reduction="mean",
                   gamma_pos=None, gamma_neg=None, clip=0.0, normalized=False, balanced=None):
    """Element-wise, as torchvision: p_t = p t + (1-p)(1-t), α_t = α t + (1-α)(1-t) (alpha None: 1),
    ℓ = α_t w_c [(1-p_t)^γ BCE + poly (1-p_t)^(γ+1)], BCE = −pos_weight·t·log p − (1-t)·log(1-p). Soft targets are allowed.
    Ids (one-vs-rest) become one-hot on the class axis, the background id a row of zeros; an ignored id drops its C elements.
    ASL where gamma_pos is given: −t (1-p)^γ+ log p − (1-t)(1-p_m)^γ− log p_m, p_m = min(1-p+clip, 1)."""
    if x.ndim == t.ndim + 1 and x.shape[axis] == 1:  # (N,1) with (N): binary
        x = x.squeeze(axis)
    c = x.shape[axis] if x.ndim > axis else 1
    shape = [1] * x.ndim
    if x.ndim > axis:
        shape[axis] = c
    valid = torch.ones_like(x, dtype=torch.bool)
    if t.ndim == x.ndim - 1:                       # ids
        keep = t != ignore
        ids = torch.where(keep, t.long(), 0)
        if background is not None and background < c:
            ids = torch.where(ids == background, c, ids - (ids > background).long())
        valid = valid & keep.unsqueeze(axis)
        t = F.one_hot(ids, c + 1)[..., :c].movedim(-1, axis).double()
    else:
        valid = valid & (t != ignore)
        t = t.double()
    if mask is not None:
        valid = valid & (mask.bool() if mask.ndim == x.ndim else mask.bool().unsqueeze(axis))
    t = torch.where(valid, t, torch.zeros_like(t))
    if pred_as == "logits":
        z = torch.where(valid, x, torch.zeros_like(x))
        p, q, logp, logq = torch.sigmoid(z), torch.sigmoid(-z), F.logsigmoid(z), F.logsigmoid(-z)
    elif pred_as == "probs":
        p, q, logp, logq = x, 1 - x, x.log(), torch.log1p(-x)
    else:
        p, q, logp = x.exp(), -torch.expm1(x), x
        logq = torch.where(x > -0.6931471805599453, q.log(), torch.log1p(-p))
    zero = torch.zeros_like(p)
    pw = torch.as_tensor(pos_weight, dtype=torch.float64)
    pw = pw.reshape(shape) if pw.ndim else pw
    if gamma_pos is not None:
        pm = torch.clamp(q + clip, max=1)
        cells = -t * q.pow(gamma_pos) * torch.log(p.clamp(min=eps)) - (1 - t) * (1 - pm).pow(gamma_neg) * torch.log(pm.clamp(min=eps))
    else:
        bce = -pw * torch.where(t > 0, t * logp, zero) - torch.where(t < 1, (1 - t) * logq, zero)
        one_minus = q * t + p * (1 - t)
        cells = modulate(one_minus, gamma, th) * bce + poly * one_minus.pow(gamma + 1)
    if alpha is not None and gamma_pos is None:
        a = torch.as_tensor(alpha, dtype=torch.float64)
        a = a.reshape(shape) if a.ndim else a
        cells = cells * (a * t + (1 - a) * (1 - t))
    weight = torch.ones_like(cells)
    if class_weight is not None:
        weight = weight * vector(class_weight, c).reshape(shape)
    if balanced is not None:                       # Cui et al.: the weight of the position's class, for all its C elements
        weight = weight * (balanced.reshape(shape) * t).sum(axis, keepdim=True)
    if sample_weight is not None:
        s = sample_weight
        if s.ndim == x.ndim - 1 and s.ndim > 1:
            s = s.unsqueeze(axis)
        weight = weight * s.reshape(s.shape + (1,) * (cells.ndim - s.ndim))
    cells = torch.where(valid, cells * weight, zero)
    if normalized:                                 # arXiv 1909.07829: Σ FL / Σ (1-p_t)^γ
        return cells.sum() / torch.where(valid, modulate(one_minus, gamma, th), zero).sum(), None
    return reduce(cells, valid.double(), weight, ((t == 1) & valid).sum(), reduction)


# ---------------------------------------------------------------- cases

CASES = []


def plain(v):
    v = float(v)
    return v if np.isfinite(v) else ("nan" if np.isnan(v) else "inf" if v > 0 else "-inf")


def add(name, args, value, source, tolerance, per_sample=None, grad=None, note=None):
    assert all(c["name"] != name for c in CASES), name
    case = {"name": name, "args": args, "value": plain(value)}
    if per_sample is not None:
        case["per_sample"] = [plain(v) for v in per_sample]
    if grad is not None:
        case["grad"] = "grad_%s.npy" % name
        assert torch.isfinite(grad).all(), name
        np.save(os.path.join(OUT, case["grad"]), grad.numpy())
    case.update(source=source, tolerance=tolerance)
    if note:
        case["note"] = note
    CASES.append(case)


FILES = {"--mask": "mask", "--sample-weight": "sample_weight"}


def define(name, pred, target, flags="", kind=None, grad=False, note=None, **kw):
    """A definition case: flags are the command line's, kw the same settings for define_softmax / define_sigmoid."""
    x, t = tensor(pred), tensor(target)
    for key in ("mask", "sample_weight"):
        if isinstance(kw.get(key), str):
            kw[key] = tensor(kw[key])
    if kind is None:
        kind = "sigmoid" if x.shape == t.shape else "softmax"
    x.requires_grad_(grad)
    value, rows = (define_sigmoid if kind == "sigmoid" else define_softmax)(x, t, **kw)
    g = None
    if grad:
        g, = torch.autograd.grad(value, x)
    add(name, ["--pred", pred, "--target", target] + flags.split(), value.detach(), DEFINITION, 1e-9,
        None if rows is None else rows.detach(), g, note)


def definitions():
    A, I, H = "a_logits.npy", "a_ids.npy", "a_onehot.npy"
    d = define
    # Golden A by the plain definition
    d("a_softmax", A, I, grad=True)
    d("a_softmax_alpha1", A, I, "--alpha 1")
    d("a_softmax_alpha_quarter", A, I, "--alpha 0.25", alpha=0.25)
    d("a_softmax_sum", A, I, "--reduction sum", reduction="sum", grad=True)
    d("a_softmax_batchmean", A, I, "--reduction batchmean", reduction="batchmean")
    d("a_softmax_gamma0", A, I, "--gamma 0", gamma=0.0, note="cross-entropy, Golden A: 1.98437691")
    d("a_softmax_gamma_half", A, I, "--gamma 0.5", gamma=0.5)
    d("a_softmax_gamma1", A, I, "--gamma 1", gamma=1.0)
    d("a_softmax_gamma3_7", A, I, "--gamma 3.7", gamma=3.7, grad=True)
    d("a_softmax_gamma5", A, I, "--gamma 5", gamma=5.0)
    d("a_softmax_alpha_classes", A, I, "--alpha 0.2,0.3,0.5", alpha=[0.2, 0.3, 0.5], grad=True)
    d("a_softmax_class_weight", A, I, "--class-weight 0.5,2,1", class_weight=[0.5, 2, 1])
    d("a_softmax_class_weight_weighted", A, I, "--class-weight 0.5,2,1 --reduction weighted", class_weight=[0.5, 2, 1], reduction="weighted", grad=True)
    d("a_softmax_class_weight_alpha", A, I, "--class-weight 0.5,2,1 --alpha 0.2,0.3,0.5", class_weight=[0.5, 2, 1], alpha=[0.2, 0.3, 0.5])
    d("a_softmax_sample_weight", A, I, "--sample-weight a_weight.npy", sample_weight="a_weight.npy")
    d("a_softmax_sample_weight_weighted", A, I, "--sample-weight a_weight.npy --reduction weighted", sample_weight="a_weight.npy", reduction="weighted")
    d("a_softmax_position_weight", A, I, "--sample-weight a_weight_positions.npy", sample_weight="a_weight_positions.npy")
    d("a_softmax_position_weight_weighted", A, I, "--sample-weight a_weight_positions.npy --class-weight 0.5,2,1 --reduction weighted",
      sample_weight="a_weight_positions.npy", class_weight=[0.5, 2, 1], reduction="weighted")
    d("a_softmax_mask", A, I, "--mask a_mask.npy", mask="a_mask.npy", grad=True)
    d("a_softmax_ignored", A, "a_ids_ignored.npy", grad=True)
    d("a_softmax_ignored_mask", A, "a_ids_ignored.npy", "--mask a_mask.npy", mask="a_mask.npy")
    d("a_softmax_ignored_255", A, "a_ids_255.npy", "--ignore-index 255", ignore=255)
    d("a_softmax_ignored_nan", "a_logits_nan_ignored.npy", "a_ids_ignored.npy", note="NaN only where ignored: the value of a_softmax_ignored")
    d("a_softmax_ignored_sum", A, "a_ids_ignored.npy", "--reduction sum", reduction="sum")
    d("a_softmax_ignored_batchmean", A, "a_ids_ignored.npy", "--reduction batchmean", reduction="batchmean")
    d("a_softmax_sample_ignored", A, "a_ids_sample_ignored.npy", note="sample 1 has no position left")
    d("a_softmax_all_ignored", A, "a_ids_all_ignored.npy", note="0/0; what the command line prints is its own policy")
    d("a_softmax_all_ignored_sum", A, "a_ids_all_ignored.npy", "--reduction sum", reduction="sum")
    d("a_softmax_ids4", A, "a_ids4.npy", note="target (N,1,H,W)")
    d("a_softmax_last", "a_logits_last.npy", I, "--class-axis -1", axis=-1)
    d("a_softmax_middle", "a_logits_middle.npy", I, "--class-axis 2", axis=2, grad=True)
    d("a_softmax_fortran", "a_logits_fortran.npy", I)
    d("a_softmax_f8_bigendian", "a_logits_f8be.npy", I)
    d("a_softmax_eps", A, I, "--eps 1e-8", eps=1e-8)
    d("a_softmax_eps_large", A, I, "--eps 1e-2", eps=1e-2, grad=True)
    d("a_softmax_poly", A, I, "--poly 1", poly=1.0, grad=True)
    d("a_softmax_poly_negative", A, I, "--poly -0.5 --alpha 0.25", poly=-0.5, alpha=0.25)
    d("a_softmax_reduced", A, I, "--reduced-threshold 0.5", th=0.5)
    d("a_softmax_smooth", A, I, "--label-smoothing 0.1", smooth=0.1, grad=True)
    d("a_softmax_smooth_weights", A, "a_ids_ignored.npy", "--label-smoothing 0.2 --gamma 1.5 --class-weight 0.5,2,1 --alpha 0.2,0.3,0.5",
      smooth=0.2, gamma=1.5, class_weight=[0.5, 2, 1], alpha=[0.2, 0.3, 0.5])
    d("a_softmax_onehot", A, H, "--activation softmax", kind="softmax", note="one-hot target: the value of a_softmax")
    d("a_softmax_class_counts", A, I, "--class-counts 100,10,1 --cb-beta 0.999", class_weight=class_balanced([100, 10, 1], 0.999))
    d("a_sigmoid", A, H, grad=True)
    d("a_sigmoid_u1", A, "a_onehot_u1.npy")
    d("a_sigmoid_alpha_none", A, H, "--alpha none", alpha=None)
    d("a_sigmoid_sum", A, H, "--reduction sum", reduction="sum", grad=True)
    d("a_sigmoid_batchmean", A, H, "--reduction batchmean", reduction="batchmean")
    d("a_sigmoid_positives", A, H, "--reduction positives", reduction="positives", grad=True)
    d("a_sigmoid_ids", A, I, "--activation sigmoid", kind="sigmoid", note="one-vs-rest: the value of a_sigmoid")
    d("a_sigmoid_ids_ignored", A, "a_ids_ignored.npy", "--activation sigmoid", kind="sigmoid")
    d("a_sigmoid_ignored", A, "a_onehot_ignored.npy", note="-100 in a float target of the same shape drops single elements")
    d("a_sigmoid_mask_positions", A, H, "--mask a_mask.npy", mask="a_mask.npy", note="mask (N,H,W): drops all classes of a position")
    d("a_sigmoid_mask_elements", A, H, "--mask a_mask_elements.npy", mask="a_mask_elements.npy", grad=True)
    d("a_sigmoid_reduced", A, H, "--alpha none --reduced-threshold 0.5", alpha=None, th=0.5, note="Golden A: 0.86180502")
    d("a_sigmoid_reduced_0_3", A, H, "--reduced-threshold 0.3 --gamma 1.5", th=0.3, gamma=1.5)
    d("a_sigmoid_normalized", A, H, "--normalized --reduction sum", normalized=True, note="ΣFL / Σ(1-p_t)^γ, the paper's form; smp also divides by the count")
    d("a_sigmoid_class_weight", A, H, "--class-weight 0.5,2,1", class_weight=[0.5, 2, 1])
    d("a_sigmoid_class_weight_weighted", A, H, "--class-weight 0.5,2,1 --reduction weighted", class_weight=[0.5, 2, 1], reduction="weighted")
    d("a_sigmoid_pos_weight", A, H, "--pos-weight 3", pos_weight=3.0)
    d("a_sigmoid_pos_weight_classes", A, H, "--pos-weight 3,0.5,2 --alpha none", pos_weight=[3, 0.5, 2], alpha=None, grad=True)
    d("a_sigmoid_poly", A, H, "--poly 1 --alpha none", poly=1.0, alpha=None, grad=True)
    d("a_sigmoid_sample_weight", A, H, "--sample-weight a_weight.npy", sample_weight="a_weight.npy")
    d("a_sigmoid_gamma0", A, H, "--gamma 0 --alpha none", gamma=0.0, alpha=None, note="binary cross-entropy")
    d("a_sigmoid_alpha_classes", A, H, "--alpha 0.2,0.3,0.5", alpha=[0.2, 0.3, 0.5], note="α_c t + (1-α_c)(1-t)")
    # Golden C by the plain definition
    C, M, K = "c_logits.npy", "c_multihot.npy", "c_ids.npy"
    d("c_sigmoid", C, M, "--alpha none", alpha=None)
    d("c_sigmoid_poly", C, M, "--alpha none --poly 1", alpha=None, poly=1.0, note="Golden C: 0.06241050 (float32)")
    d("c_softmax_alpha_classes", C, K, "--alpha 0.2,0.3,0.5", alpha=[0.2, 0.3, 0.5], note="Golden C per sample: 0.00221855 0.00306291")
    d("c_softmax_smooth", C, K, "--label-smoothing 0.1", smooth=0.1, note="Golden C per sample: 0.14958870 0.15593515")
    d("c_sigmoid_class_counts", C, K, "--activation sigmoid --alpha none --class-counts 100,10,1 --cb-beta 0.999 --reduction positives", kind="sigmoid",
      alpha=None, balanced=class_balanced([100, 10, 1], 0.999), reduction="positives",
      note="Golden C: 0.02147318; all C elements of a sample get the weight of the sample's class, as vandit15's and Cui's code")
    # (N,C), volumes, tokens, binary, multilabel, detection
    d("n_softmax", "n_logits.npy", "n_ids.npy", grad=True)
    d("n_softmax_soft", "n_logits.npy", "n_soft.npy", "--activation softmax", kind="softmax", grad=True)
    d("n_softmax_soft_smooth", "n_logits.npy", "n_soft.npy", "--activation softmax --label-smoothing 0.1 --alpha 0.5 --gamma 1", kind="softmax", smooth=0.1, alpha=0.5, gamma=1.0)
    d("n_softmax_probs", "n_probs.npy", "n_ids.npy", "--pred-as probs", pred_as="probs", grad=True)
    d("n_softmax_probs_f2", "n_probs_f2.npy", "n_ids.npy", "--pred-as probs", pred_as="probs", note="float16 file")
    d("n_softmax_logprobs", "n_logprobs.npy", "n_ids.npy", "--pred-as logprobs", pred_as="logprobs", note="float64 file", grad=True)
    d("n_softmax_neginf", "n_logits_neginf.npy", "n_ids.npy", note="-inf logits of other classes have probability 0")
    d("n_softmax_gamma0_smooth", "n_logits.npy", "n_ids.npy", "--gamma 0 --label-smoothing 0.1", gamma=0.0, smooth=0.1)
    d("v_softmax", "v_logits.npy", "v_ids.npy", grad=True)
    d("v_softmax_last", "v_logits_last.npy", "v_ids.npy", axis=-1, grad=True, note="(N,D,H,W,C): only the last axis fits the ids")
    d("t_softmax", "t_logits.npy", "t_ids.npy", "--class-axis -1", axis=-1, grad=True, note="tokens padded with -100")
    d("t_softmax_auto", "t_logits.npy", "t_ids.npy", axis=-1)
    d("t_softmax_mask", "t_logits.npy", "t_ids.npy", "--mask t_mask.npy", axis=-1, mask="t_mask.npy")
    d("b_sigmoid", "b_logits.npy", "b_target.npy", grad=True)
    d("b_sigmoid_column", "b_logits2.npy", "b_target.npy", kind="sigmoid", note="pred (N,1) with target (N): the value of b_sigmoid")
    d("b_sigmoid_ignored", "b_logits.npy", "b_target_ignored.npy")
    d("b_sigmoid_positives", "b_logits.npy", "b_target.npy", "--reduction positives", reduction="positives")
    d("b_sigmoid_pos_weight", "b_logits.npy", "b_target.npy", "--pos-weight 2.5 --gamma 1.5", pos_weight=2.5, gamma=1.5)
    d("m_sigmoid_soft", "m_logits.npy", "m_soft.npy", grad=True)
    d("m_sigmoid_soft_poly", "m_logits.npy", "m_soft.npy", "--poly 0.7 --gamma 1.3", poly=0.7, gamma=1.3)
    d("m_sigmoid_soft_pos_weight", "m_logits.npy", "m_soft.npy", "--pos-weight 1,2,3,0.5", pos_weight=[1, 2, 3, 0.5])
    d("m_sigmoid_sample_weight", "m_logits.npy", "m_hard.npy", "--sample-weight m_weight.npy", sample_weight="m_weight.npy")
    d("m_sigmoid_sample_weight_weighted", "m_logits.npy", "m_hard.npy", "--sample-weight m_weight.npy --reduction weighted", sample_weight="m_weight.npy", reduction="weighted")
    d("m_sigmoid_probs", "m_probs.npy", "m_hard.npy", "--pred-as probs", pred_as="probs", grad=True)
    d("m_sigmoid_probs_soft", "m_probs.npy", "m_soft.npy", "--pred-as probs", pred_as="probs")
    d("m_sigmoid_logprobs", "m_logprobs.npy", "m_hard.npy", "--pred-as logprobs", pred_as="logprobs", grad=True)
    det = dict(kind="sigmoid", background=4, ignore=-1)
    d("d_sigmoid", "d_logits.npy", "d_ids.npy", "--activation sigmoid --background-id 4 --ignore-index -1", **det)
    d("d_sigmoid_positives", "d_logits.npy", "d_ids.npy", "--activation sigmoid --background-id 4 --ignore-index -1 --reduction positives", reduction="positives", grad=True, **det)
    d("d_sigmoid_background0", "d_logits.npy", "d_ids0.npy", "--activation sigmoid --background-id 0 --ignore-index -1 --reduction positives",
      kind="sigmoid", background=0, ignore=-1, reduction="positives", note="ids 1..C are the classes: the value of d_sigmoid_positives")
    # extremes: the loss stays finite, hand-checkable
    d("x_sigmoid", "x_logits.npy", "x_target.npy", grad=True)
    d("x_sigmoid_gamma0", "x_logits.npy", "x_target.npy", "--gamma 0 --alpha none", gamma=0.0, alpha=None)
    d("x_softmax", "x_logits.npy", "x_ids.npy", grad=True)
    d("x_softmax_gamma_half", "x_logits.npy", "x_ids.npy", "--gamma 0.5", gamma=0.5)
    d("x_softmax_eps", "x_logits.npy", "x_ids.npy", "--eps 1e-8", eps=1e-8)
    # real data
    D, L = "../digits/student_logits.npy", "../digits/labels.npy"
    d("digits", D, L)
    d("digits_gamma3_7", D, L, "--gamma 3.7 --alpha 0.25", gamma=3.7, alpha=0.25)
    d("digits_smooth", D, L, "--label-smoothing 0.1", smooth=0.1)
    d("digits_probs_f8", "../digits/student_probs_f64.npy", L, "--pred-as probs", pred_as="probs")
    d("digits_teacher_probs_f2", "../digits/teacher_probs_f16.npy", L, "--pred-as probs", pred_as="probs", note="float16 file, rows sum to 1 within 3e-4")
    d("digits_one_vs_rest", D, L, "--activation sigmoid", kind="sigmoid")
    d("multilabel", "../multilabel/logits.npy", "../multilabel/targets.npy")
    d("multilabel_positives", "../multilabel/logits.npy", "../multilabel/targets.npy", "--reduction positives", reduction="positives")
    d("cancer", "../cancer/logits.npy", "../cancer/targets.npy", grad=True)
    d("cancer_poly", "../cancer/logits.npy", "../cancer/targets.npy", "--poly 1 --gamma 1.5", poly=1.0, gamma=1.5)
    S, T = "../seg/logits.npy", "../seg/labels.npy"
    d("seg", S, T)
    d("seg_alpha_classes", S, T, "--alpha 0.2,0.3,0.5", alpha=[0.2, 0.3, 0.5])
    d("seg_ignore_background", S, T, "--ignore-index 0", ignore=0)
    d("seg_binary", "../seg/binary_logits.npy", "../seg/binary_mask.npy")
    for c in CASES:                                # per-sample values of 900 rows would be most of the file
        if len(c.get("per_sample", [])) > 24:
            del c["per_sample"]


def conventions():
    import torchvision, monai, kornia, keras, jax, optax
    import monai.losses
    import segmentation_models_pytorch as smp
    jax.config.update("jax_enable_x64", True)
    keras.config.set_floatx("float64")
    torch.Tensor.float = lambda self, *a, **k: self.double()   # MONAI casts to float32: let it run in float64
    ver = lambda *p: ", ".join("%s %s" % (q, md.version(q)) for q in p)
    src = {"torchvision": ver("torchvision", "torch"), "monai": ver("monai", "torch") + ", float() patched to float64",
           "kornia-0.9": ver("kornia", "torch"), "smp": ver("segmentation_models_pytorch", "torch"), "keras": ver("keras") + " (torch backend)",
           "optax": ver("optax", "jax"),
           "mmdet": "formula of mmdet/models/losses/focal_loss.py and utils.py, float64 torch",
           "asl-single": "formula of Alibaba-MIIL/ASL src/loss_functions/losses.py, float64 torch",
           "asl": "formula of Alibaba-MIIL/ASL src/loss_functions/losses.py, float64 torch",
           "seed": "-α(1-p_t)^γ log(p_t+1e-8), float64 torch"}

    def lib(conv, name, pred, target, flags, fn, note=None, tol=1e-6, grad=False):
        x = tensor(pred).requires_grad_(grad)
        v = fn(x, tensor(target))
        rows, g = None, None
        if isinstance(v, tuple):
            v, rows = v
        if grad:
            g, = torch.autograd.grad(v, x)
        add(name, ["--pred", pred, "--target", target, "--convention", conv] + flags.split(), float(v.detach() if isinstance(v, torch.Tensor) else v),
            src[conv], tol, rows, g, note)

    A, I, H, G = "a_logits.npy", "a_ids.npy", "a_onehot.npy", "a_ids_ignored.npy"
    tv = torchvision.ops.sigmoid_focal_loss
    for nm, p, t in (("a", A, H), ("m_soft", "m_logits.npy", "m_soft.npy"), ("b", "b_logits.npy", "b_target.npy"),
                     ("multilabel", "../multilabel/logits.npy", "../multilabel/targets.npy"), ("cancer", "../cancer/logits.npy", "../cancer/targets.npy")):
        lib("torchvision", "torchvision_%s_mean" % nm, p, t, "--reduction mean", lambda x, y: tv(x, y.double(), reduction="mean"))
    lib("torchvision", "torchvision_a_sum", A, H, "--reduction sum", lambda x, y: tv(x, y, reduction="sum"), note="Golden A: 10.54511833")
    lib("torchvision", "torchvision_a_alpha_off", A, H, "--alpha none --reduction mean", lambda x, y: tv(x, y, alpha=-1, reduction="mean"), note="alpha=-1 of torchvision; Golden A: 0.53021020")
    lib("torchvision", "torchvision_a_gamma3_7", A, H, "--gamma 3.7 --alpha 0.4 --reduction mean", lambda x, y: tv(x, y, alpha=.4, gamma=3.7, reduction="mean"))
    lib("torchvision", "torchvision_d_onehot", "d_logits.npy", "d_ids_fg.npy", "--activation sigmoid --background-id 4 --reduction sum",
        lambda x, y: tv(x, F.one_hot(y, 5)[:, :4].double(), reduction="sum"))

    FL = monai.losses.FocalLoss
    one = lambda y: y[:, None]
    def mo(name, t=I, flags="", fn=None, pred=A, note=None, grad=False, **kw):
        f = fn or (lambda x, y: FL(to_onehot_y=True, **kw)(x, one(y)))
        lib("monai", "monai_" + name, pred, t, flags, f, note=note, grad=grad)
    mo("a_sigmoid", note="Golden A: 0.53021020")
    mo("a_sigmoid_alpha", flags="--alpha 0.25", alpha=.25, note="Golden A: 0.29291999")
    mo("a_sigmoid_sum", flags="--reduction sum", reduction="sum", note="spatial mean, then sum over N and C")
    mo("a_sigmoid_alpha_classes", flags="--alpha 0.2,0.3,0.5", alpha=[.2, .3, .5], note="positives × α_c, negatives × 1")
    mo("a_sigmoid_weight", flags="--class-weight 0.5,2,1", weight=[.5, 2, 1])
    mo("a_sigmoid_onehot", t=H, fn=lambda x, y: FL()(x, y))
    mo("a_softmax", flags="--activation softmax", use_softmax=True, note="÷ N·C·H·W; Golden A: 0.54721302")
    mo("a_softmax_sum", flags="--activation softmax --reduction sum", use_softmax=True, reduction="sum", note="Golden A: 3.28327775")
    mo("a_softmax_alpha", flags="--activation softmax --alpha 0.25", use_softmax=True, alpha=.25, grad=True, note="class 0 gets 1-α; Golden A: 0.29102597")
    mo("a_softmax_alpha_classes", flags="--activation softmax --alpha 0.2,0.3,0.5", use_softmax=True, alpha=[.2, .3, .5])
    mo("a_softmax_weight", flags="--activation softmax --class-weight 0.5,2,1", use_softmax=True, weight=[.5, 2, 1])
    mo("a_softmax_gamma", flags="--activation softmax --gamma 3.7", use_softmax=True, gamma=3.7)
    mo("n_softmax", pred="n_logits.npy", t="n_ids.npy", flags="--activation softmax", use_softmax=True)
    mo("n_softmax_sum", pred="n_logits.npy", t="n_ids.npy", flags="--activation softmax --reduction sum", use_softmax=True, reduction="sum")
    mo("c_sigmoid", pred="c_logits.npy", t="c_multihot.npy", fn=lambda x, y: FL()(x, y))
    mo("c_sigmoid_sum", pred="c_logits.npy", t="c_multihot.npy", flags="--reduction sum", fn=lambda x, y: FL(reduction="sum")(x, y))
    mo("m_sigmoid_soft", pred="m_logits.npy", t="m_soft.npy", fn=lambda x, y: FL()(x, y), note="1-p_t is sigmoid(-x (2t-1)): differs from torchvision for soft targets")
    mo("v_softmax_alpha", pred="v_logits.npy", t="v_ids.npy", flags="--activation softmax --alpha 0.3", use_softmax=True, alpha=.3)

    kf, kb = kornia.losses.focal_loss, kornia.losses.binary_focal_loss_with_logits
    def ko(name, t=I, flags="", fn=kf, pred=A, note=None, grad=False, **kw):
        kw = {"reduction": "mean", **kw}
        if fn is kf:
            kw.setdefault("alpha", None)
        flags = ("--reduction %s " % kw["reduction"]) + flags
        lib("kornia-0.9", "kornia_" + name, pred, t, flags, lambda x, y: fn(x, y.long() if fn is kf else y.double(), **kw), note=note, grad=grad)
    W3 = torch.tensor([.5, 2, 1])
    ko("a_softmax", flags="--alpha none", note="÷ N·C·H·W; Golden A: 0.54721385 with the +1e-6 one-hot of kornia up to 0.8.2")
    ko("a_softmax_alpha", flags="--alpha 0.25", alpha=.25, note="class 0 gets 1-α")
    ko("a_softmax_sum", flags="--alpha none", reduction="sum", note="a true sum")
    ko("a_softmax_weight", flags="--alpha none --class-weight 0.5,2,1", weight=W3)
    ko("a_softmax_ignored", t=G, flags="--alpha none", note="ignored positions are 0 but stay in the denominator")
    ko("a_softmax_ignored_alpha", t=G, flags="--alpha 0.25 --gamma 1.5", alpha=.25, gamma=1.5, grad=True)
    ko("a_softmax_all_ignored", t="a_ids_all_ignored.npy", flags="--alpha none")
    ko("n_softmax", pred="n_logits.npy", t="n_ids.npy", flags="--alpha 0.25", alpha=.25)
    ko("v_softmax", pred="v_logits.npy", t="v_ids.npy", flags="--alpha none")
    ko("a_binary", t=H, fn=kb)
    ko("a_binary_sum", t=H, fn=kb, reduction="sum")
    ko("a_binary_weight", t=H, fn=kb, flags="--class-weight 0.5,2,1", weight=W3)
    ko("a_binary_pos_weight", t=H, fn=kb, flags="--pos-weight 3,0.5,2", pos_weight=torch.tensor([3, .5, 2]), note="pos_weight acts on the positive term only, as torch")
    ko("a_binary_ignored", t="a_onehot_ignored.npy", fn=kb)
    ko("a_binary_alpha_none", t=H, fn=kb, flags="--alpha none", alpha=None)
    ko("m_binary_soft", pred="m_logits.npy", t="m_soft.npy", fn=kb, grad=True, note="soft targets weight two focal terms: not torchvision's p_t")

    SF = smp.losses.FocalLoss
    def sm(name, t=I, flags="", mode="multiclass", pred=A, note=None, grad=False, **kw):
        lib("smp", "smp_" + name, pred, t, flags, lambda x, y: SF(mode, **kw)(x, y if mode == "multiclass" else y.double()), note=note, grad=grad)
    sm("a_multiclass", note="one-vs-rest sigmoid; Golden A: 0.53021020")
    sm("a_multiclass_alpha", flags="--alpha 0.25", alpha=.25, note="Golden A: 0.29291996")
    sm("a_multiclass_normalized", flags="--normalized", normalized=True, grad=True, note="the norm is inside the gradient; per class: mean(FL / Σ(1-p_t)^γ); Golden A: 0.12831347")
    sm("a_multiclass_normalized_sum", flags="--normalized --reduction sum", normalized=True, reduction="sum", note="sum inside a class, mean over classes")
    sm("a_multiclass_reduced", flags="--reduced-threshold 0.5", grad=True, reduced_threshold=.5, note="Golden A: 0.86180502")
    sm("a_multiclass_sum", flags="--reduction sum", reduction="sum", note="sum inside a class, then the mean over classes")
    sm("a_multiclass_weight", flags="--class-weight 0.5,2,1", class_weights=[.5, 2, 1], note="Σ w_c loss_c / Σ w_c")
    sm("a_multiclass_ignored", t=G, flags="--ignore-index -100", ignore_index=-100)
    sm("a_multiclass_ignored_normalized", t=G, flags="--ignore-index -100 --normalized --alpha 0.25", ignore_index=-100, normalized=True, alpha=.25)
    sm("a_multiclass_all_ignored", t="a_ids_all_ignored.npy", flags="--ignore-index -100", ignore_index=-100)
    sm("a_multilabel", t=H, mode="multilabel")
    sm("a_multilabel_normalized", t=H, mode="multilabel", flags="--normalized", normalized=True)
    sm("m_multilabel_soft", pred="m_logits.npy", t="m_soft.npy", mode="multilabel", note="p_t = exp(−BCE), not p t + (1-p)(1-t): differs for soft targets")
    sm("b_binary", pred="b_logits.npy", t="b_target.npy", mode="binary")
    sm("b_binary_normalized", pred="b_logits.npy", t="b_target.npy", mode="binary", flags="--normalized --alpha 0.25", normalized=True, alpha=.25)
    sm("b_binary_ignored", pred="b_logits.npy", t="b_target_ignored.npy", mode="binary", flags="--ignore-index -100", ignore_index=-100)
    sm("keras_multiclass_probs", pred="keras_probs.npy", t="keras_ids.npy", flags="--pred-as probs", from_logits=False,
       note="from_logits=False feeds log p to the sigmoid: p/(1+p); Golden C: 0.51655539")
    sm("m_multilabel_probs", pred="m_probs.npy", t="m_hard.npy", mode="multilabel", flags="--pred-as probs", from_logits=False)
    sm("seg_multiclass", pred="../seg/logits.npy", t="../seg/labels.npy")
    sm("seg_multiclass_normalized", pred="../seg/logits.npy", t="../seg/labels.npy", flags="--normalized", normalized=True)
    sm("n_multiclass", pred="n_logits.npy", t="n_ids.npy")
    sm("seg_binary", pred="../seg/binary_logits.npy", t="../seg/binary_mask.npy", mode="binary")

    KC, KB = keras.losses.CategoricalFocalCrossentropy, keras.losses.BinaryFocalCrossentropy
    def ke(name, pred, t, flags, cls, note=None, onehot=False, **kw):
        def fn(x, y):
            y = F.one_hot(y.long(), x.shape[-1]).double() if onehot else y.double()
            value = float(cls(**kw)(y, x))           # the mean reduction of Keras rounds to float32
            rows = cls(**{**kw, "reduction": "none"})(y, x)
            if "reduction" in kw:
                return value
            assert abs(float(rows.mean()) - value) <= 2e-7 * value, name
            return float(rows.mean()), [float(v) for v in rows.flatten()] if len(rows) < 25 else None
        lib("keras", "keras_" + name, pred, t, flags, fn, note=note)
    sx = "--activation softmax "
    ke("doc_categorical", "keras_probs.npy", "keras_onehot.npy", sx + "--pred-as probs", KC, note="doc example: 2.634e-4, 0.67591")
    ke("doc_categorical_ids", "keras_probs.npy", "keras_ids.npy", "--pred-as probs", KC, onehot=True, note="Keras itself wants one-hot targets")
    ke("doc_categorical_sum", "keras_probs.npy", "keras_onehot.npy", sx + "--pred-as probs --reduction sum", KC, reduction="sum")
    ke("doc_categorical_smooth", "keras_probs.npy", "keras_onehot.npy", sx + "--pred-as probs --label-smoothing 0.1", KC, label_smoothing=.1)
    ke("edge_categorical", "keras_edge_probs.npy", "keras_edge_onehot.npy", sx + "--pred-as probs", KC, note="renormalised, then clipped to [1e-7, 1-1e-7]")
    ke("doc_categorical_alpha_classes", "keras_probs.npy", "keras_onehot.npy", sx + "--pred-as probs --alpha 0.2,0.3,0.5", KC, alpha=[.2, .3, .5])
    ke("n_categorical_logits", "n_logits.npy", "n_target_onehot.npy", sx + "--pred-as logits", KC, from_logits=True)
    ke("n_categorical_gamma", "n_logits.npy", "n_target_onehot.npy", sx + "--pred-as logits --gamma 1 --alpha 0.6", KC, from_logits=True, gamma=1, alpha=.6)
    ke("digits_categorical", "../digits/student_logits.npy", "../digits/labels.npy", "--pred-as logits", KC, onehot=True, from_logits=True)
    ke("x_categorical", "x_logits.npy", "x_ids.npy", "--pred-as logits", KC, onehot=True, from_logits=True, note="clip to [1e-7, 1-1e-7]: -log p is at most 16.118")
    ke("doc_binary", "keras_binary_probs.npy", "keras_binary_target.npy", "--pred-as probs", KB, note="doc example: 0.330, 0.206; class balancing is off, so α does not act")
    ke("doc_binary_sum", "keras_binary_probs.npy", "keras_binary_target.npy", "--pred-as probs --reduction sum", KB, reduction="sum", note="the sum over samples of means over the last axis")
    ke("doc_binary_smooth", "keras_binary_probs.npy", "keras_binary_target.npy", "--pred-as probs --label-smoothing 0.2", KB, label_smoothing=.2, note="y (1-s) + s/2")
    ke("m_binary", "m_probs.npy", "m_soft.npy", "--pred-as probs", KB)
    ke("m_binary_balanced", "m_probs.npy", "m_hard.npy", "--pred-as probs --alpha 0.25", KB, apply_class_balancing=True, note="an explicit --alpha is apply_class_balancing=True")
    ke("m_binary_logits", "m_logits.npy", "m_hard.npy", "--pred-as logits", KB, from_logits=True)
    ke("m_binary_logits_balanced", "m_logits.npy", "m_hard.npy", "--pred-as logits --alpha 0.4 --gamma 3", KB, from_logits=True, apply_class_balancing=True, alpha=.4, gamma=3)
    ke("x_binary", "x_logits.npy", "x_target.npy", "--pred-as logits", KB, from_logits=True, note="clip to [1e-7, 1-1e-7] in float64; Keras in float32 gives 6.158923, there 1-1e-7 rounds to 1-1.19e-7")

    def op(name, pred, t, flags, note=None, **kw):
        def fn(x, y):
            l = np.asarray(optax.losses.sigmoid_focal_loss(jax.numpy.asarray(x.numpy()), jax.numpy.asarray(y.double().numpy()), **kw))
            return float(l.mean()), [float(v) for v in l.reshape(len(l), -1).mean(1)] if len(l) < 25 else None
        lib("optax", "optax_" + name, pred, t, flags, fn, note=note)
    op("a", A, H, "", note="α None by default; the mean is the caller's")
    op("a_alpha", A, H, "--alpha 0.25", alpha=.25)
    op("m_soft", "m_logits.npy", "m_soft.npy", "--alpha 0.25 --gamma 3", alpha=.25, gamma=3)
    op("x", "x_logits.npy", "x_target.npy", "")
    op("cancer", "../cancer/logits.npy", "../cancer/targets.npy", "--gamma 1.5", gamma=1.5)

    eps32 = float(torch.finfo(torch.float32).eps)
    def mm(x, y):
        y = F.one_hot(y, 5)[:, :4].double() if y.ndim == 1 else y
        p = x.sigmoid()
        fl = F.binary_cross_entropy_with_logits(x, y, reduction="none") * (.25 * y + .75 * (1 - y)) * ((1 - p) * y + p * (1 - y)) ** 2
        return fl.sum() / (y.sum() + eps32)
    lib("mmdet", "mmdet_d", "d_logits.npy", "d_ids_fg.npy", "", mm, note="id C is background without saying so; Σ ÷ (number of positives + 1.2e-7)")
    lib("mmdet", "mmdet_a_onehot", A, H, "", mm)

    def asl(x, y, gp=1, gn=4, clip=.05, eps=1e-8):
        p, q = torch.sigmoid(x), 1 - torch.sigmoid(x)
        if clip:
            q = (q + clip).clamp(max=1)
        y = y.double()
        loss = y * p.clamp(min=eps).log() + (1 - y) * q.clamp(min=eps).log()
        return -(loss * (1 - p * y - q * (1 - y)) ** (gp * y + gn * (1 - y))).sum()
    lib("asl", "asl_c", "c_logits.npy", "c_multihot.npy", "", asl, grad=True, note="a sum; Golden C: 0.26499394")
    lib("asl", "asl_c_mean", "c_logits.npy", "c_multihot.npy", "--reduction mean", lambda x, y: asl(x, y) / x.numel(), note="÷ elements")
    lib("asl", "asl_m_parameters", "m_logits.npy", "m_hard.npy", "--gamma-pos 0.5 --gamma-neg 3 --clip 0.1", lambda x, y: asl(x, y, .5, 3, .1))
    lib("asl", "asl_m_no_clip", "m_logits.npy", "m_hard.npy", "--clip 0", lambda x, y: asl(x, y, clip=0))
    lib("asl", "asl_x", "x_logits.npy", "x_hard.npy", "", asl, note="the clamp at 1e-8 bounds -log at 18.42")
    lib("asl", "asl_multilabel", "../multilabel/logits.npy", "../multilabel/targets.npy", "", asl)
    def asl1(x, y, gp=0, gn=4, s=.1):
        lp = x.log_softmax(-1)
        t = F.one_hot(y, x.shape[-1]).double()
        w = (1 - lp.exp() * t - (1 - lp.exp()) * (1 - t)) ** (gp * t + gn * (1 - t))
        return -(((1 - s) * t + s / x.shape[-1]) * lp * w).sum(-1).mean()
    lib("asl-single", "asl_single_c", "c_logits.npy", "c_ids.npy", "", asl1, note="ASLSingleLabel; Golden C: 0.22195916")
    lib("asl-single", "asl_single_digits", "../digits/student_logits.npy", "../digits/labels.npy", "", asl1)

    def seed(x, y, alpha=.25, gamma=2.0):
        p = x.softmax(1).gather(1, y.long()[:, None])
        return (-alpha * (1 - p) ** gamma * torch.log(p + 1e-8)).mean()
    lib("seed", "seed_a", A, I, "", seed, grad=True, tol=1e-9, note="Golden A: 0.41040972")
    lib("seed", "seed_a_alpha1", A, I, "--alpha 1", lambda x, y: seed(x, y, 1.0), tol=1e-9, note="Golden A: 1.64163888")
    lib("seed", "seed_x", "x_logits.npy", "x_ids.npy", "", seed, tol=1e-9, note="p_t = 0 gives 18.42 α; p_t = 1 gives −0·1e-8 = 0")
    lib("seed", "seed_digits", "../digits/student_logits.npy", "../digits/labels.npy", "", seed, tol=1e-9)


def cross_checks():
    """The definitions against torch and the libraries where they say the same; no output unless one is wrong."""
    value = {c["name"]: c["value"] for c in CASES}
    A, I = tensor("a_logits.npy"), tensor("a_ids.npy")
    w = torch.tensor([.5, 2, 1])
    def same(a, b, tol=1e-12):
        assert abs(float(a) - float(b)) <= tol * abs(float(b)), (float(a), float(b))
    same(value["a_softmax_gamma0"], F.cross_entropy(A, I))
    same(define_softmax(A, I, gamma=0., smooth=.2, class_weight=w, reduction="weighted")[0], F.cross_entropy(A, I, weight=w, label_smoothing=.2))
    same(define_softmax(A, tensor("a_ids_ignored.npy"), gamma=0.)[0], F.cross_entropy(A, tensor("a_ids_ignored.npy")))
    same(value["a_sigmoid_gamma0"], F.binary_cross_entropy_with_logits(A, tensor("a_onehot.npy")))
    m, t, pw = tensor("m_logits.npy"), tensor("m_soft.npy"), torch.tensor([1., 2, 3, .5])
    same(define_sigmoid(m, t, gamma=0., alpha=None, pos_weight=pw)[0], F.binary_cross_entropy_with_logits(m, t, pos_weight=pw))
    for a, b in (("a_sigmoid", "torchvision_a_mean"), ("m_sigmoid_soft", "torchvision_m_soft_mean"), ("b_sigmoid", "torchvision_b_mean"),
                 ("b_sigmoid_column", "b_sigmoid"), ("cancer", "torchvision_cancer_mean"), ("a_softmax_eps", "seed_a_alpha1"), ("x_softmax_eps", None),
                 ("a_sigmoid_alpha_none", "optax_a"), ("a_softmax_ignored", "a_softmax_ignored_nan"),
                 ("a_softmax", "a_softmax_onehot"), ("a_softmax", "a_softmax_middle"), ("v_softmax", "v_softmax_last"), ("d_sigmoid_positives", "d_sigmoid_background0"),
                 ("a_sigmoid_reduced", "smp_a_multiclass_reduced"), ("a_sigmoid_class_weight", "kornia_a_binary_weight"), ("a_softmax_sum", "kornia_a_softmax_sum")):
        if b:
            same(value[a], value[b])
    same(value["x_softmax_eps"] / 4, value["seed_x"])
    golden = {  # variants.md, float32
        "a_softmax": 1.64163888, "seed_a": 0.41040972, "monai_a_softmax": 0.54721302, "monai_a_softmax_sum": 3.28327775, "monai_a_softmax_alpha": 0.29102597,
        "monai_a_sigmoid": 0.53021020, "monai_a_sigmoid_alpha": 0.29291999, "kornia_a_binary": 0.29291999, "smp_a_multiclass": 0.53021020,
        "smp_a_multiclass_alpha": 0.29291996, "smp_a_multiclass_normalized": 0.12831347, "smp_a_multiclass_reduced": 0.86180502, "torchvision_a_sum": 10.54511833,
        "torchvision_a_alpha_off": 0.53021020, "asl_c": 0.26499393582344055, "asl_single_c": 0.2219591587781906, "c_sigmoid_poly": 0.06241050362586975,
        "c_sigmoid_class_counts": 0.02147318422794342, "smp_keras_multiclass_probs": 0.5165554881095886,
        "keras_doc_categorical": (0.00026340128914456557 + 0.6759120942206192) / 2}
    for k, v in golden.items():
        same(value[k], v, 4e-7)


if __name__ == "__main__":
    inputs()
    definitions()
    conventions()
    cross_checks()
    versions = {p: md.version(p) for p in ("numpy", "torch", "torchvision", "monai", "kornia", "segmentation_models_pytorch", "keras", "jax", "optax")}
    versions["python"] = sys.version.split()[0]
    keep = {c["grad"] for c in CASES if "grad" in c} | set(ARRAYS) | {"reference.json"}
    for f in os.listdir(OUT):
        if f not in keep:
            os.remove(os.path.join(OUT, f))
    with open(os.path.join(OUT, "reference.json"), "w") as f:                # one case a line
        head = json.dumps(versions)
        f.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (head, ",\n".join(json.dumps(c, ensure_ascii=False) for c in CASES)))
    print(len(CASES), "cases")
