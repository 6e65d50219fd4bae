"""Reference values of `lossctl dice` and `lossctl iou`: testdata/{dice,iou}/*.npy and reference.json, see README.md.

    python overlap.py

Definitions: `loss` below, in float64 on the stored values, one ratio a class and sample, batch or data set; gradients by
autograd. Conventions: the libraries themselves in float64 (segmentation_models_pytorch, MONAI, kornia, torchmetrics, optax),
or the published formula where the library is not importable (nnU-Net, mmsegmentation, mmdetection, focal-tversky-unet).
"""
import os, warnings
os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn.functional as F
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import monai.losses as ml
import kornia.losses as kl
import optax
import segmentation_models_pytorch as smp
import torchmetrics.functional.segmentation as tm
from cases import Cases, f4

SEG = "../seg/"


def arrays(c):
    """Golden A of the survey and masks of several kinds."""
    n, k, h, w = 2, 3, 2, 3
    i = np.arange(n * k * h * w)
    c.put("a_logits.npy", f4((((i * 37) % 23) - 11) / 5).reshape(n, k, h, w))
    N, H, W = np.meshgrid(np.arange(n), np.arange(h), np.arange(w), indexing="ij")
    ids = ((7 * N + 3 * H + 5 * W) % 2).astype(np.int64)                    # class 2 is absent
    c.put("a_ids.npy", ids)
    c.put("a_last.npy", np.moveaxis(c.arrays["a_logits.npy"], 1, -1))
    r = np.random.RandomState(5)
    c.put("logits.npy", f4(2 * r.randn(5, 4, 6, 7)))
    c.put("logits_f2.npy", c.arrays["logits.npy"].astype(np.float16))
    c.put("logits_f8.npy", 2 * r.randn(5, 4, 6, 7))
    ids = r.randint(0, 4, (5, 6, 7)).astype(np.uint8)
    ids[1][ids[1] == 3] = 0                                                 # absent from a sample
    ids[2] = 0                                                              # background alone
    c.put("ids.npy", ids)
    void = ids.copy(); void[0, :2] = 255; void[3, 4] = 255
    c.put("void.npy", void)
    gone = ids.copy(); gone[4] = 255                                        # a sample of nothing else
    c.put("gone.npy", gone)
    c.put("mask.npy", (r.rand(5, 6, 7) < 0.7))
    c.put("weight.npy", f4(0.2 + r.rand(5, 6, 7)))
    c.put("weight_samples.npy", f4([1, 0.5, 2, 0, 1.5]))
    c.put("soft.npy", f4(r.rand(5, 4, 6, 7)))
    c.put("hard.npy", (r.rand(5, 4, 6, 7) < 0.3).astype(np.uint8))
    p = torch.softmax(torch.from_numpy(c.arrays["logits.npy"]).double(), 1).numpy()
    c.put("probs.npy", f4(p))
    c.put("logprobs.npy", np.log(p))
    c.put("flat.npy", f4(2 * r.randn(4, 5, 6)))                             # one mask
    m = (r.rand(4, 5, 6) < 0.4); m[2] = False
    c.put("flat_mask.npy", m)
    c.put("flat_255.npy", (m * 255).astype(np.uint8))
    c.put("flat_pred.npy", (r.rand(4, 5, 6) < 0.4).astype(np.uint8))
    c.put("labels.npy", r.randint(0, 4, (5, 6, 7)).astype(np.uint8))
    c.put("volume.npy", f4(2 * r.randn(2, 3, 4, 5, 6)))                      # (N,C,D,H,W)
    c.put("volume_ids.npy", r.randint(0, 3, (2, 4, 5, 6)).astype(np.int32))


def masks(c, pred, target, activation="softmax", as_="logits", axis=1):
    """p and t as (N,C,pixels), and the tensor that gradients are taken by."""
    x = c.tensor(pred, grad=True)
    y = x.movedim(axis, 1) if axis != 1 else x
    t = c.tensor(target)
    if t.dim() == x.dim() - 1 and not (x.dim() == 3):
        k = y.shape[1]
        t = F.one_hot(torch.where(t > 200, 0, t.long()), k).movedim(-1, 1).double()
    if x.dim() == 3:                                                        # one mask
        y, t = y[:, None], t.double()[:, None]
        if t.max() > 1:
            t = t / 255
        activation = "sigmoid"
    t = t.double()
    if as_ == "probs":
        p = y
    elif as_ == "logprobs":
        p = y.exp()
    else:
        p = torch.softmax(y, 1) if activation == "softmax" else torch.sigmoid(y)
    n, k = p.shape[:2]
    return x, p.reshape(n, k, -1), t.reshape(n, k, -1)


