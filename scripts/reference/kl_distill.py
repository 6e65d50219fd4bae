"""Reference values of `lossctl kl distill`: writes testdata/kl_distill/*.npy and testdata/kl_distill/reference.json.

    python kl_distill.py

Definitions are in float64 on the stored values, gradients by autograd. torchdistill is imported; trl's functions are taken from its installed
source, as its package wants more than torch; RepDistiller, mdistiller, DeiT, mmdet and sentence-transformers are their published formulas.
"""
import ast, importlib.metadata as md, types, warnings

warnings.filterwarnings("ignore")
import numpy as np
import torch
import torch.nn.functional as F
from torchdistill.losses.mid_level import DISTLoss, KDLoss, LogitStdKDLoss
from cases import Cases, f4

C = Cases("kl_distill")


def function(package, path, name, **names):
    """A function of an installed file, without importing the package."""
    text = md.distribution(package).locate_file(path).read_text()
    node = next(n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.FunctionDef) and n.name == name)
    node.decorator_list = []
    space = {"torch": torch, "F": F, **names}
    exec(compile(ast.Module([node], []), path, "exec"), space)
    return space[name]


def inputs():
    # Golden B of the survey; labels recovered from its DKD.
    C.put("g_student.npy", f4([[1, 2, 0.5, -1], [0, 0, 0, 3]]))
    C.put("g_teacher.npy", f4([[2, 1, 0, 0], [0, 1, 0, 2]]))
    C.put("g_labels.npy", np.array([1, 3]))

    r = np.random.RandomState(31)
    soft = lambda x: np.exp(x - np.log(np.exp(x).sum(-1, keepdims=True)))
    for name, shape in (("n", (7, 5)), ("t", (3, 6, 8)), ("w", (5, 200))):
        for k, side in enumerate(("student", "teacher")):
            C.put("%s_%s.npy" % (name, side), f4((2 + k) * r.randn(*shape)))
        C.put(name + "_labels.npy", r.randint(0, shape[-1], shape[:-1]).astype(np.int32))
    for side in ("student", "teacher"):
        p = soft(C.arrays["n_%s.npy" % side].astype(np.float64))
        C.put("n_%s_probs.npy" % side, f4(p))
        C.put("n_%s_logprobs.npy" % side, np.log(p))
    C.put("n_teacher_f2.npy", C.arrays["n_teacher.npy"].astype(np.float16))
    ignored = C.arrays["t_labels.npy"].copy()
    for row, length in enumerate((6, 4, 1)):
        ignored[row, length:] = -100
    C.put("t_labels_ignored.npy", ignored)
    C.put("n_mask.npy", np.array([1, 1, 0, 1, 0, 1, 1], bool))
    C.put("n_weight.npy", f4([0.5, 1, 2, 0.25, 3, 0, 1.5]))
    C.put("v_student.npy", f4(2 * r.randn(2, 4, 3, 5)))                               # (N,C,H,W)
    C.put("v_teacher.npy", f4(2 * r.randn(2, 4, 3, 5)))
    C.put("v_labels.npy", r.randint(0, 4, (2, 3, 5)).astype(np.uint8))
    far = C.arrays["n_student.npy"].copy()
    far[::2] *= 300
    C.put("x_student.npy", far)
    # The top 3 of 8 tokens, as a server gives them: ids, log-probabilities among all, shuffled.
    logp = torch.from_numpy(C.arrays["t_teacher.npy"]).double().log_softmax(-1)
    values, ids = logp.topk(3, -1)
    order = torch.tensor([2, 0, 1])
    C.put("t_top_ids.npy", ids[..., order].numpy().astype(np.int32))
    C.put("t_top_logprobs.npy", f4(values[..., order].numpy()))
    C.put("t_top_probs.npy", values[..., order].exp().numpy())
    C.put("t_top_logits.npy", f4(torch.gather(torch.from_numpy(C.arrays["t_teacher.npy"]), -1, ids[..., order]).numpy()))


# ---------------------------------------------------------------- the definitions

def kl(p, q):
    """KL of log-probabilities along the last axis."""
    zero = torch.zeros_like(p)
    return torch.where(p > -torch.inf, p.exp() * (p - q), zero).sum(-1)


