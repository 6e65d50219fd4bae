"""Reference values of `lossctl triplet` and `lossctl triplet mine`: writes testdata/triplet and testdata/triplet_mine.

Two kinds of cases, see README.md:
  definition   the formula stated in `define` and `define_mine` below, in float64 on the stored values; gradients by torch autograd
  convention   the named library itself in float64; TensorFlow Addons, whose TensorFlow is not installed, from its published formula

    python triplet.py [--data DIR]     DIR holds embeddings/ (default: testdata)
"""
import argparse, importlib, importlib.metadata as md, json, os, sys, types, warnings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn.functional as F

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.normpath(os.path.join(HERE, "..", "..", "testdata"))
ap = argparse.ArgumentParser()
ap.add_argument("--data", default=TESTDATA)
DATA = ap.parse_args().data
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
DEFINITION = "float64 autograd of the stated formula (torch %s)" % torch.__version__
INF = float("inf")


class Suite:
    """The inputs and cases of one command."""

    def __init__(self, name):
        self.name, self.out, self.arrays, self.cases = name, os.path.join(TESTDATA, name), {}, []
        os.makedirs(self.out, exist_ok=True)

    def put(self, name, a):
        assert name not in self.arrays, name
        self.arrays[name] = np.ascontiguousarray(a)
        np.save(os.path.join(self.out, name), self.arrays[name])

    def load(self, name):
        """An array by the name that the command line uses, as float64 where it is floating."""
        a = np.load(os.path.join(DATA, name[3:])) if name.startswith("../") else self.arrays[name]
        t = torch.from_numpy(np.array(a))
        return t.double() if t.is_floating_point() else t

    def case(self, name, args, value, source=DEFINITION, tol=1e-9, rows=None, components=None, grad=None, note=None):
        c = {"name": name, "args": args.split(), "value": number(value)}
        if rows is not None:
            c["per_sample"] = [number(r) for r in rows]
        if components is not None:
            c["components"] = {k: number(v) for k, v in components.items()}
        if grad is not None and (grad.numel() < 4096 or name in ("digits", "digits_batch-hard")):
            c["grad"] = "grad_%s.npy" % name
            np.save(os.path.join(self.out, c["grad"]), grad.numpy() if grad.numel() < 4096 else f4(grad))
        c.update(source=source, tolerance=tol)
        if note:
            c["note"] = note
        assert name not in [o["name"] for o in self.cases], name
        self.cases.append(c)

    def write(self, libraries):
        keep = {c["grad"] for c in self.cases if "grad" in c} | set(self.arrays) | {"reference.json"}
        for f in os.listdir(self.out):
            if f not in keep:
                os.remove(os.path.join(self.out, f))
        versions = {p: md.version(p) for p in ("numpy", "torch") + libraries}
        versions["python"] = sys.version.split()[0]
        with open(os.path.join(self.out, "reference.json"), "w") as f:
            f.write('{"versions":%s,\n"cases":[\n%s\n]}\n' % (json.dumps(versions), ",\n".join(json.dumps(c, ensure_ascii=False) for c in self.cases)))
        print(self.name, len(self.cases), "cases")


def number(v):
    v = float(v)
    return v if np.isfinite(v) else ("nan" if np.isnan(v) else "inf" if v > 0 else "-inf")


def f4(a):
    return np.asarray(a, np.float32)


# ---------------------------------------------------------------- definitions (float64)

def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def distance(x, y, kind="l2", p=2.0, eps=0.0, where="difference"):
    """l2 ‖δ‖₂, sql2 ‖δ‖₂², l1 ‖δ‖₁, lp ‖δ‖_p, of δ = x−y+ε; or with ε under the root: (Σ|δ|^p + ε)^(1/p). cosine 1 − cos(x, y)."""
    if kind == "cosine":
        return 1 - (unit(x) * unit(y)).sum(-1)
    p = {"l2": 2.0, "sql2": 2.0, "l1": 1.0, "lp": p}[kind]
    d = (x - y + (eps if where == "difference" else 0)).abs()
    s = (d * d if p == 2 else d if p == 1 else d.pow(p)).sum(-1) + (eps if where == "root" else 0)
    if kind == "sql2" or p == 1:
        return s
    safe = torch.where(s > 0, s, 1.0)                                # the gradient of a root at 0 is taken as 0
    return torch.where(s > 0, safe.pow(1 / p), 0.0)


def cost(gap, margin):
    """max(0, gap + m), or log(1 + e^gap)."""
    return F.softplus(gap) if margin == "soft" else F.relu(gap + margin)


def define(a, pos, neg, margin=1.0, swap=False, normalize=False, mask=None, weight=None, reduction="mean", **kw):
    """d_ap − d_an of every triplet, d_an replaced by min(d_an, d_pn) under swap; the features are the last axis."""
    if normalize:
        a, pos, neg = unit(a), unit(pos), unit(neg)
    dp, dn = distance(a, pos, **kw), distance(a, neg, **kw)
    if swap:
        dn = torch.minimum(dn, distance(pos, neg, **kw))
    x = cost(dp - dn, margin)
    count = torch.ones_like(x) if mask is None else mask.to(x.dtype).expand_as(x)
    x = torch.where(count > 0, x, 0.0)
    active = ((x > 0) & (count > 0)).sum()
    wx = x if weight is None else x * weight.reshape(weight.shape + (1,) * (x.ndim - weight.ndim))
    k = count.sum()
    components = {"d_positive": (dp * count).sum() / k, "d_negative": (dn * count).sum() / k, "accuracy": ((dp < dn) * count).sum() / k, "active": active / k}
    den = {"mean": k, "sum": 1.0, "batchmean": x.shape[0], "active": max(active, 1)}[reduction]
    rows = wx.flatten(1).sum(1) / count.flatten(1).sum(1) if x.ndim > 1 else wx / count
    return wx.sum() / den, (rows if reduction == "mean" else None), components