def cells(p, t, w, scope, batch=0):
    """I, P, T, P², T² of every group of samples and class."""
    w = torch.ones_like(t[:, :1]) if w is None else w.reshape(w.shape[0], 1, -1).expand(-1, 1, t.shape[2])
    s = [(w * v).sum(2) for v in (p * t, p, t, p * p, t * t)]
    n = p.shape[0]
    size = {"sample": 1, "batch": batch or n, "dataset": n}[scope]
    return [torch.stack([v[i:i + size].sum(0) for i in range(0, n, size)]) for v in s]


def loss(p, t, w=None, kind="dice", scope="sample", batch=0, average="macro", nr=0.0, dr=0.0, squared=False, fp=0.5, fn=0.5, gamma=0.75,
         log=False, empty="skip", absent="count", classes=None, class_weight=None, reduction="mean", volume="square", rows=False):
    """The definition of explain: a score a cell, a policy for the empty ones, the mean of the cells."""
    I, P, T, P2, T2 = cells(p, t, w, scope, batch)
    A, B = (P2, T2) if squared else (P, T)

    def score(I, A, B):
        if kind in ("tversky", "focal-tversky"):
            return (I + nr) / (I + fp * (A - I) + fn * (B - I) + dr)
        if kind == "jaccard":
            return (I + nr) / (A + B - I + dr)
        return (2 * I + nr) / (A + B + dr)

    def shape(s):
        if log:
            return -torch.log(s)
        return {"focal-tversky": lambda m: m ** gamma, "log-cosh": lambda m: torch.log(torch.cosh(m))}.get(kind, lambda m: m)(1 - s)

    inside = list(range(p.shape[1])) if classes is None else classes
    cw = torch.tensor([class_weight[c] if class_weight else 1.0 for c in inside])
    I, A, B, T = I[:, inside], A[:, inside], B[:, inside], T[:, inside]
    if average == "micro" or kind == "generalized":
        v = torch.ones_like(T)
        if kind == "generalized":
            v = {"square": 1 / T ** 2, "simple": 1 / T, "uniform": v}[volume]
            for row in v:
                row[torch.isinf(row)] = row[~torch.isinf(row)].max()
        return shape(score((v * I).sum(1), (v * A).sum(1), (v * B).sum(1))).mean()
    keep = torch.ones_like(T)
    nothing = (A + B + dr) == 0
    fixed = {"perfect": 0.0, "worst": 1.0, "nan": float("nan"), "skip": 0.0}[empty]
    safe = torch.where(nothing, torch.ones_like(B), B)
    l = torch.where(nothing, torch.full_like(T, fixed), shape(score(I, A, safe)))
    if empty == "skip":
        keep = torch.where(nothing, 0.0, keep)
    if absent == "skip":
        keep = torch.where(T == 0, 0.0, keep)
    if average == "weighted":
        keep = keep * T / T.sum(1, keepdim=True)
    l = torch.where(keep > 0, l, 0.0)
    if rows:
        return (l * keep * cw).sum(1) / keep.sum(1)
    total = (l * keep * cw).sum()
    if reduction == "nested":
        return ((l * keep * cw).sum(1) / keep.sum(1)).mean()
    return {"mean": total / keep.sum(), "weighted": total / (keep * cw).sum(), "sum": total}[reduction]


def lovasz_weights(fg):
    total = fg.sum()
    union = total + (1 - fg).cumsum(0)
    jaccard = 1 - (total - fg.cumsum(0)) / union
    return torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])


def lovasz(p, t, scope):
    """Softmax probabilities (N,C,pixels): the classes that are there, of each sample or of all."""
    if scope != "sample":
        p, t = p.movedim(1, 0).flatten(1)[None], t.movedim(1, 0).flatten(1)[None]
    l = []
    for n in range(p.shape[0]):
        for c in range(p.shape[1]):
            if t[n, c].sum() > 0:
                e, order = (t[n, c] - p[n, c]).abs().sort(descending=True)
                l.append((e * lovasz_weights(t[n, c][order])).sum())
    return torch.stack(l).mean()