def gjs(p, q, beta):
    if beta in (0, 1):
        return kl(p, q) if beta == 0 else kl(q, p)
    m = (beta * p.exp() + (1 - beta) * q.exp()).log()
    return beta * kl(p, m) + (1 - beta) * kl(q, m)


def logit(x, as_):
    return x.log() if as_ == "probs" else x


def pearson(a, b, axis):
    a, b = a - a.mean(axis, keepdim=True), b - b.mean(axis, keepdim=True)
    return (a * b).sum(axis) / ((a * a).sum(axis) * (b * b).sum(axis)).sqrt()


def define_kd(s, t, y=None, kind="kd", temperature=4.0, t2=True, dkd_alpha=1.0, dkd_beta=8.0, gkd_beta=0.5, dist_beta=1.0, dist_gamma=1.0, eps=0.0, keep=None):
    """kd of every position, and its parts; s and t are logits with the classes last."""
    T = temperature
    parts = {}
    if kind == "logit-std":
        s, t = ((x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) for x in (s, t))
    q, p = (s / T).log_softmax(-1), (t / T).log_softmax(-1)
    if kind in ("kd", "logit-std"):
        kd = kl(p, q)
    elif kind == "gkd":
        kd = gjs(p, q, gkd_beta)
    elif kind == "dkd":
        hit = F.one_hot(y.long(), s.shape[-1]).bool()
        two = lambda x: torch.stack([x[hit].view(y.shape), x.masked_fill(hit, -torch.inf).logsumexp(-1)], -1)
        others = lambda x: x[~hit].view(y.shape + (-1,)).log_softmax(-1)
        parts["tckd"], parts["nckd"] = kl(two(p), two(q)), kl(others(t / T), others(s / T))
        kd = dkd_alpha * parts["tckd"] + dkd_beta * parts["nckd"]
    else:
        q, p = q.exp().flatten(0, -2), p.exp().flatten(0, -2)
        if keep is not None:
            q, p = q[keep], p[keep]
        parts["inter"], parts["intra"] = 1 - pearson(q, p, 1), (1 - pearson(q, p, 0)).mean().expand(q.shape[0])
        kd = dist_beta * parts["inter"] + dist_gamma * parts["intra"]
    f = T * T if t2 else 1
    return kd * f, {k: v * f for k, v in parts.items()}


def case(name, student, teacher, flags="", labels=None, grad=True, mask=None, weight=None, reduction="mean", rows=True, pred_as="logits", target_as=None,
         axis=-1, ce_weight=None, kd_weight=None, note=None, **kw):
    """Flags are the command line's, kw the same settings for define_kd."""
    x = C.tensor(student, grad)
    s, t = (logit(z, a).movedim(axis, -1) for z, a in ((x, pred_as), (C.tensor(teacher), target_as or pred_as)))
    y = None if labels is None else C.tensor(labels)
    keep = torch.ones(s.shape[:-1], dtype=torch.bool)
    args = "--student %s --teacher %s %s" % (student, teacher, flags)
    if y is not None:
        args += " --labels " + labels
        keep = y != -100
        y = torch.where(keep, y, 0)
    if mask:
        args += " --mask " + mask
        keep = keep & C.tensor(mask)
    dist = kw.get("kind") == "dist"
    kd, _ = define_kd(s, t, y, keep=keep.flatten() if dist else None, **kw)
    total = (1 if y is None else 0.9) if kd_weight is None else kd_weight
    cells = total * kd
    if y is not None:
        ce = F.cross_entropy(s.flatten(0, -2), y.flatten().long(), reduction="none").view(y.shape)
        if dist:
            ce, keep = ce[keep], keep[keep]
        cells = cells + (0.1 if ce_weight is None else ce_weight) * ce
    if weight:
        args += " --sample-weight " + weight
        cells = cells * C.tensor(weight)
    cells = torch.where(keep, cells, torch.zeros_like(cells)) if cells.shape == keep.shape else cells
    count = keep.sum() if cells.shape == keep.shape else cells.numel()
    value = {"mean": cells.sum() / count, "sum": cells.sum(), "batchmean": cells.sum() / x.shape[0]}[reduction]
    if reduction != "mean":
        args += " --reduction " + reduction
    g = torch.autograd.grad(value, x)[0] if grad else None
    per = None
    if rows and reduction == "mean" and cells.shape[0] == x.shape[0]:
        per = (cells.flatten(1).sum(1) / keep.flatten(1).sum(1) if cells.ndim > 1 else cells / keep).detach()
    C.add(name, args, value, per_sample=per, grad=g, note=note)