def define_mine(x, labels, mining="batch-hard", margin=1.0, normalize=False, ref=None, ref_labels=None, batch=None, mask=None, weight=None,
                reduction="mean", every_semi_hard=False, every_anchor=False, **kw):
    """The triplets (i, j, k) of each batch with y_j = y_i ≠ y_k, j ≠ i, that the mining keeps:
      batch-all         every one
      hard              d_ik ≤ d_ij
      batch-hard        of every anchor the farthest positive and the nearest negative
      easy-positive     of every anchor the nearest positive, and the nearest negative behind it (d_ik > d_ij)
      semi-hard         of every positive pair the nearest negative with d_ij < d_ik ≤ d_ij + m (soft: no bound); every one for PML
      batch-semi-hard   of every positive pair the nearest negative with d_ik > d_ij, else the farthest
    Ties go to the lowest index. Rows are anchors; the loss of an anchor is the sum of its triplets."""
    n = len(x)
    if normalize:
        x = unit(x)
        ref = unit(ref) if ref is not None else None
    batch = batch or n
    total = torch.zeros(n)
    triplets, active = torch.zeros(n), torch.zeros(n)
    dps, dns, right, no_positive, no_negative, pairs = 0.0, 0.0, 0.0, 0, 0, []
    for s in range(0, n, batch):
        e = min(s + batch, n)
        y, ry = (x[s:e], labels[s:e]) if ref is None else (ref, ref_labels)
        d = distance(x[s:e, None], y[None], **kw)
        used = torch.ones(e - s, dtype=torch.bool) if mask is None else mask[s:e].bool()
        if weight is not None:
            used = used & (weight[s:e] > 0)
        losses = []
        for i in range(e - s):
            if not used[i]:
                losses.append(torch.zeros(()))
                continue
            same = ry == labels[s + i]
            pos, neg = same.clone(), ~same
            if ref is None:
                pos[i] = False
                pos, neg = pos & used, neg & used
            P, K = torch.nonzero(pos)[:, 0], torch.nonzero(neg)[:, 0]
            no_positive += len(P) == 0
            no_negative += len(K) == 0
            row, T = d[i], []
            if every_anchor and mining == "batch-hard":
                # without a positive its distance is 0; without a negative the gap is
                if not len(K):
                    T = [(None, None)]
                else:
                    T = [(int(P[row[P].argmax()]) if len(P) else None, int(K[row[K].argmin()]))]
            elif len(P) and len(K):
                dk = row[K].detach()
                if mining == "batch-hard":
                    T = [(int(P[row[P].argmax()]), int(K[dk.argmin()]))]
                elif mining == "easy-positive":
                    j = int(P[row[P].argmin()])
                    far = K[dk > row[j]]
                    T = [(j, int(far[row[far].argmin()]))] if len(far) else []
                else:
                    for j in P.tolist():
                        dj = row[j].detach()
                        top = INF if margin == "soft" else dj + margin
                        band = K[(dk > dj) & (dk <= top)]
                        if mining == "batch-all":
                            T += [(j, k) for k in K.tolist()]
                        elif mining == "hard":
                            T += [(j, k) for k in K[dk <= dj].tolist()]
                        elif mining == "semi-hard" and every_semi_hard:
                            T += [(j, k) for k in band.tolist()]
                        elif mining == "semi-hard":
                            T += [(j, int(band[row[band].argmin()]))] if len(band) else []
                        elif mining == "batch-semi-hard":
                            far = K[dk > dj]
                            T.append((j, int(far[row[far].argmin()]) if len(far) else int(K[dk.argmax()])))
                        else:
                            raise KeyError(mining)
            zero = torch.zeros(())
            dp = torch.stack([row[j] if j is not None else zero for j, k in T]) if T else torch.zeros(0)
            dn = torch.stack([row[k] if k is not None else zero for j, k in T]) if T else torch.zeros(0)
            l = cost(dp - dn, margin)
            losses.append(l.sum())
            triplets[s + i], active[s + i] = len(T), int((l > 0).sum())
            dps, dns, right = dps + dp.detach().sum(), dns + dn.detach().sum(), right + int((dp < dn).sum())
            base = s if ref is None else 0
            pairs += [(s + i, -1 if j is None else base + j, -1 if k is None else base + k) for j, k in T]
        total = torch.cat([total[:s], torch.stack(losses), total[e:]])
    w = total if weight is None else total * weight
    k = triplets.sum()
    has = triplets > 0
    per = w / torch.where(has, triplets, 1.0)
    value = {"mean": lambda: w.sum() / k, "sum": lambda: w.sum(), "active": lambda: w.sum() / max(active.sum(), 1), "anchor": lambda: per.sum() / has.sum()}[reduction]()
    rows = torch.where(has, per, float("nan")) if reduction == "mean" else None
    components = {"d_positive": dps / k, "d_negative": dns / k, "accuracy": right / k, "active": active.sum() / k, "anchors": has.sum(), "no_positive": no_positive, "no_negative": no_negative}
    return value, rows, components, np.array(pairs, np.int64).reshape(-1, 3)


# ---------------------------------------------------------------- triplet

POINT = Suite("triplet")


def point_inputs():
    # Golden B of the survey, recovered from its numbers (it prints none of the three inputs).
    POINT.put("b_anchor.npy", f4([[.5, 1, 1.5], [0, 1, 0]]))
    POINT.put("b_positive.npy", f4([[0, 1, 2], [1, 1, 0]]))
    POINT.put("b_negative.npy", f4([[.5, -1, .5], [.1, 1.2, 0]]))
    r = np.random.RandomState(71)
    for k, name in enumerate(("anchor", "positive", "negative")):
        POINT.put("r_%s.npy" % name, f4(r.randn(7, 5)))
        POINT.put("r8_%s.npy" % name, r.randn(6, 9))                          # float64
        POINT.put("r2_%s.npy" % name, r.randn(5, 4).astype(np.float16))
        POINT.put("t_%s.npy" % name, f4(r.randn(3, 4, 6)))                     # (N,T,D): four triplets a sample
        POINT.put("s_%s.npy" % name, f4(1e-3 * r.randn(4, 8) + 1))             # small differences of large numbers
        POINT.put("x_%s.npy" % name, (1e200 if k else -1e200) * r.rand(3, 4))  # squares overflow
        POINT.put("y_%s.npy" % name, 1e-200 * r.randn(3, 4))                   # squares underflow
        POINT.put("q_%s.npy" % name, r.randint(-128, 128, (4, 6)).astype(np.int8))
    POINT.put("r_triplets.npy", np.stack([POINT.arrays["r_%s.npy" % k] for k in ("anchor", "positive", "negative")]))
    same = POINT.arrays["r_anchor.npy"].copy()
    same[1::2] = POINT.arrays["r_positive.npy"][1::2]
    POINT.put("e_positive.npy", same)                                          # every other triplet has d_ap = 0
    POINT.put("r_mask.npy", np.array([1, 0, 1, 1, 0, 1, 1], np.uint8))
    POINT.put("r_weight.npy", f4([.5, 1, 2, 0, 3, 1.5, .25]))
    POINT.put("t_mask.npy", np.array([[1, 1, 0, 1], [0, 1, 1, 1], [1, 0, 0, 1]], bool))