def lovasz_hinge(x, t):
    l = []
    for n in range(x.shape[0]):
        e, order = (1 - x[n] * (2 * t[n] - 1)).sort(descending=True)
        l.append((F.relu(e) * lovasz_weights(t[n][order])).sum())
    return torch.stack(l).mean()


def define(c, command):
    def case(name, args, pred="logits.npy", target="ids.npy", w=None, activation="softmax", as_="logits", axis=1, grad=False, rows=False, **k):
        x, p, t = masks(c, pred, target, activation, as_, axis)
        weight = None if w is None else w
        if command == "iou":
            k.setdefault("kind", "jaccard")
        v = loss(p, t, weight, **k)
        g = torch.autograd.grad(v, x)[0] if grad else None
        per = loss(p, t, weight, rows=True, **{q: z for q, z in k.items() if q != "reduction"}) if rows else None
        c.add(name, "--pred %s --target %s %s" % (pred, target, args), v, grad=g, per_sample=per)

    w = c.tensor("weight.npy")
    case("default", "", grad=True, rows=True)
    case("default_a", "", "a_logits.npy", "a_ids.npy", grad=True, rows=True)
    case("last_axis", "--class-axis -1", "a_last.npy", "a_ids.npy", axis=-1, grad=True)
    case("f8", "", "logits_f8.npy")
    case("f2", "", "logits_f2.npy", grad=True)
    case("volume", "", "volume.npy", "volume_ids.npy", grad=True, rows=True)
    case("probs", "--pred-as probs", "probs.npy", as_="probs", grad=True)
    case("logprobs", "--pred-as logprobs", "logprobs.npy", as_="logprobs", grad=True)
    case("multilabel", "", target="hard.npy", activation="sigmoid", grad=True, rows=True)
    case("soft_targets", "", target="soft.npy", activation="sigmoid", grad=True)
    case("softmax_of_masks", "--activation softmax", target="hard.npy", grad=True)
    case("sigmoid_of_ids", "--activation sigmoid", activation="sigmoid", grad=True)
    case("one_mask", "", "flat.npy", "flat_mask.npy", grad=True)
    case("one_mask_255", "", "flat.npy", "flat_255.npy")
    for scope, batch in (("batch", 0), ("batch", 2), ("dataset", 0)):
        case("%s_%d" % (scope, batch), "--scope %s" % scope + (" --batch-size %d" % batch if batch else ""), scope=scope, batch=batch, grad=True)
    case("micro", "--average micro", average="micro", grad=True)
    case("micro_dataset", "--average micro --scope dataset", average="micro", scope="dataset")
    case("weighted_classes", "--average weighted", average="weighted", grad=True)
    case("no_background", "--exclude-background", classes=[1, 2, 3], grad=True, rows=True)
    case("some_classes", "--classes 1,3", classes=[1, 3])
    case("class_weight", "--class-weight 1,2,0.5,3", class_weight=[1, 2, 0.5, 3], grad=True)
    case("class_weight_weighted", "--class-weight 1,2,0.5,3 --reduction weighted", class_weight=[1, 2, 0.5, 3], reduction="weighted")
    case("sum", "--reduction sum", reduction="sum", grad=True)
    case("nested", "--reduction nested --absent skip", reduction="nested", absent="skip", grad=True)
    case("smooth", "--smooth 1", nr=1, dr=1, grad=True)
    case("smooth_apart", "--smooth-nr 0.1 --smooth-dr 0.5", nr=0.1, dr=0.5)
    case("squared", "--squared", squared=True, grad=True)
    case("squared_soft", "--squared", target="soft.npy", activation="sigmoid", squared=True, grad=True)
    case("log", "--log --smooth 0.1", log=True, nr=0.1, dr=0.1, grad=True)
    case("absent_skip", "--absent skip", absent="skip", grad=True, rows=True)
    case("mask", "--mask mask.npy", w=c.tensor("mask.npy").double(), grad=True)
    case("weights", "--sample-weight weight.npy", w=w, grad=True)
    case("weights_squared", "--sample-weight weight.npy --squared", w=w, squared=True, grad=True)
    void = (c.tensor("void.npy") != 255).double()
    case("ignored", "--ignore-index 255", target="void.npy", w=void, grad=True)
    # decided masks and label maps
    x, p, t = masks(c, "logits.npy", "ids.npy")
    hard = F.one_hot(p.argmax(1), 4).movedim(-1, 1).double()
    for empty in ("skip", "perfect", "worst", "nan"):
        c.add("hard_%s" % empty, "--pred logits.npy --target ids.npy --hard --empty %s" % empty, loss(hard, t, empty=empty, kind="dice" if command == "dice" else "jaccard"))
    _, q, u = masks(c, "flat.npy", "flat_mask.npy")
    c.add("threshold", "--pred flat.npy --target flat_mask.npy --hard --threshold 0.7", loss((q >= 0.7).double(), u, kind="dice" if command == "dice" else "jaccard"))
    lab = F.one_hot(c.tensor("labels.npy").long(), 4).movedim(-1, 1).reshape(5, 4, -1).double()
    c.add("label_maps", "--pred labels.npy --target ids.npy", loss(lab, t, kind="dice" if command == "dice" else "jaccard"))
    lab1 = c.tensor("flat_pred.npy").double().reshape(4, 1, -1)
    c.add("mask_maps", "--pred flat_pred.npy --target flat_mask.npy", loss(lab1, u, kind="dice" if command == "dice" else "jaccard"))
    c.add("mask_maps_255", "--pred flat_pred.npy --target flat_255.npy --scope dataset", loss(lab1, u, scope="dataset", kind="dice" if command == "dice" else "jaccard"))
    return case


