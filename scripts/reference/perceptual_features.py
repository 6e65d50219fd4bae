"""Writes testdata/perceptual_features: losses of feature maps, and their gradients; see README.md."""
import numpy as np
import torch
import piq
import torchmetrics.functional.image.lpips as tm_lpips
import lpips as lpips_package
import libraries
from cases import *

rng = np.random.default_rng(17)
ref = Cases("perceptual_features")
LAYERS = {"relu1": (4, 6, 5), "relu2": (6, 3, 2), "pool": (7,)}
p = {k: rng.standard_normal((3,) + s).astype("f4") for k, s in LAYERS.items()}
t = {k: (v + 0.5 * rng.standard_normal(v.shape)).astype("f4") for k, v in p.items()}
w = {k: rng.random(s[0]).astype("f4") for k, s in LAYERS.items()}
for k in LAYERS:
    ref.put("p_%s.npy" % k, p[k])
    ref.put("t_%s.npy" % k, t[k])
ref.put("p_f8.npy", p["relu1"].astype("f8"))
ref.put("t_f2.npy", t["relu1"].astype("f2"))
ref.put("w_relu1.npy", w["relu1"])
ref.put("weight.npy", f4([0.5, 2, 1]))
for name, d in (("p", p), ("t", t), ("w", w)):
    np.savez(os.path.join(ref.out, name + ".npz"), **{k: d[k] for k in (reversed(d) if name == "t" else d)})
    ref.arrays[name + ".npz"] = None
np.savez_compressed(os.path.join(ref.out, "p_small.npz"), **p)
ref.arrays["p_small.npz"] = None


def apart(norm, x, y):
    d = (x - y).flatten(1)
    return {"l1": d.abs().mean(1), "mse": (d**2).mean(1), "fro": (d**2).sum(1).sqrt(), "gatys": (d**2).sum(1) / 2}[norm]


def gram(x, kind):
    f = x.flatten(2) if x.dim() > 2 else x[:, :, None]
    n, c, hw = f.shape
    return f @ f.transpose(1, 2) / {"hw": hw, "chw": c * hw, "gatys": 2 * hw, "none": 1}[kind]


def content(x, y, norm="mse"):
    return apart(norm, x, y)


def style(x, y, kind="chw", norm="mse"):
    return apart(norm, gram(x, kind), gram(y, kind))


def lpips(x, y, weights=None, root=0):
    f = [v.flatten(2) if v.dim() > 2 else v[:, :, None] for v in (x, y)]
    u, v = (a / ((root + (a**2).sum(1, keepdim=True)).sqrt() + (0 if root else 1e-10)) for a in f)
    d = (u - v) ** 2
    return (d if weights is None else d * weights.view(1, -1, 1)).sum(1).mean(1)


def one(name, args, f, pred="p_relu1.npy", target="t_relu1.npy", by="pred", source=DEFINITION, tolerance=1e-9, weight=None, each=True):
    x, y = ref.tensor(pred), ref.tensor(target)
    (x if by == "pred" else y).requires_grad_()
    v = f(x, y)
    v = v if weight is None else v * ref.tensor(weight)
    v.mean().backward()
    args = "--pred %s --target %s %s" % (pred, target, args) + (" --grad-of target" if by == "target" else "")
    ref.add(name, args, v.mean(), source, tolerance, v.detach() if each else None, (x if by == "pred" else y).grad)


for norm in ("l1", "mse", "fro", "gatys"):
    one("content_" + norm, "--content-norm " + norm, lambda x, y: content(x, y, norm))
for kind in ("hw", "chw", "gatys", "none"):
    one("style_" + kind, "--kind style --gram " + kind, lambda x, y: style(x, y, kind))
for norm in ("l1", "fro"):
    one("style_" + norm, "--kind style --style-norm " + norm, lambda x, y: style(x, y, norm=norm), by="target")
one("lpips", "--kind lpips", lpips)
one("lpips_target", "--kind lpips", lpips, by="target")
one("lpips_weights", "--kind lpips --channel-weights w_relu1.npy", lambda x, y: lpips(x, y, ref.tensor("w_relu1.npy")))
one("lpips_torchmetrics", "--convention torchmetrics", lambda x, y: lpips(x, y, root=1e-8))
one("matching", "--kind feature-matching", lambda x, y: apart("l1", x, y))
one("rows", "--kind lpips", lpips, "p_pool.npy", "t_pool.npy")
one("rows_style", "--kind style", style, "p_pool.npy", "t_pool.npy")
one("f8", "", content, "p_f8.npy", "t_f2.npy")
one("weight", "--sample-weight weight.npy", content, weight="weight.npy")


def several(name, args, f, weights, over=1, pred="p.npz", kind="content", source=DEFINITION):
    """Layers of npz files: parts by layer."""
    parts = {k: c * f(k, torch.from_numpy(p[k]).double(), torch.from_numpy(t[k]).double()) / over for k, c in weights.items()}
    each = sum(parts.values())
    ref.add(name, "--pred %s --target t.npz %s" % (pred, args), each.mean(), source, 1e-9, each)
    ref.cases[-1]["components"] = {kind + "_" + k: plain(v.mean()) for k, v in parts.items()}


