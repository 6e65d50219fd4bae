"""Writes testdata/perceptual: pictures, and what ssim, ms-ssim, psnr and tv must be for them; see README.md."""
import os, shutil
import numpy as np
import torch
import torch.nn.functional as F
import warnings; warnings.filterwarnings("ignore")
import piq
import torchmetrics.functional.image as tm
from PIL import Image
from cases import *

rng = np.random.default_rng(5)
ref = Cases("perceptual")


def pictures(n, h, w, noise):
    """Smooth colours, and the same with noise: within 0 and 1."""
    y, x = np.mgrid[:h, :w]
    a = np.stack([[0.5 + 0.3 * np.sin(x / (5 + 3 * c + k)) * np.cos(y / (7 - c + k)) for c in range(3)] for k in range(n)])
    a = np.clip(a + 0.05 * rng.standard_normal(a.shape), 0.02, 0.98)
    return np.clip(a + noise * rng.standard_normal(a.shape), 0.01, 0.99), a


def gaussian(window, sigma):
    d = torch.arange(window) - (window - 1) / 2
    g = torch.exp(-d * d / (2 * sigma * sigma))
    g = g / g.sum()
    return torch.outer(g, g)


def blur(x, g):
    c = x.shape[1]
    return F.conv2d(x, g.expand(c, 1, *g.shape), groups=c)


def maps(x, y, window=11, sigma=1.5, k1=0.01, k2=0.03):
    g = gaussian(window, sigma)
    mx, my = blur(x, g), blur(y, g)
    vx, vy, vxy = blur(x * x, g) - mx**2, blur(y * y, g) - my**2, blur(x * y, g) - mx * my
    return (2 * mx * my + k1**2) / (mx**2 + my**2 + k1**2), (2 * vxy + k2**2) / (vx + vy + k2**2)


def ssim(x, y, **kw):
    l, cs = maps(x, y, **kw)
    return (l * cs).mean((1, 2, 3))


WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]


def halve(x):
    h, w = x.shape[2:]
    x = torch.cat([x, x[:, :, -1:]], 2) if h % 2 else x
    x = torch.cat([x, x[:, :, :, -1:]], 3) if w % 2 else x
    return F.avg_pool2d(x, 2)


def msssim(x, y, **kw):
    v = 1
    for k, w in enumerate(WEIGHTS):
        l, cs = maps(x, y, **kw)
        s = (l * cs if k == 4 else cs).mean((2, 3))
        v = v * s.clamp(min=0) ** w
        x, y = halve(x), halve(y)
    return v.mean(1)


def psnr(x, y):
    return -10 * torch.log10(((x - y) ** 2).mean((1, 2, 3)))


def diffs(x):
    return x[:, :, 1:] - x[:, :, :-1], x[:, :, :, 1:] - x[:, :, :, :-1]


def tv(x, y=None, norm="l1", total=False):
    parts = [(d.abs() if norm == "l1" else d**2) for d in diffs(x)]
    v = sum(p.sum((1, 2, 3)) if total else p.mean((1, 2, 3)) for p in parts)
    return v.sqrt() if norm == "l2" else v


def luma(x):
    return (16 + 65.481 * x[:, :1] + 128.553 * x[:, 1:2] + 24.966 * x[:, 2:]) / 255


def crop(x, n):
    return x[:, :, n:x.shape[2] - n, n:x.shape[3] - n]