def dice(c):
    case = define(c, "dice")
    for volume in ("square", "simple", "uniform"):
        case("generalized_" + volume, "--kind generalized --volume-weight %s" % volume, kind="generalized", volume=volume, grad=True)
    case("generalized_dataset", "--kind generalized --scope dataset", kind="generalized", scope="dataset")
    case("tversky", "--kind tversky --fp-weight 0.3 --fn-weight 0.7", kind="tversky", fp=0.3, fn=0.7, grad=True)
    case("tversky_smooth", "--kind tversky --fp-weight 1 --fn-weight 1 --smooth 1", kind="tversky", fp=1, fn=1, nr=1, dr=1)
    case("focal_tversky", "--kind focal-tversky --fp-weight 0.3 --fn-weight 0.7", kind="focal-tversky", fp=0.3, fn=0.7, grad=True)
    case("log_cosh", "--kind log-cosh", kind="log-cosh", grad=True)

    def both(name, args, pred, target, activation, ce, focal, gamma=2.0, grad=True):
        x, p, t = masks(c, pred, target, activation)
        z = x.reshape(x.shape[0], -1, p.shape[2])
        if activation == "softmax":
            lp = torch.log_softmax(z, 1)
            e, f = -(t * lp).sum(1).mean(), -(t * (1 - lp.exp()) ** gamma * lp).sum(1).mean()
        else:
            b = F.binary_cross_entropy_with_logits(z, t, reduction="none")
            pt = torch.sigmoid(z) * t + (1 - torch.sigmoid(z)) * (1 - t)
            e, f = b.mean(), (b * (1 - pt) ** gamma).mean()
        v = loss(p, t) + ce * e + focal * f
        c.add(name, "--pred %s --target %s %s" % (pred, target, args), v, grad=torch.autograd.grad(v, x)[0] if grad else None)
    both("with_ce", "--with-ce 0.5", "logits.npy", "ids.npy", "softmax", 0.5, 0)
    both("with_focal", "--with-focal 2 --focal-gamma 1.5", "logits.npy", "ids.npy", "softmax", 0, 2, 1.5)
    both("with_both_masks", "--with-ce 1 --with-focal 1", "logits.npy", "hard.npy", "sigmoid", 1, 1)

    # conventions, by the libraries in float64
    G = [("a", "a_logits.npy", "a_ids.npy"), ("n", "logits.npy", "ids.npy")]
    for tag, pred, target in G:
        x, ids = c.tensor(pred), c.tensor(target).long()
        files = "--pred %s --target %s " % (pred, target)
        k = x.shape[1]

        def lib(name, args, v, source):
            c.add("%s_%s" % (name, tag), files + args, v, source=source, tolerance=1e-6)
        S = "segmentation_models_pytorch"
        lib("smp", "--convention smp", smp.losses.DiceLoss("multiclass")(x, ids), S)
        lib("smp_smooth", "--convention smp --smooth 1", smp.losses.DiceLoss("multiclass", smooth=1.0)(x, ids), S)
        lib("smp_log", "--convention smp --log", smp.losses.DiceLoss("multiclass", log_loss=True)(x, ids), S)
        lib("smp_tversky", "--convention smp --kind tversky --fp-weight 0.3 --fn-weight 0.7", smp.losses.TverskyLoss("multiclass", alpha=0.3, beta=0.7)(x, ids), S)
        lib("smp_focal_tversky", "--convention smp --kind focal-tversky --fp-weight 0.3 --fn-weight 0.7 --gamma 0.75", smp.losses.TverskyLoss("multiclass", alpha=0.3, beta=0.7, gamma=0.75)(x, ids), S)
        M, y = "monai, Tensor.float left alone", ids[:, None]
        keep, torch.Tensor.float = torch.Tensor.float, lambda s, *a, **kw: s.double()
        o = dict(softmax=True, to_onehot_y=True)
        lib("monai", "--convention monai", ml.DiceLoss(**o)(x, y), M)
        lib("monai_batch", "--convention monai-batch", ml.DiceLoss(batch=True, **o)(x, y), M)
        lib("monai_no_background", "--convention monai --exclude-background", ml.DiceLoss(include_background=False, **o)(x, y), M)
        lib("monai_squared", "--convention monai --squared", ml.DiceLoss(squared_pred=True, **o)(x, y), M)
        lib("monai_tversky", "--convention monai --kind tversky --fp-weight 0.3 --fn-weight 0.7", ml.TverskyLoss(alpha=0.3, beta=0.7, **o)(x, y), M)
        lib("monai_generalized", "--convention monai --kind generalized", ml.GeneralizedDiceLoss(**o)(x, y), M)
        lib("monai_generalized_batch", "--convention monai-batch --kind generalized", ml.GeneralizedDiceLoss(batch=True, **o)(x, y), M)
        lib("monai_ce", "--convention monai --with-ce 1", ml.DiceCELoss(**o)(x, y), M)
        lib("monai_focal", "--convention monai --with-focal 1", ml.DiceFocalLoss(**o)(x, y), M)
        torch.Tensor.float = keep
        K = "kornia"
        lib("kornia", "--convention kornia", kl.dice_loss(x, ids, average="micro"), K)
        lib("kornia_macro", "--convention kornia --average macro --absent skip --reduction nested", kl.dice_loss(x, ids, average="macro"), K)
        h = np.asarray(jax.nn.one_hot(jnp.asarray(ids.numpy()), k, axis=1, dtype=jnp.float64))
        q = np.moveaxis(x.numpy(), 1, -1), np.moveaxis(h, 1, -1)
        v = optax.losses.dice_loss(jnp.asarray(q[0]), jnp.asarray(q[1]), apply_softmax=True)
        lib("optax", "--convention optax", float(jnp.mean(v)), "optax, mean over samples")
        # published formulas
        p, t = torch.softmax(x, 1).flatten(2), F.one_hot(ids, k).movedim(-1, 1).double().flatten(2)
        I, P, T = (p * t).sum(2), p.sum(2), t.sum(2)
        lib("nnunet", "--convention nnunet", -((2 * I + 1) / torch.clip(P + T + 1, 1e-8)).mean(), "nnU-Net SoftDiceLoss, published formula")
        b = [v.sum(0)[1:] for v in (I, P, T)]
        lib("nnunet_trainer", "--convention nnunet-trainer", -((2 * b[0] + 1e-5) / torch.clip(b[1] + b[2] + 1e-5, 1e-8)).mean(), "nnU-Net SoftDiceLoss, published formula")
        lib("mmseg", "--convention mmseg", (1 - (2 * I + 1) / ((p ** 2).sum(2) + T + 1)).mean(), "mmsegmentation 0.x dice_loss, published formula")
        lib("mmdet", "--convention mmdet", (1 - 2 * I / ((p ** 2).sum(2) + 1e-3 + T + 1e-3)).mean(), "mmdetection dice_loss, published formula")
        FP, FN = (P - I).sum(0), (T - I).sum(0)
        ti = (I.sum(0) + 1) / (I.sum(0) + 0.3 * FP + 0.7 * FN + 1)
        lib("abraham", "--convention abraham", ((1 - ti) ** 0.75).mean(), "focal-tversky-unet, published formula, mean of the classes")
        pred_ids = x.argmax(1)
        score = tm.dice_score(pred_ids, ids, num_classes=k, average="none", input_format="index")
        rows = torch.nanmean(score, 1)
        lib("torchmetrics", "--convention torchmetrics", 1 - torch.nanmean(score), "torchmetrics dice_score, 1 − nanmean of all samples and classes")
    empty(c, "dice", (("smp_empty", "--convention smp", 0.0), ("smp_full", "--convention smp", 0.0), ("monai_empty", "--convention monai", 0.00082380),
                      ("monai_full", "--convention monai", 0.99999750), ("monai_zero", "--convention monai", 0.0), ("nnunet_empty", "--convention nnunet", -1.0),
                      ("nnunet_full", "--convention nnunet", -0.2), ("monai_half", "--convention monai", 0.49999875), ("smp_half", "--convention smp", 0.0)))
    for x, target, name in ((c.tensor("logits.npy"), "hard.npy", "smp_multilabel"), (c.tensor("logits.npy"), "soft.npy", "smp_soft")):
        c.add(name, "--pred logits.npy --target %s --convention smp" % target, smp.losses.DiceLoss("multilabel")(x, c.tensor(target)), source="segmentation_models_pytorch", tolerance=1e-6)
    for name, args, want in (
            ("smp", "--convention smp", 0.44855282), ("smp_smooth", "--convention smp --smooth 1", 0.37333104),
            ("smp_tversky", "--convention smp --kind tversky --fp-weight 0.3 --fn-weight 0.7", 0.46401891),
            ("monai", "--convention monai", 0.78528029), ("monai_batch", "--convention monai-batch", 0.78188485),
            ("monai_no_background", "--convention monai --exclude-background", 0.81131208), ("monai_squared", "--convention monai --squared", 0.75260860),
            ("monai_generalized", "--convention monai --kind generalized", 0.72465348), ("monai_generalized_batch", "--convention monai-batch --kind generalized", 0.72464812),
            ("monai_tversky", "--convention monai --kind tversky --fp-weight 0.3 --fn-weight 0.7", 0.79920173),
            ("monai_ce", "--convention monai --with-ce 1", 2.76965714), ("monai_focal", "--convention monai --with-focal 1", 1.31549048),
            ("kornia", "--convention kornia-0.8", 0.72465849), ("kornia_macro", "--convention kornia-0.8 --average macro", 0.78528214),
            ("kornia_tversky", "--convention kornia --kind tversky --fp-weight 0.3 --fn-weight 0.7", 0.72465897),
            ("kornia_tversky_swapped", "--convention kornia --kind tversky --fp-weight 0.7 --fn-weight 0.3", 0.72465897),
            ("smp_per_image", "--convention smp --scope sample", 0.45194960),
            ("f1_micro", "--hard --scope dataset --average micro", 0.75), ("f1_macro", "--hard --scope dataset", 1 - 0.19528620),
            ("f1_micro_imagewise", "--hard --average micro", 0.75), ("f1_macro_imagewise", "--hard", 1 - 0.18888889),
            ("torchmetrics_weighted", "--convention torchmetrics --average weighted", 1 - (0.16666667 + 0.4) / 2),
            ("nnunet", "--convention nnunet", -0.40266296), ("nnunet_trainer", "--convention nnunet-trainer", -0.18801069), ("mmseg", "--convention mmseg", 0.52486604)):
        c.add("golden_" + name, "--pred a_logits.npy --target a_ids.npy " + args, want, source="survey, float32", tolerance=2e-7 / abs(want) + 1e-7)