def trio(prefix, positive=None):
    if prefix.startswith("../"):
        return ["../embeddings/%s.npy" % k for k in ("anchor", "positive", "negative")]
    return ["%s_anchor.npy" % prefix, positive or "%s_positive.npy" % prefix, "%s_negative.npy" % prefix]


def point_definitions():
    def add(name, prefix, flags="", grads=("anchor",), positive=None, stacked=False, note=None, tol=1e-9, **kw):
        files = trio(prefix, positive)
        x = [POINT.load(f).double().requires_grad_() for f in files]
        for k in ("mask", "weight"):
            if k in kw:
                flags += " --%s %s" % ({"mask": "mask", "weight": "sample-weight"}[k], kw[k])
                kw[k] = POINT.load(kw[k])
        v, rows, components = define(*x, **kw)
        g = torch.autograd.grad(v, x)
        args = "--triplets r_triplets.npy" if stacked else " ".join("--%s %s" % kf for kf in zip(("anchor", "positive", "negative"), files))
        args += " " + flags
        if rows is not None and len(rows) > 25:
            rows = None
        if stacked:
            POINT.case(name, args + " --grad-of triplets", v.detach(), rows=rows, components=components, grad=torch.stack(g), note=note)
            return
        for k, of in enumerate(("anchor", "positive", "negative")):
            if of not in grads and not (of == "anchor" and not grads):
                continue
            POINT.case(name if of == "anchor" else name + "_" + of, args + (" --grad-of " + of if of != "anchor" else ""), v.detach(), tol=tol,
                       rows=rows, components=components if of == "anchor" else None, grad=g[k] if of in grads else None, note=note)

    every = ("anchor", "positive", "negative")
    for kind in ("l2", "sql2", "l1", "cosine"):
        add("r_" + kind, "r", "--distance " + kind, every, kind=kind)
    for p in (3.0, 1.5, 2.0):
        add("r_lp_%g" % p, "r", "--distance lp --p %g" % p, every if p == 3 else ("anchor",), kind="lp", p=p)
    add("r_soft", "r", "--margin soft", every, margin="soft")
    add("r_soft_cosine", "r", "--margin soft --distance cosine", margin="soft", kind="cosine")
    add("r_margin", "r", "--margin 0.2", margin=.2)
    add("r_margin_negative", "r", "--margin -0.5", margin=-.5)
    add("r_swap", "r", "--swap --margin 2", every, swap=True, margin=2.0)
    add("r_swap_soft_l1", "r", "--swap --margin soft --distance l1", every, swap=True, margin="soft", kind="l1")
    add("r_normalize", "r", "--normalize", every, normalize=True)
    add("r_normalize_sql2", "r", "--normalize --distance sql2 --margin 0.2", normalize=True, kind="sql2", margin=.2)
    add("r_normalize_l1_swap", "r", "--normalize --distance l1 --swap", every, normalize=True, kind="l1", swap=True)
    add("r_eps", "r", "--eps 0.01", every, eps=.01)
    add("r_eps_l1", "r", "--eps 0.01 --distance l1", eps=.01, kind="l1")
    add("r_eps_sql2", "r", "--eps 0.01 --distance sql2", eps=.01, kind="sql2")
    add("r_eps_lp", "r", "--eps 0.01 --distance lp --p 3", every, eps=.01, kind="lp", p=3.0)
    add("r_eps_root", "r", "--eps 0.01 --eps-where root", every, eps=.01, where="root")
    add("r_eps_root_lp", "r", "--eps 0.01 --eps-where root --distance lp --p 3", eps=.01, where="root", kind="lp", p=3.0)
    add("r_eps_root_l1", "r", "--eps 0.01 --eps-where root --distance l1", eps=.01, where="root", kind="l1")
    for red in ("sum", "batchmean", "active"):
        add("r_" + red, "r", "--reduction " + red, reduction=red)
    add("r_active_none", "r", "--reduction active --margin -100", reduction="active", margin=-100.0, note="nothing is active: 0")
    add("r_mask", "r", mask="r_mask.npy")
    add("r_weight", "r", weight="r_weight.npy", note="weights multiply, the mean divides by the count; a weight of 0 is not looked at")
    POINT.cases[-1].pop("components")
    add("r_stacked", "r", stacked=True)
    add("r_stacked_cosine_swap", "r", "--distance cosine --swap", stacked=True, kind="cosine", swap=True)
    add("e_zero", "r", positive="e_positive.npy", grads=every, note="d_ap is 0 in some triplets: its gradient there is 0")
    add("e_zero_lp", "r", "--distance lp --p 1.5", positive="e_positive.npy", grads=every, kind="lp", p=1.5)
    add("r8_l2", "r8", "", every)
    add("r8_cosine", "r8", "--distance cosine --margin 0.3", kind="cosine", margin=.3)
    add("r2_l2", "r2", "", every, note="float16")
    add("r2_sql2", "r2", "--distance sql2", kind="sql2")
    add("q_l2", "q", "--margin 50", (), margin=50.0, note="int8")
    add("t_l2", "t", "", every, note="(N,T,D): rows are the means of four triplets")
    add("t_mask", "t", "--distance l1 --reduction batchmean", reduction="batchmean", kind="l1", mask="t_mask.npy")
    add("s_l2", "s", "", every, margin=1.0)
    add("s_soft", "s", "--margin soft", margin="soft")
    add("digits", "../", "", every)
    add("digits_sql2", "../", "--distance sql2 --margin 0.2", kind="sql2", margin=.2)
    add("digits_cosine", "../", "--distance cosine --margin 0.1 --reduction active", kind="cosine", margin=.1, reduction="active")
    add("digits_l1_swap", "../", "--distance l1 --swap", kind="l1", swap=True)
    add("digits_soft", "../", "--margin soft", margin="soft")
    # Squares that overflow or vanish, in exact arithmetic by scaling.
    for prefix, s in (("x", 1e200), ("y", 1e-200)):
        a, p, n = (POINT.load(f).double() / s for f in trio(prefix))
        rows = (distance(a, p) - distance(a, n)) * s
        files = " ".join("--%s %s" % kf for kf in zip(("anchor", "positive", "negative"), trio(prefix)))
        v = rows.clamp(min=0)
        POINT.case(prefix + "_scaled", files + " --margin 0", v.mean(), rows=v, note="distances of 1e200, of 1e-200")