p, t = pictures(2, 34, 33, 0.08)
ref.put("p.npy", p.astype("f4"))
ref.put("t.npy", t.astype("f4"))
ref.put("p_f2.npy", p.astype("f2"))
ref.put("p_f8.npy", p)
ref.put("p_last.npy", np.moveaxis(p, 1, 3).astype("f4"))
ref.put("t_last.npy", np.moveaxis(t, 1, 3).astype("f4"))
ref.put("p_u1.npy", np.round(p * 255).astype("u1"))
ref.put("t_u1.npy", np.round(t * 255).astype("u1"))
ref.put("p_u2.npy", np.round(p * 65535).astype("u2"))
ref.put("t_signed.npy", (2 * t - 1).astype("f4"))
ref.put("p_255.npy", (p * 255).astype("f4"))
ref.put("weight.npy", f4([0.5, 2]))
big, big_t = pictures(1, 165, 178, 0.2)
ref.put("big_p.npy", big[:, :1].astype("f4"))
ref.put("big_t.npy", big_t[:, :1].astype("f4"))
even, even_t = pictures(1, 192, 176, 0.2)
ref.put("even_p.npy", even[0].astype("f4"))
ref.put("even_t.npy", even_t[0].astype("f4"))
# Golden C of the survey: feature maps, not pictures
ref.put("golden_x.npy", f4([-1.5, -0.5, 0.5, 1.5, -0.75, 0.25, 1.25, -1.0, 0.0, 1.0, -1.25, -0.25, 0.75, -1.5, -0.5, 0.5, 1.5, -0.75, 0.25, 1.25, -1.0, 0.0, 1.0, -1.25]).reshape(2, 3, 2, 2))
for name, args, each in (("tv_l1", "--convention torchmetrics", [17, 19.5]), ("tv_l2_squared", "--convention piq --tv-norm l2-squared", [26.75, 34.875])):
    ref.add("golden_" + name, "--pred golden_x.npy --target golden_x.npy --kind tv --range raw " + args, np.mean(each), "survey, golden C (piq, kornia)", per_sample=each)
ref.add("golden_tv_basicsr", "--pred golden_x.npy --target golden_x.npy --kind tv --range raw --convention basicsr", 3.0416665077209473, "survey, golden C (BasicSR, float32)", 1e-6)
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testdata", "images")

KINDS = {"ssim": ssim, "ms-ssim": msssim, "psnr": psnr, "tv": tv}


def both(name, pred="p.npy", target="t.npy", args="", kind="ssim", scale=(1, 1), shift=(0, 0), prepare=lambda x: x, grad=True, weight=None, f=None, **kw):
    """A case by definition: the mean over the pictures, each of them, the gradient by pred."""
    a, b = ref.tensor(pred).double(), ref.tensor(target).double()
    a.requires_grad_()
    x, y = a * scale[0] + shift[0], b * scale[1] + shift[1]
    x, y = (v[None] if v.dim() == 3 else v for v in (x, y))
    x, y = (v.permute(0, 3, 1, 2) if v.shape[3] == 3 else v for v in (x, y))
    each = (f or KINDS[kind])(prepare(x), prepare(y), **kw)
    each = each if weight is None else each * ref.tensor(weight)
    v = each.mean()
    v.backward()
    ref.add(name, ("--pred %s --target %s --kind %s " % (pred, target, kind) + args).strip(), v, per_sample=each.detach(), grad=a.grad if grad else None)


for kind in ("ssim", "psnr", "tv"):
    both(kind, kind=kind)
    both(kind + "_f2", "p_f2.npy", kind=kind, grad=False)
    both(kind + "_f8", "p_f8.npy", kind=kind)
    both(kind + "_last", "p_last.npy", "t_last.npy", kind=kind)
    both(kind + "_u1", "p_u1.npy", "t_u1.npy", kind=kind, scale=(1 / 255, 1 / 255), grad=False)
    both(kind + "_mixed", "p.npy", "t_u1.npy", kind=kind, scale=(1, 1 / 255))
    both(kind + "_luma", kind=kind, args="--color y", prepare=luma)
    both(kind + "_border", kind=kind, args="--crop-border 4", prepare=lambda x: crop(x, 4))
    both(kind + "_luma_border", kind=kind, args="--color y --crop-border 3", prepare=lambda x: luma(crop(x, 3)))
    both(kind + "_weight", kind=kind, args="--sample-weight weight.npy", weight="weight.npy")
both("ssim_u2", "p_u2.npy", "t.npy", scale=(1 / 65535, 1), grad=False)
both("ssim_signed", "t_signed.npy", "t_signed.npy", args="--range -1-1", scale=(0.5, 0.5), shift=(0.5, 0.5), grad=False)
both("tv_255", "p_255.npy", "p_255.npy", kind="tv", args="--range 255", scale=(1 / 255, 1 / 255))
both("ssim_window", args="--window 7 --sigma 0.8 --k1 0.02 --k2 0.05", window=7, sigma=0.8, k1=0.02, k2=0.05)
both("ssim_raw", args="--range raw")
both("tv_l2", kind="tv", args="--tv-norm l2", norm="l2")
both("tv_l2_squared", kind="tv", args="--tv-norm l2-squared", norm="l2-squared")
both("tv_sum", kind="tv", args="--tv-sum", total=True)
both("ms_ssim", "big_p.npy", "big_t.npy", kind="ms-ssim", grad=False)
both("ms_ssim_window", kind="ms-ssim", args="--window 3", window=3)
both("ms_ssim_even", "even_p.npy", "even_t.npy", kind="ms-ssim", args="--window 5", window=5, grad=False)