def empty(c, command, cases):
    """The survey's empty masks: four pixels, logits of −20 and of 20 against nothing, and halves against halves."""
    c.put("empty_target.npy", np.zeros((1, 4), np.uint8))
    c.put("empty_pred.npy", f4(np.full((1, 4), -20)))
    c.put("full_pred.npy", f4(np.full((1, 4), 20)))
    c.put("half.npy", f4(np.full((1, 4), 0.5)))
    c.put("zeros.npy", f4(np.zeros((1, 4))))
    for name, args, want in cases:
        pred = {"full": "full_pred.npy", "zero": "zeros.npy", "half": "half.npy"}.get(name.split("_")[-1], "empty_pred.npy")
        files = "--pred %s --target %s " % (pred, "half.npy" if pred == "half.npy" else "empty_target.npy")
        c.add("golden_empty_" + name, files + args + (" --pred-as probs" if pred in ("half.npy", "zeros.npy") else ""), want, source="survey, float32", tolerance=3e-5)


def iou(c):
    case = define(c, "iou")
    for name, pred, target in (("a", "a_logits.npy", "a_ids.npy"), ("n", "logits.npy", "ids.npy")):
        for scope in ("sample", "batch"):
            x, p, t = masks(c, pred, target)
            v = lovasz(p, t, scope)
            c.add("lovasz_%s_%s" % (scope, name), "--pred %s --target %s --kind lovasz --scope %s" % (pred, target, scope), v, grad=torch.autograd.grad(v, x)[0])
        x, ids = c.tensor(pred), c.tensor(target).long()
        files = "--pred %s --target %s " % (pred, target)
        S = "segmentation_models_pytorch"
        c.add("smp_" + name, files + "--convention smp", smp.losses.JaccardLoss("multiclass")(x, ids), source=S, tolerance=1e-6)
        c.add("smp_lovasz_batch_" + name, files + "--kind lovasz --scope batch", smp.losses.LovaszLoss("multiclass")(x.float(), ids), source=S, tolerance=1e-6)
        if name == "a":                                                     # the mean of means, where every sample has the same classes
            c.add("smp_lovasz_image_" + name, files + "--kind lovasz", smp.losses.LovaszLoss("multiclass", per_image=True)(x.float(), ids), source=S, tolerance=1e-6)
        keep, torch.Tensor.float = torch.Tensor.float, lambda s, *a, **kw: s.double()
        c.add("monai_" + name, files + "--convention monai", ml.DiceLoss(softmax=True, to_onehot_y=True, jaccard=True)(x, ids[:, None]), source="monai", tolerance=1e-6)
        torch.Tensor.float = keep
        c.add("kornia_" + name, files + "--convention kornia", kl.lovasz_softmax_loss(x, ids), source="kornia", tolerance=1e-6)
        k = x.shape[1]
        score = tm.mean_iou(x.argmax(1), ids, num_classes=k, per_class=True, input_format="index")
        score = torch.where(score < 0, torch.nan, score)
        c.add("torchmetrics_" + name, files + "--convention torchmetrics", 1 - torch.nanmean(score), source="torchmetrics mean_iou, 1 − nanmean of all samples and classes", tolerance=1e-6)
    empty(c, "iou", (("smp_empty", "--convention smp", 0.0), ("smp_full", "--convention smp", 0.0), ("lovasz", "--kind lovasz", 0.0)))
    x = c.tensor("flat.npy", grad=True)
    v = lovasz_hinge(x.flatten(1), c.tensor("flat_mask.npy").double().flatten(1))
    c.add("lovasz_hinge", "--pred flat.npy --target flat_mask.npy --kind lovasz", v, grad=torch.autograd.grad(v, x)[0])
    for name, args, want in (("smp", "--convention smp", 0.53560024), ("kornia_lovasz", "--convention kornia-0.8", 0.59331685),
                             ("smp_micro", "--hard --scope dataset --average micro", 1 - 0.14285715), ("smp_macro", "--hard --scope dataset", 1 - 0.11574074),
                             ("smp_micro_imagewise", "--hard --average micro", 1 - 0.14545456), ("smp_macro_imagewise", "--hard", 1 - 0.11666667), ("monai", "--convention monai", 0.86851054),
                             ("lovasz", "--kind lovasz --scope batch", 0.77056968), ("lovasz_image", "--kind lovasz", 0.76973933)):
        c.add("golden_" + name, "--pred a_logits.npy --target a_ids.npy " + args, want, source="survey, float32", tolerance=2e-7)


for name, make in (("dice", dice), ("iou", iou)):
    c = Cases(name)
    arrays(c)
    make(c)
    c.write("segmentation_models_pytorch", "monai", "kornia", "optax", "torchmetrics")
