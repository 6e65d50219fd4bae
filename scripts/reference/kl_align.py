"""Reference values of `lossctl kl align`: writes testdata/kl_align/*.npy and testdata/kl_align/reference.json.

Two kinds of cases, see README.md:
  definition   `define` below, in float64 on the stored values; gradients by torch autograd
  convention   what the code of the authors computes, written down from its source, which the case names

    python kl_align.py
"""
import warnings

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from cases import Cases, f4

warnings.filterwarnings("ignore")  # kl_div warns of its mean
C = Cases("kl_align")
SCALE = {"cmpm": 1.0, "sdm": 50.0, "actionclip": 100.0, "clip-soft": 100.0}

# ---------------------------------------------------------------- inputs

def inputs():
    r = np.random.RandomState(41)
    ids = np.array([3, 7, 3, 1, 7, 7, 12, 1, 5])
    shared = r.randn(13, 5)[ids]
    a, b = shared + 0.8 * r.randn(9, 5), shared + 0.8 * r.randn(9, 5)
    C.put("a.npy", f4(a))
    C.put("b.npy", f4(b))
    C.put("a_f8.npy", a)
    C.put("b_f2.npy", b.astype(np.float16))
    C.put("ids.npy", ids)
    C.put("ids_ignored.npy", np.where(np.isin(np.arange(9), (1, 6)), -100, ids))
    C.put("ids_f4.npy", f4(ids))
    C.put("mask.npy", np.array([1, 0, 1, 1, 1, 1, 0, 1, 1], np.uint8))
    C.put("weight.npy", f4([1, 0.5, 2, 1, 0, 1, 3, 1, 1]))
    nanned = f4(a)
    nanned[[1, 6]] = np.nan
    C.put("a_nan.npy", nanned)                                                # NaN where the mask is 0


# ---------------------------------------------------------------- definitions (float64)

def direction(x, y, match, kind, scale, eps, label_norm):
    """The loss of every row of x against the rows of y."""
    y = y / y.norm(dim=1, keepdim=True)
    if kind != "cmpm":                                                      # cmpm projects x as it is on y
        x = x / x.norm(dim=1, keepdim=True)
    logp = (scale * x @ y.T).log_softmax(1)
    m = match.double()
    if kind in ("cmpm", "sdm"):                                             # KL(P ‖ match)
        q = m / (m.sum(1, keepdim=True) if label_norm == "sum" else m.norm(dim=1, keepdim=True))
        return (logp.exp() * (logp - (q + eps).log())).sum(1)
    q = (10 * m).softmax(1) if kind == "actionclip" else m / m.sum(1, keepdim=True)
    return (torch.special.xlogy(q, q) - q * logp).sum(1)                    # KL(match ‖ P)


def define(x, y, ids=None, kind="cmpm", scale=None, eps=1e-8, label_norm="sum", combine=None, keep=None, batch=0):
    """Both directions of every row, combined; rows that keep leaves out take no part, and batches know only themselves."""
    n = len(x)
    ids = torch.arange(n) if ids is None else ids
    keep = torch.ones(n, dtype=torch.bool) if keep is None else keep
    half = 0.5 if (combine or ("sum" if kind in ("cmpm", "sdm") else "mean")) == "mean" else 1.0
    rows = []
    for i in range(0, n, batch or n):
        k = torch.arange(i, min(i + (batch or n), n))[keep[i:i + (batch or n)]]
        match = ids[k][:, None] == ids[k][None]
        a, b = x[k], y[k]
        both = [direction(p, q, match, kind, scale or SCALE[kind], eps, label_norm) for p, q in ((a, b), (b, a))]
        rows.append(torch.zeros(min(i + (batch or n), n) - i).index_put((k - i,), half * (both[0] + both[1])))
    return torch.cat(rows), keep


# ---------------------------------------------------------------- cases

def flag(flags, name, default=None):
    words = flags.split()
    return words[words.index(name) + 1] if name in words else default


def case(name, a, b, flags="", grad=True, note=None):
    x, y = (C.tensor(f, grad=True) for f in (a, b))
    get = lambda name: C.tensor(flag(flags, name)) if flag(flags, name) else None
    ids, keep = get("--labels"), get("--mask")
    keep = torch.ones(len(x), dtype=torch.bool) if keep is None else keep != 0
    if ids is not None:
        keep &= ids != -100
    weight = get("--sample-weight")
    seen = keep if weight is None else keep & (weight > 0)
    rows, _ = define(x, y, ids, flag(flags, "--kind", "cmpm"), float(flag(flags, "--scale", 0)), float(flag(flags, "--eps", 1e-8)),
                        flag(flags, "--label-norm", "sum"), flag(flags, "--combine"), seen, int(flag(flags, "--batch-size", 0)))
    rows = rows if weight is None else rows * weight
    value = rows.sum() if flag(flags, "--reduction") == "sum" else rows.sum() / keep.sum()
    g, = torch.autograd.grad(value, [y if flag(flags, "--grad-of") == "target" else x]) if grad else (None,)
    shown = torch.where(keep, rows.detach(), torch.nan)
    if rows[seen].abs().min() < 1e-6:                                       # these digits are rounding
        shown = None
    C.add(name, "--pred %s --target %s %s" % (a, b, flags), value, per_sample=shown, grad=g, note=note)