# libraries
LIB = {"piq": "piq " + piq.__version__, "torchmetrics": "torchmetrics 1.9.0"}


def library(name, lib, f, args, pred="p.npy", target="t.npy", grad=True):
    a, b = ref.tensor(pred).double(), ref.tensor(target).double()
    a.requires_grad_()
    x, y = (v[None] if v.dim() == 3 else v for v in (a, b))
    v = f(x, y)
    v.mean().backward()
    ref.add(name, "--pred %s --target %s --convention %s %s" % (pred, target, lib, args), v.mean(), LIB[lib], 1e-6, grad=a.grad if grad else None)


library("piq_ssim", "piq", lambda x, y: piq.ssim(x, y, data_range=1.0), "--kind ssim")
library("piq_ssim_shrunk", "piq", lambda x, y: piq.ssim(x, y, kernel_size=7, downsample=True), "--kind ssim --window 7")
library("piq_psnr", "piq", lambda x, y: piq.psnr(x, y), "--kind psnr")
library("piq_tv", "piq", lambda x, y: piq.total_variation(x, norm_type="l2"), "--kind tv")
library("piq_tv_l1", "piq", lambda x, y: piq.total_variation(x, norm_type="l1"), "--kind tv --tv-norm l1")
library("piq_tv_l2_squared", "piq", lambda x, y: piq.total_variation(x, norm_type="l2_squared"), "--kind tv --tv-norm l2-squared")
library("piq_ms_ssim_odd", "piq", lambda x, y: piq.multi_scale_ssim(x, y), "--kind ms-ssim", "big_p.npy", "big_t.npy", grad=False)
library("piq_ms_ssim_even", "piq", lambda x, y: piq.multi_scale_ssim(x, y), "--kind ms-ssim", "even_p.npy", "even_t.npy", grad=False)
library("torchmetrics_ssim", "torchmetrics", lambda x, y: tm.structural_similarity_index_measure(x, y, data_range=1.0), "--kind ssim")
library("torchmetrics_ms_ssim", "torchmetrics", lambda x, y: tm.multiscale_structural_similarity_index_measure(x, y, data_range=1.0), "--kind ms-ssim", "even_p.npy", "even_t.npy", grad=False)
library("torchmetrics_tv", "torchmetrics", lambda x, y: tm.total_variation(x, reduction="mean"), "--kind tv")

# pictures, as PIL reads them
for kind in ("ssim", "psnr", "tv"):
    for name in ("sr4", "jpeg10", "blur", "noise"):
        x, y = (torch.from_numpy(np.asarray(Image.open(os.path.join(DATA, f)).convert("RGB")).astype("f8") / 255).permute(2, 0, 1)[None] for f in ("coffee_%s.png" % name, "coffee.png"))
        v = KINDS[kind](x, y)
        ref.add("png_%s_%s" % (kind, name), "--pred ../images/coffee_%s.png --target ../images/coffee.png --kind %s" % (name, kind), v.mean())


# --resize, --crop, --crop-border, --color, in this order
def middle(n, part):
    return int(round((n - part) / 2))


def geometry(size=None, antialias=True, cut=None, border=0, y=False):
    """size and cut are (height, width)."""
    def f(x):
        if size:
            x = F.interpolate(x, size=size, mode="bilinear", align_corners=False, antialias=antialias)
        if cut:
            top, left = middle(x.shape[2], cut[0]), middle(x.shape[3], cut[1])
            x = x[:, :, top:top + cut[0], left:left + cut[1]]
        x = crop(x, border)
        return luma(x) if y else x
    return f