def point_conventions():
    lib_torch, lib_optax, lib_pml, lib_sbert = ("%s %s" % (k, md.version(v)) for k, v in
                                                (("torch", "torch"), ("optax", "optax"), ("pytorch-metric-learning", "pytorch-metric-learning"), ("sentence-transformers", "sentence-transformers")))

    def lib(convention, name, prefix, flags, fn, source, note=None, tol=1e-6, rows=True, grad=True):
        files = trio(prefix)
        x = [POINT.load(f).double().requires_grad_() for f in files]
        each = fn(*x)
        v = each.mean() if each.ndim else each
        g = None
        if grad:
            g = torch.autograd.grad(v, x)[0]
        args = " ".join("--%s %s" % kf for kf in zip(("anchor", "positive", "negative"), files)) + " --convention %s %s" % (convention, flags)
        POINT.case("%s_%s" % (convention.replace("-", "_"), name), args, v.detach(), source, tol,
                   rows=each.detach() if rows and each.ndim == 1 and len(each) < 25 else None, grad=g, note=note)

    for name, prefix, flags, kw in (("b", "b", "", {}), ("b_swap", "b", "--swap", dict(swap=True)), ("b_l1", "b", "--distance l1", dict(p=1)),
                                    ("r", "r", "", {}), ("r_lp", "r", "--distance lp --p 3", dict(p=3)), ("r_swap", "r", "--swap", dict(swap=True)),
                                    ("r_eps", "r", "--eps 0.1", dict(eps=.1)), ("r_margin", "r", "--margin 0.3", dict(margin=.3)), ("s", "s", "", {}), ("t", "t", "", {}), ("digits", "../", "", {})):
        lib("torch", name, prefix, flags, lambda a, p, n: F.triplet_margin_loss(a, p, n, reduction="none", **kw).flatten(0), lib_torch, rows=name != "t",
            note="TripletMarginLoss: eps 1e-6 is added to each component of the difference")
    lib("torch", "b_cosine", "b", "--distance cosine", lambda a, p, n: F.triplet_margin_with_distance_loss(a, p, n, distance_function=lambda x, y: 1 - F.cosine_similarity(x, y), reduction="none"), lib_torch)
    lib("torch", "r_cosine_swap", "r", "--distance cosine --swap", lambda a, p, n: F.triplet_margin_with_distance_loss(a, p, n, swap=True, distance_function=lambda x, y: 1 - F.cosine_similarity(x, y), reduction="none"), lib_torch)

    import jax, optax
    jax.config.update("jax_enable_x64", True)
    def ox(a, p, n, **kw):
        return torch.from_numpy(np.array(optax.losses.triplet_margin_loss(*(jax.numpy.asarray(v.detach().numpy()) for v in (a, p, n)), **kw)))
    for name, prefix, flags, kw in (("b", "b", "", {}), ("r", "r", "", {}), ("r_eps", "r", "--eps 0.1", dict(eps=.1)), ("r_margin", "r", "--margin 0.3", dict(margin=.3)), ("digits", "../", "", {}),
                                    ("r_lp", "r", "--distance lp --p 4", dict(norm_degree=4))):
        lib("optax", name, prefix, flags, lambda a, p, n: ox(a, p, n, **kw), lib_optax, grad=False, note="triplet_margin_loss: eps 1e-6 under the root")

    from pytorch_metric_learning import losses, distances, reducers
    def pm(a, p, n, **kw):
        k = torch.arange(len(a))
        x = torch.cat([a, p, n])
        return losses.TripletMarginLoss(**kw)(x, torch.zeros(len(x)), indices_tuple=(k, k + len(a), k + 2 * len(a)))
    lib("pml", "r", "r", "", pm, lib_pml, note="TripletMarginLoss of given triplets: unit vectors, margin 0.05, the mean of what is not 0")
    lib("pml", "r_swap", "r", "--swap --margin 0.5", lambda a, p, n: pm(a, p, n, swap=True, margin=.5), lib_pml)
    lib("pml", "r_cosine", "r", "--distance cosine", lambda a, p, n: pm(a, p, n, distance=distances.CosineSimilarity()), lib_pml)
    lib("pml", "r_mean", "r", "--reduction mean --normalize=false", lambda a, p, n: pm(a, p, n, reducer=reducers.MeanReducer(), distance=distances.LpDistance(normalize_embeddings=False)), lib_pml)
    lib("pml", "digits", "../", "", pm, lib_pml)

    sb = sbert()
    def sb_loss(metric):
        def fn(a, p, n):
            t = sb["triplet"].TripletLoss(None, distance_metric=metric)
            d = t.distance_metric
            each = F.relu(d(a, p) - d(a, n) + t.triplet_margin)
            assert abs(float(t.compute_loss_from_embeddings([a, p, n], None) - each.mean())) < 1e-15
            return each
        return fn
    M = sb["triplet"].TripletDistanceMetric
    lib("sbert", "b", "b", "", sb_loss(M.EUCLIDEAN), lib_sbert, note="TripletLoss: margin 5")
    lib("sbert", "r", "r", "", sb_loss(M.EUCLIDEAN), lib_sbert)
    lib("sbert", "r_l1", "r", "--distance l1", sb_loss(M.MANHATTAN), lib_sbert)
    lib("sbert", "r_cosine", "r", "--distance cosine", sb_loss(M.COSINE), lib_sbert)
    lib("sbert", "digits", "../", "", sb_loss(M.EUCLIDEAN), lib_sbert)
    lib("sbert-2025", "b", "b", "", lambda a, p, n: cost(distance(a, n) - distance(a, p), 5.0), "published formula", note="the snapshot of October 2025: EUCLIDEAN is a similarity, so the sign is turned")
    lib("sbert-2025", "digits_l1", "../", "--distance l1", lambda a, p, n: cost(distance(a, n, "l1") - distance(a, p, "l1"), 5.0), "published formula")
    for name, prefix in (("b", "b"), ("r", "r"), ("digits", "../")):
        lib("facenet", name, prefix, "", lambda a, p, n: cost(distance(a, p, "sql2") - distance(a, n, "sql2"), .2), "published formula", note="squared distances, margin 0.2")
        lib("hermans", name, prefix, "", lambda a, p, n: cost(distance(a, p) - distance(a, n), "soft"), "published formula", note="log(1 + e^(d_ap − d_an))")

    # The numbers of the survey, as it prints them: float32.
    def golden(name, flags, rows, tol=4e-7, note=None):
        rows = np.asarray(rows, np.float64)
        POINT.case("golden_" + name, "--anchor b_anchor.npy --positive b_positive.npy --negative b_negative.npy " + flags, rows.mean(), "survey, Golden B", tol, rows=rows, note=note)
    golden("torch", "--convention torch", [0.0, 1.7763935327529907])
    golden("torch_swap", "--convention torch --swap", [0.0, 1.7763935327529907])
    golden("torch_l1", "--convention torch --distance l1", [0.0, 1.7000019550323486])
    golden("cosine", "--distance cosine", [0.04381716251373291, 1.2894389629364014], 2e-6)
    golden("optax", "--convention optax", [0.0, 1.7763913869857788], note="the survey prints −0.529 for the first: before max(·, 0)")
    golden("sql2", "--distance sql2", [0.0, 1.9500000476837158])
    golden("sql2_tfa", "--convention facenet --margin 1", [0.0, 1.9500000476837158])
    golden("soft", "--margin soft", [0.1961921900510788, 1.1548724174499512])
    golden("hermans", "--convention hermans", [0.1961921900510788, 1.1548724174499512])
    golden("sbert_2025", "--convention sbert-2025", [6.528961181640625, 4.223607063293457])
    golden("sbert", "--convention sbert", [3.471038818359375, 5.776392936706543])
    a, p, n = (POINT.load(f) for f in trio("b"))
    gap = distance(a, p, eps=1e-6, where="root") - distance(a, n, eps=1e-6, where="root") + 1
    assert abs(float(gap[0]) + 0.5289607048034668) < 1e-6, gap