def top_case(name, flags="", tail="bucket", kind="kd", gkd_beta=0.5, temperature=4.0, teacher="t_top_logprobs.npy", as_="logprobs", t2=True, grad=True):
    x, ids = C.tensor("t_student.npy", grad), C.tensor("t_top_ids.npy").long()
    p = logit(C.tensor(teacher), as_)
    if tail == "bucket":
        all_, named = x.log_softmax(-1), F.one_hot(ids, 8).sum(-2).bool()
        rest = all_.masked_fill(named, -torch.inf).logsumexp(-1, keepdim=True)
        q = torch.cat([all_.gather(-1, ids), rest], -1)
        p = torch.cat([p, (1 - p.exp().sum(-1, keepdim=True)).log()], -1)
    else:
        q = x.gather(-1, ids)
    q, p = (q / temperature).log_softmax(-1), (p / temperature).log_softmax(-1)
    kd = (kl(p, q) if kind == "kd" else gjs(p, q, gkd_beta)) * (temperature ** 2 if t2 else 1)
    args = "--student t_student.npy --teacher %s --target-indices t_top_ids.npy --target-as %s %s" % (teacher, as_, flags)
    C.add(name, args, kd.mean(), per_sample=kd.mean(1).detach(), grad=torch.autograd.grad(kd.mean(), x)[0] if grad else None)