small, small_t = pictures(2, 17, 22, 0.08)
ref.put("small_p.npy", small)
ref.put("small_t.npy", small_t)
PLAIN = "--antialias=false "
for name, args, kw in (
    ("down", "--resize 20x13", dict(size=(13, 20))),
    ("up", "--resize 61x44", dict(size=(44, 61))),
    ("mixed", "--resize 50x15", dict(size=(15, 50))),
    ("side", "--resize 16", dict(size=(16, 16))),
    ("crop", "--resize 30 --crop 21", dict(size=(30, 30), cut=(21, 21))),
    ("all", "--resize 28x31 --crop 23x20 --crop-border 2 --color y", dict(size=(31, 28), cut=(20, 23), border=2, y=True)),
):
    both("resize_" + name, kind="psnr", args=args, prepare=geometry(**kw))
    both("resize_plain_" + name, kind="psnr", args=PLAIN + args, prepare=geometry(antialias=False, **kw))
both("resize_ssim", "p_last.npy", "t.npy", args="--resize 20x27 --window 5", window=5, prepare=geometry((27, 20)))
both("resize_tv", "p_f8.npy", kind="tv", args="--resize 12", prepare=geometry((12, 12)))
both("resize_sizes", "small_p.npy", kind="psnr", args="--resize 24x25", prepare=geometry((25, 24)))
both("resize_sizes_ssim", "p_last.npy", "small_t.npy", args="--resize 24x25 --window 3", window=3, prepare=geometry((25, 24)))
both("resize_u1", "p_u1.npy", "small_t.npy", kind="psnr", args="--resize 16x9", scale=(1 / 255, 1), prepare=geometry((9, 16)))
for kind in ("ssim", "psnr"):
    x, y = (torch.from_numpy(np.asarray(Image.open(os.path.join(DATA, f)).convert("RGB")).astype("f8")) for f in ("coffee_sr4.png", "coffee.png"))
    x.requires_grad_()
    v = KINDS[kind](*(geometry((48, 48))((a / 255).permute(2, 0, 1)[None]) for a in (x, y)))
    v.mean().backward()
    ref.add("png_grad_" + kind, "--pred ../images/coffee_sr4.png --target ../images/coffee.png --resize 48 --kind " + kind, v.mean(), grad=x.grad.float())
both("crop", "small_p.npy", "small_t.npy", kind="psnr", args="--crop 12", prepare=geometry(cut=(12, 12)))
both("crop_wide", "small_p.npy", "small_t.npy", kind="psnr", args="--crop 15x8", prepare=geometry(cut=(8, 15)))
both("crop_sizes", "small_p.npy", kind="psnr", args="--crop 16x15", prepare=geometry(cut=(15, 16)))

# --temporal
film, film_t = pictures(5, 12, 14, 0.1)
ref.put("film_p.npy", film)
ref.put("film_t.npy", film_t)
ref.put("film_weight.npy", f4([1, 0.5, 2, 1, 3]))


def temporal(name, args="", weight=1, reduce="mean", prepare=lambda x: x, factors=None, **kw):
    a, b = ref.tensor("film_p.npy", True), ref.tensor("film_t.npy")
    x, y = prepare(a), prepare(b)
    each = ((x[1:] - x[:-1]) - (y[1:] - y[:-1])).abs().mean((1, 2, 3))
    kind = tv(x)
    if factors is not None:
        each, kind = each * factors[1:], kind * factors
    v = kind.mean() + weight * each.mean() if reduce == "mean" else kind.sum() + weight * each.sum()
    v.backward()
    rows = kind.detach() + weight * torch.cat([torch.zeros(1), each.detach()])
    ref.add(name, "--pred film_p.npy --target film_t.npy --kind tv --temporal " + args, v, per_sample=rows, grad=a.grad)
    ref.cases[-1]["components"] = {"temporal": plain(each.mean() if reduce == "mean" else each.sum())}


temporal("temporal")
temporal("temporal_weight", "--temporal-weight 2.5", weight=2.5)
temporal("temporal_sum", "--reduction sum --temporal-weight 0.5", weight=0.5, reduce="sum")
temporal("temporal_luma", "--color y --resize 9x8 --crop-border 1", prepare=geometry((8, 9), border=1, y=True))
temporal("temporal_factors", "--sample-weight film_weight.npy", factors=ref.tensor("film_weight.npy"))
ref.write("piq", "torchmetrics", "pillow")