def definitions():
    A, ID = ("a.npy", "b.npy"), "--labels ids.npy "
    for k in ("cmpm", "sdm", "actionclip", "clip-soft"):
        kind = "--kind %s " % k
        case(k, *A, kind + ID)
        case(k + "_target", *A, kind + ID + "--grad-of target")
        case(k + "_pairs", *A, kind, note="without labels a row matches its partner alone")
        case(k + "_scale", *A, kind + ID + "--scale 7.5 --grad-of target")
        case(k + "_mask", *A, kind + ID + "--mask mask.npy", note="rows that are left out are no rivals either")
        case(k + "_batches", *A, kind + ID + "--batch-size 4", note="batches of 4, 4 and 1")
        case(k + "_digits", "../align/left.npy", "../align/right.npy", kind + "--labels ../align/labels.npy", grad=False)
        case(k + "_digits_pairs", "../align/left.npy", "../align/right.npy", kind + "--batch-size 64", grad=False)
    case("default", *A)
    case("f8_f2", "a_f8.npy", "b_f2.npy", ID)
    case("labels_float", *A, "--labels ids_f4.npy")
    case("ignored", *A, "--labels ids_ignored.npy --kind sdm")
    case("nan_masked", "a_nan.npy", "b.npy", ID + "--mask mask.npy", grad=False)
    case("l2", *A, ID + "--label-norm l2")
    case("sdm_l2_target", *A, ID + "--kind sdm --label-norm l2 --grad-of target")
    case("eps", *A, ID + "--eps 0.01")
    case("mean", *A, ID + "--combine mean")
    case("clip_soft_sum", *A, ID + "--kind clip-soft --combine sum")
    case("weight", *A, ID + "--kind sdm --sample-weight weight.npy", note="a weight multiplies the loss of its row; a row of weight 0 takes no part, but counts in the mean")
    case("sum", *A, ID + "--kind clip-soft --reduction sum")


def conventions():
    def lib(name, convention, a, b, ids, fn, source, flags="", grad=False, note=None):
        x, y = (C.tensor(f, grad=True) for f in (a, b))
        value = fn(x, y, C.tensor(ids))
        g, = torch.autograd.grad(value, [x]) if grad else (None,)
        C.add(name, "--pred %s --target %s --labels %s --convention %s %s" % (a, b, ids, convention, flags), value, source, 1e-6, grad=g, note=note)
    A, DIGITS = ("a.npy", "b.npy", "ids.npy"), ("../align/left.npy", "../align/right.npy", "../align/labels.npy")

    CMPM = "PyTorch ports of Deep Cross-Modal Projection Learning (Zhang and Lu 2018): compute_cmpm_loss"
    def cmpm(image, text, labels, eps=1e-8):
        mask = labels[:, None] == labels[None]
        target = mask.double() / mask.double().norm(dim=1)
        i2t = image @ (text / text.norm(dim=1, keepdim=True)).t()
        t2i = text @ (image / image.norm(dim=1, keepdim=True)).t()
        loss = lambda s: torch.mean(torch.sum(F.softmax(s, dim=1) * (F.log_softmax(s, dim=1) - torch.log(target + eps)), dim=1))
        return loss(i2t) + loss(t2i)
    lib("convention_cmpm", "cmpm", *A, cmpm, CMPM, grad=True, note="the matches of a row have length 1 instead of sum 1")
    lib("convention_cmpm_digits", "cmpm", *DIGITS, cmpm, CMPM)

    IRRA = "anosorae/IRRA: model/objectives.py, compute_sdm"
    def sdm(image, text, pid, logit_scale=1 / 0.02, eps=1e-8):
        labels = (pid[:, None] - pid[None] == 0).double()
        t2i = logit_scale * F.normalize(text) @ F.normalize(image).t()
        target = labels / labels.sum(dim=1)
        loss = lambda s: torch.mean(torch.sum(F.softmax(s, dim=1) * (F.log_softmax(s, dim=1) - torch.log(target + eps)), dim=1))
        return loss(t2i.t()) + loss(t2i)
    lib("convention_irra", "irra", *A, sdm, IRRA, grad=True)
    lib("convention_irra_digits", "irra", *DIGITS, sdm, IRRA)
    lib("convention_irra_scale", "irra", *A, lambda x, y, i: sdm(x, y, i, 20.), IRRA, "--scale 20")

    ACTION = "sallymmx/ActionCLIP: utils/KLLoss.py, utils/tools.py, train.py"
    def actionclip(image, text, ids, scale=100.0):
        label = (ids[:, None] == ids[None]).double()
        kl = nn.KLDivLoss(reduction="mean")
        loss = lambda s: kl(F.log_softmax(s, 1), F.softmax(label * 10, 1)) * len(s)
        s = scale * F.normalize(image) @ F.normalize(text).t()
        return (loss(s) + loss(s.t())) / 2
    lib("convention_actionclip", "actionclip", *A, actionclip, ACTION, grad=True, note="the mean over all elements times the rows is the mean over the rows")
    lib("convention_actionclip_digits", "actionclip", *DIGITS, actionclip, ACTION)
    lib("convention_actionclip_scale", "actionclip", *A, lambda x, y, i: actionclip(x, y, i, 1 / 0.07), ACTION, "--scale %.17g" % (1 / 0.07))


def cross_checks():
    C.same("default", "cmpm_pairs")
    C.same("labels_float", "cmpm")
    C.same("nan_masked", "cmpm_mask")
    C.same("mean", C.values["cmpm"] / 2)
    C.same("clip_soft_sum", C.values["clip-soft"] * 2)
    C.same("convention_irra", "sdm")
    C.same("convention_actionclip", "actionclip")
    C.same("convention_cmpm", "l2")
    # without labels, clip-soft is CLIP's own loss
    x, y = (F.normalize(C.tensor(f)) for f in ("a.npy", "b.npy"))
    s, own = 100 * x @ y.T, torch.arange(9)
    C.same("clip-soft_pairs", (F.cross_entropy(s, own) + F.cross_entropy(s.T, own)) / 2)


inputs()
definitions()
conventions()
cross_checks()
C.write()