def definitions():
    S, T, L = "n_student.npy", "n_teacher.npy", "n_labels.npy"
    case("n_kd", S, T)
    case("n_kd_labels", S, T, labels=L)
    case("n_kd_T1", S, T, "--temperature 1", temperature=1.0)
    case("n_kd_T10", S, T, "--temperature 10", temperature=10.0, labels=L)
    case("n_kd_low_temperature", S, T, "--temperature 0.5", temperature=0.5)
    case("n_kd_no_t2", S, T, "--no-t2", t2=False, labels=L)
    case("n_kd_weights", S, T, "--ce-weight 1 --kd-weight 0.5", ce_weight=1.0, kd_weight=0.5, labels=L)
    case("n_kd_kd_weight", S, T, "--kd-weight 0.25", kd_weight=0.25)
    case("n_kd_ce_alone", S, T, "--ce-weight 1 --kd-weight 0", ce_weight=1.0, kd_weight=0.0, labels=L)
    case("n_kd_sum", S, T, labels=L, reduction="sum")
    case("n_kd_mask", S, T, labels=L, mask="n_mask.npy")
    case("n_kd_weight", S, T, labels=L, weight="n_weight.npy")
    case("n_kd_probs", "n_student_probs.npy", "n_teacher_probs.npy", "--pred-as probs", pred_as="probs", labels=L)
    case("n_kd_logprobs", "n_student_logprobs.npy", "n_teacher_probs.npy", "--pred-as logprobs --target-as probs", pred_as="logprobs", target_as="probs", labels=L)
    case("n_kd_f2", S, "n_teacher_f2.npy", grad=False)
    case("n_dkd", S, T, "--kind dkd", kind="dkd", labels=L)
    case("n_dkd_weights", S, T, "--kind dkd --dkd-alpha 2 --dkd-beta 0.5 --temperature 2", kind="dkd", dkd_alpha=2.0, dkd_beta=0.5, temperature=2.0, labels=L)
    case("n_dkd_mask_sum", S, T, "--kind dkd", kind="dkd", labels=L, mask="n_mask.npy", reduction="sum")
    case("n_dkd_probs", "n_student_probs.npy", T, "--kind dkd --pred-as probs --target-as logits", kind="dkd", pred_as="probs", target_as="logits", labels=L)
    for b in (0, 0.1, 0.5, 1):
        case("n_gkd_%g" % b, S, T, "--kind gkd --gkd-beta %g" % b, kind="gkd", gkd_beta=b)
    case("n_gkd_T1_labels", S, T, "--kind gkd --temperature 1", kind="gkd", temperature=1.0, labels=L)
    case("n_logit_std", S, T, "--kind logit-std", kind="logit-std")
    case("n_logit_std_labels", S, T, "--kind logit-std --temperature 2", kind="logit-std", temperature=2.0, labels=L)
    case("n_dist", S, T, "--kind dist --temperature 1", kind="dist", temperature=1.0)
    case("n_dist_T4_labels", S, T, "--kind dist", kind="dist", labels=L)
    case("n_dist_weights", S, T, "--kind dist --dist-beta 2 --dist-gamma 0.5 --temperature 2", kind="dist", dist_beta=2.0, dist_gamma=0.5, temperature=2.0)
    case("n_dist_mask", S, T, "--kind dist --temperature 1", kind="dist", temperature=1.0, mask="n_mask.npy", grad=False)
    batches = [define_kd(C.tensor(S)[i:i + 3], C.tensor(T)[i:i + 3], kind="dist", temperature=1.0)[0] for i in (0, 3)]
    # the last of three batches has one sample, whose classes do not vary: ρ is 0 there
    last = define_kd(C.tensor(S)[6:], C.tensor(T)[6:], kind="dist", temperature=1.0)[1]["inter"] + 1
    C.add("n_dist_batches", "--student %s --teacher %s --kind dist --temperature 1 --batch-size 3" % (S, T), torch.cat(batches + [last]).mean(),
          per_sample=torch.cat(batches + [last]))
    for kind in ("kd", "dkd", "gkd", "logit-std", "dist"):
        case("t_" + kind, "t_student.npy", "t_teacher.npy", "--kind " + kind, kind=kind, labels="t_labels.npy", rows=kind != "dist")
        case("w_" + kind, "w_student.npy", "w_teacher.npy", "--temperature 3 --kind " + kind, kind=kind, temperature=3.0, labels="w_labels.npy")
        case("x_" + kind, "x_student.npy", T, "--kind " + kind, kind=kind, labels=L)
    case("t_ignored", "t_student.npy", "t_teacher.npy", labels="t_labels_ignored.npy")
    case("t_ignored_dkd", "t_student.npy", "t_teacher.npy", "--kind dkd", kind="dkd", labels="t_labels_ignored.npy")
    case("t_batchmean", "t_student.npy", "t_teacher.npy", reduction="batchmean")
    case("v_kd", "v_student.npy", "v_teacher.npy", labels="v_labels.npy", axis=1, note="the labels say where the classes are")
    case("v_kd_class_axis", "v_student.npy", "v_teacher.npy", "--class-axis 1", axis=1)
    case("v_dkd", "v_student.npy", "v_teacher.npy", "--kind dkd", kind="dkd", labels="v_labels.npy", axis=1)
    D = "../digits/"
    for kind in ("kd", "dkd", "logit-std", "dist"):
        case("digits_" + kind, D + "student_logits.npy", D + "teacher_logits.npy", "--kind " + kind, kind=kind, labels=D + "labels.npy", grad=False, rows=False)
    top_case("top_bucket")
    top_case("top_bucket_T1", "--temperature 1", temperature=1.0)
    top_case("top_bucket_gkd", "--temperature 1 --kind gkd --gkd-beta 0.3", kind="gkd", gkd_beta=0.3, temperature=1.0)
    top_case("top_bucket_probs", teacher="t_top_probs.npy", as_="probs")
    top_case("top_renormalize", "--tail renormalize", tail="renormalize")
    top_case("top_renormalize_gkd", "--tail renormalize --temperature 1 --kind gkd", tail="renormalize", kind="gkd", temperature=1.0)
    top_case("top_renormalize_logits", "--tail renormalize", tail="renormalize", teacher="t_top_logits.npy", as_="logits")
    B = "--student g_student.npy --teacher g_teacher.npy "
    survey = ("survey, torch float32", 1e-5)
    C.add("golden_kd", B, 0.35201382637023926, *survey)
    C.add("golden_kd_no_t2", B + "--no-t2", 0.022000864148139954, *survey)
    C.add("golden_kd_mean", B + "--convention mmdet --temperature 4", 0.08800345659255981, *survey)
    C.add("golden_deit", B + "--convention deit --temperature 4", 0.08800303936004639, "survey, deit float32", 1e-5)
    C.add("golden_dkd", B + "--labels g_labels.npy --kind dkd --kd-weight 1 --ce-weight 0", 1.6358731985092163, "survey, mdistiller float32", 1e-5)
    C.add("golden_tckd", B + "--labels g_labels.npy --kind dkd --dkd-beta 0 --kd-weight 1 --ce-weight 0", 0.22596490383148193, "survey, mdistiller float32", 1e-5)
    C.add("golden_nckd", B + "--labels g_labels.npy --kind dkd --dkd-alpha 0 --dkd-beta 1 --kd-weight 1 --ce-weight 0", 0.1762385368347168, "survey, mdistiller float32", 1e-5)
    for b, rows in ((0.1, [0.037922028452157974, 0.021873781457543373]), (0.5, [0.10212817788124084, 0.05124487727880478]), (0.9, [0.03744151070713997, 0.016647057607769966])):
        C.add("golden_gkd_%g" % b, B + "--convention trl --gkd-beta %g" % b, sum(rows) / 2, "survey, trl float32", 2e-6, rows)