def sbert():
    """The losses of sentence-transformers without its models: the modules that hold them, the model a stub."""
    import importlib.util
    root = os.path.join(os.path.dirname(md.distribution("sentence-transformers").locate_file("x")), "sentence_transformers")
    def module(name, **names):
        m = types.ModuleType(name)
        m.__dict__.update(names)
        m.__path__ = []
        sys.modules[name] = m
        return m
    def source(name, path):
        spec = importlib.util.spec_from_file_location(name, os.path.join(root, path))
        m = importlib.util.module_from_spec(spec)
        sys.modules[name] = m
        spec.loader.exec_module(m)
        return m
    module("sklearn")  # imported beside what is used here, and not called
    module("sklearn.metrics", pairwise_distances=None)
    module("transformers")
    module("transformers.utils", logging=types.SimpleNamespace(get_logger=lambda name: None), is_torchdynamo_compiling=lambda: False)
    module("sentence_transformers")
    module("sentence_transformers.util")
    source("sentence_transformers.util.tensor", "util/tensor.py")
    sim = source("sentence_transformers.util.similarity", "util/similarity.py")
    util = module("sentence_transformers.util", pairwise_cos_sim=sim.pairwise_cos_sim, pairwise_euclidean_sim=sim.pairwise_euclidean_sim,
                  pairwise_manhattan_sim=sim.pairwise_manhattan_sim, pytorch_cos_sim=sim.pytorch_cos_sim, cos_sim=sim.cos_sim)
    for name in ("base", "base.losses", "sentence_transformer", "sentence_transformer.losses"):
        module("sentence_transformers." + name)
    module("sentence_transformers.base.losses.merged_forward", embed_columns=None)
    class Model(torch.nn.Module):
        pass
    module("sentence_transformers.sentence_transformer.model", SentenceTransformer=Model)
    return {k: source("sentence_transformers.sentence_transformer.losses.%s" % k, "sentence_transformer/losses/%s.py" % k)
            for k in ("triplet", "batch_hard_triplet", "batch_all_triplet", "batch_semi_hard_triplet", "batch_hard_soft_margin_triplet")}


# ---------------------------------------------------------------- triplet mine

MINE = Suite("triplet_mine")
MODES = ("batch-all", "hard", "semi-hard", "batch-semi-hard", "batch-hard", "easy-positive")


def mine_inputs():
    # Golden C of the survey: embeddings[i, j] of 24 numbers ((i·11) mod 19 − 9)/3, as printed; one label has one row.
    c = [[-3.0, 0.3333333432674408, -2.6666667461395264], [0.6666666865348816, -2.3333332538604736, 1.0], [-2.0, 1.3333333730697632, -1.6666666269302368],
         [1.6666666269302368, -1.3333333730697632, 2.0], [-1.0, 2.3333332538604736, -0.6666666865348816], [2.6666667461395264, -0.3333333432674408, 3.0],
         [0.0, -3.0, 0.3333333432674408], [-2.6666667461395264, 0.6666666865348816, -2.3333332538604736]]
    MINE.put("c_embeddings.npy", f4(c))
    MINE.put("c_labels.npy", np.array([0, 0, 0, 1, 1, 2, 2, 3]))
    r = np.random.RandomState(72)
    labels = np.concatenate([np.repeat(np.arange(4), 5), [4, 5, 6, 6]])
    order = r.permutation(len(labels))
    centres = r.randn(7, 6)
    x = (centres[labels] + .8 * r.randn(len(labels), 6))[order]
    MINE.put("r_embeddings.npy", f4(x))
    MINE.put("r8_embeddings.npy", x)
    MINE.put("r2_embeddings.npy", x.astype(np.float16))
    MINE.put("r_labels.npy", labels[order])                                   # two labels have one row
    MINE.put("r_labels_f4.npy", f4(labels[order] * 1.5 - 2))                   # labels are only compared
    MINE.put("r_mask.npy", (np.arange(len(labels)) % 5 != 2))
    MINE.put("r_weight.npy", f4(np.arange(len(labels)) % 4 / 2))
    MINE.put("ref_embeddings.npy", f4(centres[[0, 1, 1, 2, 3, 3, 6, 8 % 7]] + .5 * r.randn(8, 6)))
    MINE.put("ref_labels.npy", np.array([0, 1, 1, 2, 3, 3, 6, 9]))
    MINE.put("e_embeddings.npy", f4(r.randint(-1, 2, (20, 3))))                # many equal distances, and equal rows
    MINE.put("e_labels.npy", r.randint(0, 3, 20).astype(np.int32))
    MINE.put("far_embeddings.npy", f4(1000 + 1e-1 * r.randn(40, 16)))          # far from the origin: float32 products see nothing
    MINE.put("far_labels.npy", r.randint(0, 4, 40).astype(np.uint8))
    MINE.put("one_labels.npy", np.zeros(24, np.int64))
    MINE.put("x_embeddings.npy", 1e200 * r.randn(12, 4))
    MINE.put("x_labels.npy", np.arange(12) % 3)