ALL = dict.fromkeys(LAYERS, 1)
SOME = {"relu2": 0.5, "relu1": 3}
several("layers", "", lambda k, x, y: content(x, y), ALL)
several("layers_compressed", "", lambda k, x, y: content(x, y), ALL, pred="p_small.npz")
several("layers_chosen", "--layers relu2=0.5,relu1=3", lambda k, x, y: content(x, y), SOME)
several("layers_style", "--kind style", lambda k, x, y: style(x, y), ALL, kind="style")
several("layers_lpips", "--kind lpips --channel-weights w.npz", lambda k, x, y: lpips(x, y, torch.from_numpy(w[k]).double()), ALL, kind="lpips")
several("layers_matching", "--kind feature-matching", lambda k, x, y: apart("l1", x, y), ALL, 3, kind="feature_matching")
several("layers_pix2pixhd", "--convention pix2pixhd --layers relu2=0.5,relu1=3", lambda k, x, y: apart("l1", x, y), SOME, kind="feature_matching")

# Golden C of the survey: feature maps and what libraries made of them in float32
ref.put("x.npy", f4([-1.5, -0.5, 0.5, 1.5, -0.75, 0.25, 1.25, -1.0, 0.0, 1.0, -1.25, -0.25, 0.75, -1.5, -0.5, 0.5, 1.5, -0.75, 0.25, 1.25, -1.0, 0.0, 1.0, -1.25]).reshape(2, 3, 2, 2))
ref.put("y.npy", f4([-1.6, 0.6, -0.6, 1.6, 0.4, -0.8, 1.4, 0.2, -1.0, 1.2, 0.0, -1.2, 1.0, -0.2, -1.4, 0.8, -0.4, -1.6, 0.6, -0.6, 1.6, 0.4, -0.8, 1.4]).reshape(2, 3, 2, 2))
ref.put("w.npy", f4([0.5, 1, 2]))
ref.put("x1.npy", ref.load("x.npy")[:1])
ref.put("y1.npy", ref.load("y.npy")[:1])
GOLDEN = "survey, golden C (float32)"
for name, args, value, each in (
    ("style_chw", "--kind style", 0.045791614800691605, None),
    ("style_l1", "--kind style --style-norm l1 --convention basicsr", 0.15724536776542664, None),
    ("gatys_style", "--kind style --convention gatys", None, [0.028574731200933456, 0.1774875521659851]),
    ("gatys_content", "--kind content --convention gatys", None, [4.916250228881836, 13.856249809265137]),
    ("piq_style", "--kind style --convention piq", 6.593993186950684, None),
    ("piq_content", "--kind content --convention piq", 4.693124771118164, None),
    ("mse", "", 1.5643749237060547, None),
    ("l1", "--content-norm l1", 1.0208333730697632, None),
    ("lpips", "--kind lpips", None, [0.8790121078491211, 2.242844343185425]),
    ("lpips_lin", "--kind lpips --channel-weights w.npy", None, [0.9772717356681824, 3.61337947845459]),
    ("lpips_torchmetrics", "--convention torchmetrics --channel-weights w.npy", None, [0.9772717356681824, 3.61337947845459]),
):
    ref.add("golden_" + name, "--pred x.npy --target y.npy " + args, np.mean(each) if value is None else value, GOLDEN, 1e-6, each)


class Same(torch.nn.Module):
    """A network of one layer that does nothing."""

    def __init__(self):
        super().__init__()
        self.add_module("0", torch.nn.Identity())


plain_ = dict(mean=[0.0] * 3, std=[1.0] * 3)
one("lib_piq_content", "--convention piq", lambda x, y: piq.ContentLoss(Same(), ["0"], **plain_, reduction="none")(x, y), "x.npy", "y.npy", source="piq " + piq.__version__)
one("lib_piq_style", "--convention piq --kind style", lambda x, y: piq.StyleLoss(Same(), ["0"], **plain_, reduction="none")(x, y), "x.npy", "y.npy", source="piq " + piq.__version__)
one("lib_lpips", "--kind lpips --convention lpips", lambda x, y: ((lpips_package.normalize_tensor(x) - lpips_package.normalize_tensor(y)) ** 2).sum(1).mean((1, 2)), source="lpips 0.1.4")
one("lib_torchmetrics", "--convention torchmetrics", lambda x, y: ((tm_lpips._normalize_tensor(x) - tm_lpips._normalize_tensor(y)) ** 2).sum(1).mean((1, 2)), source="torchmetrics 1.9.0")
basicsr = libraries.basicsr_perceptual(lambda **kw: lambda x: {"a": x})
one("lib_basicsr_content", "--convention basicsr", lambda x, y: basicsr.PerceptualLoss({"a": 1.0})(x, y)[0], each=False, source="basicsr 1.4.2")
one("lib_basicsr_style", "--convention basicsr --kind style", lambda x, y: basicsr.PerceptualLoss({"a": 1.0}, style_weight=1)(x, y)[1], each=False, source="basicsr 1.4.2")
for name, at in (("content", 0), ("style", 1)):
    one("lib_basicsr_fro_" + name, "--convention basicsr --content-norm fro --style-norm fro --kind " + name, lambda x, y: basicsr.PerceptualLoss({"a": 1.0}, style_weight=1, criterion="fro")(x, y)[at], "x1.npy", "y1.npy", each=False, source="basicsr 1.4.2")
ref.write("piq", "torchmetrics", "lpips", "basicsr")