# ---------------------------------------------------------------- conventions

def lib(convention, name, student, teacher, flags, f, labels=None, grad=True, source=None, note=None):
    x, t = C.tensor(student, grad), C.tensor(teacher)
    y = C.tensor(labels).long() if labels else None
    value = f(x, t, y)
    args = "--student %s --teacher %s --convention %s %s" % (student, teacher, convention, flags)
    if labels:
        args += " --labels " + labels
    C.add("%s_%s" % (convention, name), args, value, source or "published formula, torch %s" % torch.__version__, 1e-6,
          grad=torch.autograd.grad(value, x)[0] if grad else None, note=note)


def conventions():
    S, T, L = "n_student.npy", "n_teacher.npy", "n_labels.npy"
    def rep(x, t, T=4.0):
        return F.kl_div(F.log_softmax(x / T, 1), F.softmax(t / T, 1), reduction="sum") * T ** 2 / x.shape[0]
    lib("repdistiller", "kd", S, T, "", lambda x, t, y: rep(x, t))
    lib("repdistiller", "labels", S, T, "", lambda x, t, y: 0.1 * F.cross_entropy(x, y) + 0.9 * rep(x, t), L)

    def dkd(x, t, y, alpha=1.0, beta=8.0, T=4.0):
        hit = F.one_hot(y, x.shape[1]).bool()
        two = lambda z: torch.stack([(z * hit).sum(1), (z * ~hit).sum(1)], 1)
        tckd = F.kl_div(two(F.softmax(x / T, 1)).log(), two(F.softmax(t / T, 1)), reduction="sum") * T ** 2 / len(y)
        nckd = F.kl_div(F.log_softmax(x / T - 1000.0 * hit, 1), F.softmax(t / T - 1000.0 * hit, 1), reduction="sum") * T ** 2 / len(y)
        return alpha * tckd + beta * nckd
    std = lambda z: (z - z.mean(-1, keepdim=True)) / (1e-7 + z.std(-1, keepdim=True))
    lib("mdistiller", "kd", S, T, "", lambda x, t, y: 0.1 * F.cross_entropy(x, y) + 0.9 * rep(x, t), L)
    lib("mdistiller", "dkd", S, T, "--kind dkd --ce-weight 1 --kd-weight 1", lambda x, t, y: F.cross_entropy(x, y) + dkd(x, t, y), L, note="after the warm-up")
    lib("mdistiller", "logit_std", S, T, "--kind logit-std", lambda x, t, y: 0.1 * F.cross_entropy(x, y) + 0.9 * rep(std(x), std(t)), L)

    td = "torchdistill %s" % md.version("torchdistill")
    io = lambda z: {"m": {"output": z}}
    make = lambda cls, **kw: (lambda x, t, y: cls("m", "output", "m", "output", **kw)(io(x), io(t), y))
    lib("torchdistill", "kd", S, T, "--ce-weight 0.4 --kd-weight 0.6 --temperature 3", make(KDLoss, temperature=3.0, alpha=0.4), L, source=td)
    lib("torchdistill", "kd_beta", S, T, "--ce-weight 0.5 --kd-weight 9", make(KDLoss, temperature=4.0, alpha=0.5, beta=9.0), L, source=td)
    lib("torchdistill", "kd_sum", S, T, "--ce-weight 0.4 --kd-weight 0.6 --reduction sum", make(KDLoss, temperature=4.0, alpha=0.4, reduction="sum"), L, source=td)
    lib("torchdistill", "kd_unlabeled", S, T, "", make(KDLoss, temperature=4.0, alpha=0.4), source=td, note="no T² without labels")
    lib("torchdistill", "logit_std", S, T, "--kind logit-std --ce-weight 0.5 --kd-weight 9 --temperature 2",
        make(LogitStdKDLoss, temperature=2.0, alpha=0.5, beta=9.0), L, source=td)
    lib("torchdistill", "dist", S, T, "--kind dist --temperature 1", make(DISTLoss), source=td)
    lib("torchdistill", "dist_weights", S, T, "--kind dist --temperature 1 --dist-beta 2 --dist-gamma 0.5", make(DISTLoss, beta=2.0, gamma=0.5), source=td)
    lib("torchdistill", "dist_T4", S, T, "--kind dist --temperature 4", make(DISTLoss, tau=4.0), source=td, note="with T², unlike KD")

    def deit(x, t, y, tau=3.0, alpha=0.5):
        kd = F.kl_div(F.log_softmax(x / tau, 1), F.log_softmax(t / tau, 1), reduction="sum", log_target=True) * tau * tau / x.numel()
        return kd if y is None else F.cross_entropy(x, y) * (1 - alpha) + kd * alpha
    lib("deit", "kd", S, T, "", deit)
    lib("deit", "labels", S, T, "", deit, L)

    def mmdet(x, t, y, T=10.0):
        return (F.kl_div(F.log_softmax(x / T, 1), F.softmax(t / T, 1), reduction="none").mean(1) * T * T).mean()
    lib("mmdet", "kd", S, T, "", mmdet)
    lib("mmdet", "labels", S, T, "", mmdet, L, note="labels are of no matter")

    gkd = function("trl", "trl/experimental/gkd/gkd_trainer.py", "generalized_jsd_loss")
    trl = "trl %s" % md.version("trl")
    for b in (0, 0.1, 0.5, 1):
        lib("trl", "beta_%g" % b, "t_student.npy", "t_teacher.npy", "--gkd-beta %g" % b, lambda x, t, y: gkd(x, t, beta=b), source=trl, note="÷ axis 0")
    for r in ("batchmean", "sum", "mean"):
        lib("trl", "labels_" + r, "t_student.npy", "t_teacher.npy", "--temperature 2 --reduction " + r, lambda x, t, y: gkd(x, t, y, temperature=2.0, reduction=r),
            "t_labels_ignored.npy", source=trl)
    divergence = function("trl", "trl/experimental/sdft/loss_utils.py", "compute_divergence")
    bucket = function("trl", "trl/experimental/sdft/loss_utils.py", "add_tail_bucket")
    def topk(x, t, y, alpha, tail):
        q, p = x.log_softmax(-1).gather(-1, C.tensor("t_top_ids.npy").long()), t
        if tail:
            q, p = bucket(q), bucket(p)
        else:
            q, p = (z - z.logsumexp(-1, keepdim=True) for z in (q, p))
        return divergence(q, p, alpha).sum() / x.shape[0]
    for alpha in (0.0, 0.3, 1.0):
        for tail in ("bucket", "renormalize"):
            lib("trl", "top_%s_%g" % (tail, alpha), "t_student.npy", "t_top_logprobs.npy",
                "--target-indices t_top_ids.npy --target-as logprobs --tail %s --gkd-beta %g" % (tail, alpha),
                lambda x, t, y: topk(x, t, y, alpha, tail == "bucket"), source=trl, note="SDFT with a teacher's server; here ÷ axis 0")

    def sbert(x, t, y, T=1.0):
        return torch.nn.KLDivLoss(reduction="batchmean")(F.log_softmax(x / T, 1), F.softmax(t / T, 1)) * T ** 2
    lib("sentence-transformers", "kd", S, T, "", sbert)
    lib("sentence-transformers", "T2", S, T, "--temperature 2", lambda x, t, y: sbert(x, t, y, 2.0), L)


def cross_checks():
    C.same("n_kd", "repdistiller_kd", 1e-9)
    C.same("n_kd_labels", "mdistiller_kd", 1e-9)
    C.same("n_kd_labels", "repdistiller_labels", 1e-9)
    C.same("n_dist", "torchdistill_dist", 1e-9)
    C.same("n_kd_ce_alone", F.cross_entropy(C.tensor("n_student.npy"), C.tensor("n_labels.npy").long()))


inputs()
definitions()
conventions()
cross_checks()
C.write("torchdistill", "trl")