def mine_files(prefix, ref=False, labels=None):
    x = "../embeddings/embeddings.npy" if prefix == "digits" else prefix + "_embeddings.npy"
    y = labels or ("../embeddings/labels.npy" if prefix == "digits" else "r_labels.npy" if prefix[0] == "r" else prefix + "_labels.npy")
    args = "--embeddings %s --labels %s" % (x, y)
    return x, y, args + (" --reference ref_embeddings.npy --reference-labels ref_labels.npy" if ref else "")


def mine_definitions():
    def add(name, prefix, flags="", grad=True, ref=False, labels=None, components=True, note=None, **kw):
        xf, yf, args = mine_files(prefix, ref, labels)
        x, y = MINE.load(xf).double().requires_grad_(), MINE.load(yf)
        for k in ("mask", "weight"):
            if k in kw:
                flags += " --%s %s" % ({"mask": "mask", "weight": "sample-weight"}[k], kw[k])
                kw[k] = MINE.load(kw[k])
        if ref:
            kw.update(ref=MINE.load("ref_embeddings.npy"), ref_labels=MINE.load("ref_labels.npy"))
        v, rows, comps, _ = define_mine(x, y, **kw)
        g = torch.autograd.grad(v, x)[0] if grad else None
        MINE.case(name, args + " " + flags, v.detach(), rows=rows.detach() if rows is not None and len(rows) < 25 else None,
                  components=comps if components else None, grad=g, note=note)

    for mining in MODES:
        m = "--mining " + mining
        add("r_" + mining, "r", m, mining=mining)
        add("r_%s_soft" % mining, "r", m + " --margin soft", mining=mining, margin="soft", components=False)
        add("r_%s_margin" % mining, "r", m + " --margin 0.3 --reduction sum", mining=mining, margin=.3, reduction="sum")
        for kind in ("sql2", "l1", "cosine"):
            add("r_%s_%s" % (mining, kind), "r", m + " --distance " + kind, mining=mining, kind=kind, grad=mining in ("batch-hard", "batch-all"))
        add("r_%s_lp_normalize" % mining, "r", m + " --distance lp --p 3 --normalize --margin 0.5", mining=mining, kind="lp", p=3.0, normalize=True, margin=.5)
        add("r_%s_normalize" % mining, "r", m + " --normalize --margin 0.2", mining=mining, normalize=True, margin=.2)
        add("r_%s_active" % mining, "r", m + " --reduction active", mining=mining, reduction="active")
        add("r_%s_anchor" % mining, "r", m + " --reduction anchor", mining=mining, reduction="anchor")
        add("r_%s_mask" % mining, "r", m, mining=mining, mask="r_mask.npy", note="what the mask leaves out is no positive and no negative either")
        add("r_%s_weight" % mining, "r", m + " --reduction anchor", mining=mining, weight="r_weight.npy", reduction="anchor", note="weights multiply the anchor; a weight of 0 leaves the row out")
        add("r_%s_batches" % mining, "r", m + " --batch-size 10", mining=mining, batch=10)
        add("r_%s_reference" % mining, "r", m, mining=mining, ref=True, note="positives and negatives come from the reference set")
        add("e_" + mining, "e", m, mining=mining, note="equal distances: the lowest index")
        add("far_" + mining, "far", m + " --margin 0.1", mining=mining, margin=.1, note="float32 products cannot tell these distances apart")
        add("r8_" + mining, "r8", m, mining=mining)
        add("c_" + mining, "c", m, mining=mining)
    add("r2_batch-hard", "r2", mining="batch-hard", note="float16")
    add("r_labels_float", "r", mining="batch-hard", labels="r_labels_f4.npy", note="labels are only compared")
    add("r_one_label", "r", mining="batch-hard", labels="one_labels.npy", grad=False, components=False, note="no triplet: nan")
    add("r_all", "r", "--mining all", mining="batch-all", note="all is batch-all")
    add("r_batch-hard_reference_cosine", "r", "--distance cosine", mining="batch-hard", ref=True, kind="cosine")
    add("digits_batch-hard", "digits", "--mining batch-hard", mining="batch-hard")
    add("digits_easy-positive", "digits", "--mining easy-positive --margin 0.2", mining="easy-positive", margin=.2)
    add("digits_batch-hard_cosine_soft", "digits", "--mining batch-hard --margin soft --distance cosine", mining="batch-hard", margin="soft", kind="cosine")
    # The others have too many triplets for a loop in Python: closed forms of the same definitions.
    x, y = MINE.load("../embeddings/embeddings.npy"), MINE.load("../embeddings/labels.npy")
    d = distance(x[:, None], x[None])
    same = (y[:, None] == y[None]) & ~torch.eye(len(y), dtype=torch.bool)
    other = y[:, None] != y[None]
    args = mine_files("digits")[2]
    total, active, count, hard, hards = 0.0, 0, 0, 0.0, 0
    semi, semis, tfa = 0.0, 0, 0.0
    for i in range(len(y)):
        dp, dn = d[i][same[i]], d[i][other[i]].sort().values
        x_all = dp[:, None] - dn[None]
        l = (x_all + 1).clamp(min=0)
        total, active, count = total + l.sum(), active + int((l > 0).sum()), count + l.numel()
        hard, hards = hard + l[x_all >= 0].sum(), hards + int((x_all >= 0).sum())
        at = torch.searchsorted(dn, dp, right=True)
        nearest = torch.where(at < len(dn), dn[at.clamp(max=len(dn) - 1)], dn[-1])
        lt = (dp - nearest + 1).clamp(min=0)
        tfa += lt.sum()
        ok = (at < len(dn)) & (nearest <= dp + 1)
        semi, semis = semi + lt[ok].sum(), semis + int(ok.sum())
    pairs = int(same.sum())
    MINE.case("digits_batch-all", args + " --mining batch-all", total / count, components={"active": active / count})
    MINE.case("digits_batch-all_active", args + " --mining batch-all --reduction active", total / active)
    MINE.case("digits_hard", args + " --mining hard", hard / hards)
    MINE.case("digits_semi-hard", args + " --mining semi-hard", semi / semis)
    MINE.case("digits_batch-semi-hard", args + " --mining batch-semi-hard", tfa / pairs)
    # 1e200: the squares overflow, the distances do not.
    xs, ys = MINE.load("x_embeddings.npy") / 1e200, MINE.load("x_labels.npy")
    for mining in MODES:
        v, rows, _, _ = define_mine(xs, ys, mining=mining, margin=0.0)
        if mining == "semi-hard":
            continue  # the band of margin 0 is empty
        MINE.case("x_" + mining, mine_files("x")[2] + " --margin 0 --mining " + mining, v * 1e200, rows=rows * 1e200)


def mine_conventions():
    from pytorch_metric_learning import losses, miners, distances, reducers
    versions = {k: "%s %s" % (k, md.version(k)) for k in ("pytorch-metric-learning", "sentence-transformers")}
    raw = distances.LpDistance(normalize_embeddings=False)
    hard_all = "--normalize=false --margin 1 --reduction mean"

    def pml(name, prefix, flags, note=None, ref=False, miner=None, tol=1e-6, count=None, **kw):
        xf, yf, args = mine_files(prefix, ref)
        x, y = MINE.load(xf).double().requires_grad_(), MINE.load(yf)
        if prefix == "digits":  # all triplets of 900 take gigabytes there
            assert miner is not None
        r = dict(ref_emb=MINE.load("ref_embeddings.npy"), ref_labels=MINE.load("ref_labels.npy")) if ref else {}
        t = losses.TripletMarginLoss(**kw)
        tuples = miner(x, y, **r) if miner else None
        v = t(x, y, tuples, **r)
        g = torch.autograd.grad(v, x)[0]
        MINE.case("pml_" + name, args + " --convention pml " + flags, v.detach(), versions["pytorch-metric-learning"], tol, grad=g, note=note)

    mean = reducers.MeanReducer()
    for prefix in ("c", "r"):
        pml(prefix, prefix, "", note="TripletMarginLoss without a miner: all triplets of unit vectors, margin 0.05, the mean of what is not 0")
        pml(prefix + "_mean", prefix, hard_all, distance=raw, margin=1, reducer=mean)
        pml(prefix + "_active", prefix, "--normalize=false --margin 1", distance=raw, margin=1)
        pml(prefix + "_sum", prefix, "--normalize=false --margin 1 --reduction sum", distance=raw, margin=1, reducer=reducers.SumReducer())
        pml(prefix + "_cosine", prefix, "--distance cosine", distance=distances.CosineSimilarity())
        pml(prefix + "_batch_hard", prefix, hard_all + " --mining batch-hard", distance=raw, margin=1, reducer=mean, miner=miners.BatchHardMiner(distance=raw))
        pml(prefix + "_batch_hard_soft", prefix, "--normalize=false --margin soft --reduction mean --mining batch-hard", distance=raw, margin=0, smooth_loss=True, reducer=mean, miner=miners.BatchHardMiner(distance=raw))
        for kind in ("semihard", "hard"):
            pml(prefix + "_miner_" + kind, prefix, hard_all + " --mining " + {"semihard": "semi-hard", "hard": "hard"}[kind], distance=raw, margin=1, reducer=mean,
                miner=miners.TripletMarginMiner(margin=1, type_of_triplets=kind, distance=raw), note="TripletMarginMiner keeps every triplet of the band")
        pml(prefix + "_miner_all", prefix, "--normalize=false --margin 1 --reduction active", distance=raw, margin=1, reducer=mean, miner=miners.TripletMarginMiner(margin=1, type_of_triplets="all", distance=raw))
        pml(prefix + "_easy", prefix, hard_all + " --mining easy-positive", distance=raw, margin=1, reducer=mean, miner=miners.BatchEasyHardMiner(pos_strategy="easy", neg_strategy="semihard", distance=raw))
    pml("r_reference", "r", "", ref=True)
    pml("r_reference_batch_hard", "r", hard_all + " --mining batch-hard", ref=True, distance=raw, margin=1, reducer=mean, miner=miners.BatchHardMiner(distance=raw))
    pml("digits_batch_hard", "digits", "--mining batch-hard --reduction mean --margin 0.2", margin=.2, reducer=mean, miner=miners.BatchHardMiner())
    pml("digits_easy", "digits", "--mining easy-positive --reduction mean --margin 0.2", margin=.2, reducer=mean, miner=miners.BatchEasyHardMiner())

    sb = sbert()
    D = sb["batch_hard_triplet"].BatchHardTripletLossDistanceFunction
    classes = {"batch-hard": (sb["batch_hard_triplet"].BatchHardTripletLoss, "batch_hard_triplet_loss"), "batch-all": (sb["batch_all_triplet"].BatchAllTripletLoss, "batch_all_triplet_loss"),
               "batch-semi-hard": (sb["batch_semi_hard_triplet"].BatchSemiHardTripletLoss, "batch_semi_hard_triplet_loss")}
    for prefix in ("c", "r", "digits"):
        xf, yf, args = mine_files(prefix)
        x, y = MINE.load(xf).double().requires_grad_(), MINE.load(yf)
        for mining, (make, method) in classes.items():
            if prefix == "digits" and mining == "batch-all":
                continue  # N³ numbers
            for metric, flags in ((D.euclidean_distance, ""), (D.cosine_distance, " --distance cosine"), (lambda e: D.euclidean_distance(e, squared=True), " --distance sql2")):
                if flags and prefix == "digits":
                    continue
                v = getattr(make(None, distance_metric=metric), method)(y, x)
                g = torch.autograd.grad(v, x)[0]
                MINE.case("sbert_%s_%s%s" % (prefix, mining, flags[-6:].replace(" ", "_")), args + " --convention sbert --mining " + mining + flags, v.detach(), versions["sentence-transformers"], 1e-6, grad=g,
                          note="margin 5; batch-hard counts rows without a positive, batch-all is the mean of what is not 0")
        v = sb["batch_hard_soft_margin_triplet"].BatchHardSoftMarginTripletLoss(None).batch_hard_triplet_soft_margin_loss(y, x)
        MINE.case("sbert_%s_soft" % prefix, args + " --convention sbert --margin soft", v.detach(), versions["sentence-transformers"], 1e-6, grad=torch.autograd.grad(v, x)[0])
    x = MINE.load("r_embeddings.npy")
    v = sb["batch_hard_triplet"].BatchHardTripletLoss(None).batch_hard_triplet_loss(torch.zeros(24, dtype=torch.int64), x)
    MINE.case("sbert_r_one_label", mine_files("r", labels="one_labels.npy")[2] + " --convention sbert", v, versions["sentence-transformers"], 1e-6, note="no negatives: d_an is the largest distance of the row, so the margin is left")

    def tfa(x, y, kind="sql2", hard=False, soft=False, m=1.0):
        """tfa.losses.TripletSemiHardLoss and TripletHardLoss, their formula line by line."""
        d = distance(x[:, None], x[None], kind)
        same = (y[:, None] == y[None]).double()
        differ, positive = 1 - same, same - torch.eye(len(y))
        lowest = lambda data, mask: ((data - data.max(1, keepdim=True).values) * mask).min(1, keepdim=True).values + data.max(1, keepdim=True).values
        highest = lambda data, mask: ((data - data.min(1, keepdim=True).values) * mask).max(1, keepdim=True).values + data.min(1, keepdim=True).values
        if hard:
            gap = highest(d, positive) - lowest(d, differ)
            return torch.log1p(gap.exp()).mean() if soft else (gap + m).clamp(min=0).mean()
        n = len(y)
        tile = d.repeat(n, 1)
        mask = differ.repeat(n, 1).bool() & (tile > d.t().reshape(-1, 1))
        outside = lowest(tile, mask.double()).reshape(n, n).t()
        inside = highest(d, differ).repeat(1, n)
        chosen = torch.where(mask.sum(1).gt(0).reshape(n, n).t(), outside, inside)
        return ((m + d - chosen) * positive).clamp(min=0).sum() / positive.sum()
    source = "published formula (tensorflow_addons 0.23 losses/triplet.py)"
    for prefix in ("c", "r"):
        xf, yf, args = mine_files(prefix)
        x, y = MINE.load(xf).double().requires_grad_(), MINE.load(yf)
        for name, flags, kw in (("", "", {}), ("_l2", " --distance l2", dict(kind="l2")), ("_cosine", " --distance cosine", dict(kind="cosine")), ("_margin", " --margin 0.2", dict(m=.2)),
                                ("_hard", " --mining batch-hard", dict(hard=True)), ("_hard_soft", " --mining batch-hard --distance l2 --margin soft", dict(hard=True, soft=True, kind="l2"))):
            v = tfa(x, y, **kw)
            MINE.case("tfa_" + prefix + name, args + " --convention tfa" + flags, v.detach(), source, 1e-6, note="TripletSemiHardLoss: squared distances, every positive pair counts; TripletHardLoss counts rows without a positive")
        v = define_mine(x, y, mining="semi-hard", kind="sql2", margin=.2)[0]
        MINE.case("facenet_" + prefix, args + " --convention facenet", v.detach(), "published formula", 1e-6, note="Schroff et al. 2015: semi-hard of every positive pair, squared distances, margin 0.2")
        v = define_mine(x, y, mining="batch-hard", margin="soft")[0]
        MINE.case("hermans_" + prefix, args + " --convention hermans", v.detach(), "published formula", 1e-6, note="Hermans et al. 2017: batch-hard, soft margin")
        for name, flags, kw in (("_all", " --mining batch-all", dict(mining="batch-all")), ("_all_active", " --mining batch-all --reduction active --margin 1", dict(mining="batch-all", reduction="active", margin=1.0))):
            MINE.case("hermans_" + prefix + name, args + " --convention hermans" + flags, define_mine(x, y, **{"margin": "soft", **kw})[0].detach(), "published formula", 1e-6)

    args = mine_files("c")[2]
    def golden(name, flags, value, count=None, count_name="anchors", tol=4e-7, rows=None, components=None, note=None):
        MINE.case("golden_" + name, args + " " + flags, value, "survey, Golden C", tol, rows=rows, components=components, note=note)
    m1 = "--convention pml --normalize=false --margin 1 "
    golden("pml_all_mean", m1 + "--reduction mean", 1.818574070930481)
    golden("pml_all_active", m1, 2.5180256366729736)
    golden("pml_all_sum", m1 + "--reduction sum", 98.2030029296875)
    golden("pml_default", "--convention pml", 0.8870068192481995)
    golden("pml_cosine", "--convention pml --distance cosine", 1.0816389322280884)
    golden("pml_batch_hard", m1 + "--mining batch-hard --reduction mean", 4.920233726501465, components={"anchors": 7, "no_positive": 1})
    golden("pml_batch_hard_soft", "--convention pml --normalize=false --margin soft --mining batch-hard --reduction mean", 3.945063352584839)
    golden("hermans", "--convention hermans", 3.945063352584839, components={"anchors": 7})
    golden("pml_semihard", m1 + "--mining semi-hard --reduction mean", 0.3852911591529846, components={"triplets": 10})
    golden("pml_hard", m1 + "--mining hard --reduction mean", 3.253451347351074, components={"triplets": 29})
    golden("pml_miner_all", m1, 2.5180256366729736, components={"triplets": 54, "active": 39 / 54})
    golden("pml_easy", m1 + "--mining easy-positive --reduction mean", 0.32678931951522827, components={"anchors": 7})
    golden("batch_semi_hard", "--mining batch-semi-hard", 0.39838433265686035, components={"triplets": 10})
    golden("tfa_l2", "--convention tfa --distance l2", 0.39838433265686035, components={"triplets": 10})
    golden("tfa", "--convention tfa", 0.377777099609375, tol=4e-6, components={"triplets": 10}, note="squared distances in float32 by products there: five digits")
    golden("sbert_batch_hard", "--convention sbert --margin 1", 4.3580358400940895, components={"triplets": 8, "no_positive": 1},
           rows=[6.253601551055908, 5.676251411437988, 5.105210304260254, 4.527860641479492, 4.527860164642334, 3.886751174926758, 4.464101791381836, 0.42264968156814575])
    golden("sbert_batch_hard_soft", "--convention sbert --margin soft", 3.5076270028948784)
    golden("batch_all", "--mining batch-all", 1.818574117289649, components={"triplets": 54, "active": 39 / 54})
    golden("batch_all_active", "--mining batch-all --reduction active", 2.5180257008625913)


if __name__ == "__main__":
    point_inputs()
    point_definitions()
    point_conventions()
    POINT.write(("optax", "pytorch-metric-learning", "sentence-transformers"))
    mine_inputs()
    mine_definitions()
    mine_conventions()
    MINE.write(("pytorch-metric-learning", "sentence-transformers"))
