"""Reference values of `lossctl kl`: writes testdata/kl/*.npy and testdata/kl/reference.json.

    python kl.py

Definitions are in float64 on the stored values, gradients by autograd; conventions are torch, torchmetrics, optax and keras themselves.
"""
import math, os, warnings

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch
import torch.nn.functional as F
import torchmetrics, torchmetrics.functional.regression as tm
from scipy.stats import entropy
from cases import Cases, f4

keras.config.set_floatx("float64")
C = Cases("kl")


def inputs():
    # Golden B of the survey.
    C.put("g_student.npy", f4([[1, 2, 0.5, -1], [0, 0, 0, 3]]))
    C.put("g_teacher.npy", f4([[2, 1, 0, 0], [0, 1, 0, 2]]))

    r = np.random.RandomState(30)
    soft = lambda x: np.exp(x - np.log(np.exp(x).sum(-1, keepdims=True)))
    for name, shape in (("n", (7, 5)), ("t", (3, 6, 8)), ("w", (4, 300))):
        for k, side in enumerate(("pred", "target")):
            x = f4((2 + k) * r.randn(*shape))
            C.put("%s_%s.npy" % (name, side), x)
            p = soft(x.astype(np.float64))
            C.put("%s_%s_probs.npy" % (name, side), f4(p))
            C.put("%s_%s_logprobs.npy" % (name, side), np.log(p))                    # float64
    C.put("n_pred_f2.npy", C.arrays["n_pred.npy"].astype(np.float16))
    C.put("n_target_probs_f2.npy", C.arrays["n_target_probs.npy"].astype(np.float16))
    C.put("n_pred_f8be.npy", C.arrays["n_pred.npy"].astype(">f8"))
    C.put("n_pred_fortran.npy", C.arrays["n_pred.npy"])
    np.save(os.path.join(C.out, "n_pred_fortran.npy"), np.asfortranarray(C.arrays["n_pred.npy"]))
    C.put("n_mask.npy", np.array([1, 1, 0, 1, 0, 1, 1], bool))
    C.put("n_weight.npy", f4([0.5, 1, 2, 0.25, 3, 0, 1.5]))
    C.put("t_mask.npy", r.rand(3, 6) < 0.7)
    C.put("v_pred.npy", f4(2 * r.randn(2, 4, 3, 5)))                                  # (N,C,H,W)
    C.put("v_target.npy", f4(2 * r.randn(2, 4, 3, 5)))
    C.put("one_pred.npy", f4(r.randn(6)))                                             # one distribution
    C.put("one_target.npy", f4(r.randn(6)))
    far = C.arrays["n_pred.npy"].copy()
    far[::2] *= 300
    C.put("x_pred.npy", far)                                                          # probabilities far below float64
    # Zeros: of p alone, of both, of q alone in the last row.
    zp = f4([[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]])
    zq = f4([[0.25, 0.5, 0.25, 0], [0.5, 0.25, 0.25, 0], [0.5, 0.5, 0, 0]])
    C.put("z_target_probs.npy", zp)
    C.put("z_pred_probs.npy", zq)
    C.put("z_target.npy", np.log(zp))                                                 # logits of −inf
    C.put("z_pred.npy", np.log(zq))
    C.put("z_pred_logprobs.npy", np.log(zq.astype(np.float64)))
    C.put("z_target_finite.npy", zp[:2])
    C.put("z_pred_finite.npy", zq[:2])
    # Rows that do not sum to 1.
    C.put("u_target.npy", f4([[0.5, 0.3, 0.1], [0.2, 0.2, 0.2], [0.6, 0.3, 0.1]]))
    C.put("u_pred.npy", f4([[0.4, 0.4, 0.4], [0.1, 0.7, 0.2], [1e-9, 0.5, 0.5]]))
    C.put("u_zero_target.npy", f4([[0, 1, 0], [0.2, 0.8, 0]]))
    C.put("u_zero_pred.npy", f4([[0.5, 0, 0.5], [0.3, 0.7, 0]]))


# ---------------------------------------------------------------- the definition

def side(x, as_, temperature=1.0, renormalize=False):
    """Log-probabilities and probabilities along the last axis: softmax(x/T) of logits, softmax(log(x)/T) of probabilities, which are taken
    as they are where T = 1 and they are not renormalised."""
    if as_ == "logits" or temperature != 1 or renormalize:
        log = x.log() if as_ == "probs" else x
        log = torch.log_softmax(log / temperature, -1)
        return log, log.exp()
    return (x.log(), x) if as_ == "probs" else (x, x.exp())


def kl(p, q):
    """Σ_c p_c (log p_c − log q_c), 0 where p_c is 0."""
    zero = torch.zeros_like(p[1])
    return torch.where(p[1] > 0, p[1] * (p[0] - q[0]), zero).sum(-1)


def define(pred, target, pred_as="logits", target_as=None, divergence="forward", beta=0.5, temperature=1.0, renormalize=False, unit="nats", axis=-1):
    q = side(pred.movedim(axis, -1), pred_as, temperature, renormalize)
    p = side(target.movedim(axis, -1), target_as or pred_as, temperature, renormalize)
    if divergence == "js":
        divergence, beta = "gjs", 0.5
    if divergence == "forward" or divergence == "gjs" and beta == 0:
        d = kl(p, q)
    elif divergence == "reverse" or divergence == "gjs" and beta == 1:
        d = kl(q, p)
    elif divergence == "jeffreys":
        d = kl(p, q) + kl(q, p)
    else:
        m = beta * p[1] + (1 - beta) * q[1]
        m = (torch.where(m > 0, m, torch.ones_like(m)).log(), m)
        d = beta * kl(p, m) + (1 - beta) * kl(q, m)
    return d / math.log(2) if unit == "bits" else d


def case(name, pred, target, flags="", grad="pred", mask=None, weight=None, reduction="mean", rows=True, note=None, **kw):
    """Flags are the command line's, kw the same settings for define."""
    x, y = C.tensor(pred, grad == "pred"), C.tensor(target, grad == "target")
    cells = define(x, y, **kw)
    keep = torch.ones(cells.shape, dtype=torch.bool)
    args = "--pred %s --target %s %s" % (pred, target, flags)
    if mask:
        keep = C.tensor(mask)
        args += " --mask " + mask
    if weight:
        cells = cells * C.tensor(weight)
        args += " --sample-weight " + weight
    cells = torch.where(keep, cells, torch.zeros_like(cells))
    total = cells.sum()
    value = {"mean": total / keep.sum(), "sum": total, "batchmean": total / x.shape[0]}[reduction]
    if reduction != "mean":
        args += " --reduction " + reduction
    if grad == "target":
        args += " --grad-of target"
    g = None
    if grad:
        g, = torch.autograd.grad(value, x if grad == "pred" else y)
    per = None
    if rows and reduction == "mean" and cells.ndim > 0:
        per = cells.flatten(1).sum(1) / keep.flatten(1).sum(1) if cells.ndim > 1 else cells / keep
        per = per.detach()
    C.add(name, args, value, per_sample=per, grad=g, note=note)


def definitions():
    P, T = "n_pred.npy", "n_target.npy"
    for k in ("forward", "reverse", "js", "jeffreys"):
        case("n_" + k, P, T, "--divergence " + k, divergence=k)
        case("n_%s_by_target" % k, P, T, "--divergence " + k, divergence=k, grad="target")
        case("n_%s_T4" % k, P, T, "--divergence %s --temperature 4" % k, divergence=k, temperature=4.0)
        case("n_%s_probs" % k, "n_pred_probs.npy", "n_target_probs.npy", "--pred-as probs --divergence " + k, divergence=k, pred_as="probs")
        case("n_%s_logprobs_by_target" % k, "n_pred_logprobs.npy", "n_target_logprobs.npy", "--pred-as logprobs --divergence " + k, divergence=k,
             pred_as="logprobs", grad="target")
        case("w_" + k, "w_pred.npy", "w_target.npy", "--divergence %s --temperature 2" % k, divergence=k, temperature=2.0)
    for b in (0, 0.1, 0.5, 0.9, 1):
        case("n_gjs_%g" % b, P, T, "--divergence gjs --beta %g" % b, divergence="gjs", beta=b)
    case("n_gjs_01_by_target", P, T, "--divergence gjs --beta 0.1", divergence="gjs", beta=0.1, grad="target")
    case("n_low_temperature", P, T, "--temperature 0.25", temperature=0.25)
    case("n_bits", P, T, "--unit bits", unit="bits")
    case("n_bits_js", P, T, "--unit bits --divergence js", unit="bits", divergence="js", grad="target", note="at most 1")
    case("n_sum", P, T, reduction="sum")
    case("n_batchmean", P, T, reduction="batchmean")
    case("n_mask", P, T, mask="n_mask.npy")
    case("n_mask_sum", P, T, mask="n_mask.npy", reduction="sum", grad="target")
    case("n_weight", P, T, weight="n_weight.npy")
    case("n_f2", "n_pred_f2.npy", T, grad=None)
    case("n_f8be", "n_pred_f8be.npy", T)
    case("n_fortran", "n_pred_fortran.npy", T, grad=None)
    case("n_probs_target", P, "n_target_probs.npy", "--target-as probs", target_as="probs")
    case("n_probs_target_by_target", P, "n_target_probs.npy", "--target-as probs", target_as="probs", grad="target")
    case("n_probs_T2", "n_pred_probs.npy", "n_target_probs.npy", "--pred-as probs --temperature 2", pred_as="probs", temperature=2.0)
    case("n_probs_T2_by_target", "n_pred_probs.npy", "n_target_probs.npy", "--pred-as probs --temperature 2", pred_as="probs", temperature=2.0, grad="target")
    case("n_probs_f2", P, "n_target_probs_f2.npy", "--target-as probs", target_as="probs", grad=None)
    case("n_logprobs", "n_pred_logprobs.npy", "n_target_logprobs.npy", "--pred-as logprobs", pred_as="logprobs")
    case("n_logprobs_probs", "n_pred_logprobs.npy", "n_target_probs.npy", "--pred-as logprobs --target-as probs", pred_as="logprobs", target_as="probs")
    case("n_logprobs_T3", "n_pred_logprobs.npy", "n_target_logprobs.npy", "--pred-as logprobs --temperature 3", pred_as="logprobs", temperature=3.0)
    case("t_tokens", "t_pred.npy", "t_target.npy")
    case("t_mask", "t_pred.npy", "t_target.npy", mask="t_mask.npy")
    case("t_batchmean", "t_pred.npy", "t_target.npy", reduction="batchmean", note="÷ samples, not tokens")
    case("t_class_axis_1", "t_pred.npy", "t_target.npy", "--class-axis 1", axis=1)
    case("v_planes", "v_pred.npy", "v_target.npy", "--class-axis 1 --divergence js", axis=1, divergence="js")
    case("v_last", "v_pred.npy", "v_target.npy")
    case("x_far", "x_pred.npy", T, "--divergence forward")
    case("x_far_reverse", "x_pred.npy", T, "--divergence reverse", divergence="reverse")
    case("x_far_js", "x_pred.npy", T, "--divergence js", divergence="js")
    case("w_mean_of_equals", "w_pred.npy", "w_pred.npy", grad=None, rows=False)
    for k in ("forward", "reverse", "js", "jeffreys"):
        case("z_%s_probs" % k, "z_pred_probs.npy", "z_target_probs.npy", "--pred-as probs --divergence " + k, pred_as="probs", divergence=k, grad=None)
        case("z_%s_logits" % k, "z_pred.npy", "z_target.npy", "--divergence " + k, divergence=k, grad=None)
    case("z_logprobs", "z_pred_logprobs.npy", "z_target_probs.npy", "--pred-as logprobs --target-as probs", pred_as="logprobs", target_as="probs", grad=None)
    case("u_unchecked", "u_pred.npy", "u_target.npy", "--pred-as probs --sum-tolerance none", pred_as="probs")
    case("u_tolerance", "u_pred.npy", "u_target.npy", "--pred-as probs --sum-tolerance 0.5", pred_as="probs", grad="target")
    case("u_renormalize", "u_pred.npy", "u_target.npy", "--pred-as probs --renormalize", pred_as="probs", renormalize=True)
    case("u_renormalize_js", "u_pred.npy", "u_target.npy", "--pred-as probs --renormalize --divergence js", pred_as="probs", renormalize=True, divergence="js",
         grad="target")
    one = define(C.tensor("one_pred.npy"), C.tensor("one_target.npy"))
    C.add("one_no_batch", "--pred one_pred.npy --target one_target.npy --no-batch", one)
    D = "../digits/"
    case("digits", D + "student_logits.npy", D + "teacher_logits.npy", grad=None)
    case("digits_T4", D + "student_logits.npy", D + "teacher_logits.npy", "--temperature 4", temperature=4.0, grad=None)
    case("digits_files", D + "student_probs_f64.npy", D + "teacher_probs_f16.npy", "--pred-as probs --renormalize", pred_as="probs", renormalize=True, grad=None,
         note="float64 and float16")
    golden = {"forward": [0.4284479022026062, 0.2596140503883362], "reverse": [0.4215332567691803, 0.18133684992790222],
              "js": [0.10212810337543488, 0.05124487727880478]}
    for k, rows in golden.items():
        C.add("golden_" + k, "--pred g_student.npy --target g_teacher.npy --divergence " + k, sum(rows) / 2, "survey, torch float32", 1e-6, rows)
    for b, rows in ((0.1, [0.037922028452157974, 0.021873781457543373]), (0.5, [0.10212817788124084, 0.05124487727880478]),
                    (0.9, [0.03744151070713997, 0.016647057607769966])):
        C.add("golden_gjs_%g" % b, "--pred g_student.npy --target g_teacher.npy --divergence gjs --beta %g" % b, sum(rows) / 2,
              "survey, trl float32", 2e-6, rows)
    T4 = "--pred g_student.npy --target g_teacher.npy --temperature 4"
    C.add("golden_T4", T4, 0.022000864148139954, "survey, torch float32", 1e-5, note="batchmean, without T²")


# ---------------------------------------------------------------- conventions

def lib(convention, name, pred, target, flags, f, grad=None, note=None):
    x, y = C.tensor(pred, grad == "pred"), C.tensor(target, grad == "target")
    value = f(x, y)
    g = torch.autograd.grad(value, x if grad == "pred" else y)[0] if grad else None
    args = "--pred %s --target %s --convention %s %s" % (pred, target, convention, flags)
    if grad == "target":
        args += " --grad-of target"
    version = {"torch": torch.__version__, "torchmetrics": torchmetrics.__version__, "optax": optax.__version__, "keras": keras.__version__}[convention]
    C.add("%s_%s" % (convention, name), args, value, "%s %s" % (convention, version), 1e-6, grad=g, note=note)


def conventions():
    P, T, PP, TP, PL, TL = "n_pred.npy", "n_target.npy", "n_pred_probs.npy", "n_target_probs.npy", "n_pred_logprobs.npy", "n_target_logprobs.npy"
    logs, lp = "--pred-as logprobs --target-as probs", "--pred-as logprobs"
    for r in ("mean", "sum", "batchmean"):
        lib("torch", r, PL, TP, logs + " --reduction " + r, lambda x, y: F.kl_div(x, y, reduction=r), grad="pred")
    lib("torch", "log_target", PL, TL, lp, lambda x, y: F.kl_div(x, y, log_target=True), grad="target")
    lib("torch", "logits", P, T, "", lambda x, y: F.kl_div(x.log_softmax(-1), y.softmax(-1)), grad="pred")
    lib("torch", "tokens_batchmean", "t_pred_logprobs.npy", "t_target_probs.npy", logs + " --reduction batchmean",
        lambda x, y: F.kl_div(x, y, reduction="batchmean"), note="÷ samples only")
    lib("torch", "unnormalised", "u_pred.npy", "u_target.npy", "--pred-as probs", lambda x, y: F.kl_div(x.log(), y), grad="pred")
    lib("torch", "zeros", "z_pred_finite.npy", "z_target_finite.npy", "--pred-as probs", lambda x, y: F.kl_div(torch.tensor([[.25, .5, .25, 1e-9], [.5, .25, .25, 1e-9]]).log(), y),
        note="where p is 0, q is of no matter")
    for r in ("mean", "sum"):
        lib("torchmetrics", r, "u_pred.npy", "u_target.npy", "--pred-as probs --reduction " + r, lambda x, y: tm.kl_divergence(y, x, reduction=r), grad="pred")
    lib("torchmetrics", "log_prob", PL, TL, lp, lambda x, y: tm.kl_divergence(y, x, log_prob=True),
        note="not renormalised, which is of no matter here")
    lib("torchmetrics", "js", "u_pred.npy", "u_target.npy", "--pred-as probs --divergence js", lambda x, y: tm.jensen_shannon_divergence(y, x), grad="target")
    lib("torchmetrics", "zeros", "z_pred_finite.npy", "z_target_finite.npy", "--pred-as probs", lambda x, y: tm.kl_divergence(y, x + (x == 0) * 1e-300),
        note="its own 0/0 of both zeros is nan")
    lib("torchmetrics", "probs", PP, TP, "--pred-as probs", lambda x, y: tm.kl_divergence(y, x), grad="pred")
    J = lambda t: jnp.asarray(t.detach().numpy())
    lib("optax", "mean", PL, TP, logs, lambda x, y: float(optax.losses.kl_divergence(J(x), J(y)).mean()))
    lib("optax", "log_targets", PL, TL, lp, lambda x, y: float(optax.losses.kl_divergence_with_log_targets(J(x), J(y)).mean()))
    lib("optax", "tokens", "t_pred_logprobs.npy", "t_target_probs.npy", logs, lambda x, y: float(optax.losses.kl_divergence(J(x), J(y)).mean()))
    lib("optax", "sum", PL, TP, logs + " --reduction sum", lambda x, y: float(optax.losses.kl_divergence(J(x), J(y)).sum()))
    lib("optax", "unnormalised", "u_pred.npy", "u_target.npy", "--pred-as probs", lambda x, y: float(optax.losses.kl_divergence(J(x.log()), J(y)).mean()))
    rows = lambda x, y: keras.losses.kl_divergence(y, x)
    for name, p, t, g in (("probs", PP, TP, "pred"), ("tokens", "t_pred_probs.npy", "t_target_probs.npy", "target"), ("unnormalised", "u_pred.npy", "u_target.npy", "pred"),
                          ("zeros", "z_pred_probs.npy", "z_target_probs.npy", None), ("clipped", "u_zero_pred.npy", "u_zero_target.npy", None)):
        lib("keras", name, p, t, "--pred-as probs", lambda x, y: rows(x, y).mean(), grad=g)
    lib("keras", "sum", PP, TP, "--pred-as probs --reduction sum", lambda x, y: rows(x, y).sum(), grad="target")
    lib("keras", "logits", "x_pred.npy", T, "", lambda x, y: rows(x.softmax(-1), y.softmax(-1)).mean(), grad="pred", note="softmax, then the clip")


def cross_checks():
    C.same("n_forward", F.kl_div(C.tensor("n_pred.npy").log_softmax(-1), C.tensor("n_target.npy").log_softmax(-1), log_target=True, reduction="batchmean"))
    C.same("n_forward", torch.distributions.kl_divergence(torch.distributions.Categorical(logits=C.tensor("n_target.npy")),
                                                           torch.distributions.Categorical(logits=C.tensor("n_pred.npy"))).mean())
    C.same("u_renormalize", entropy(C.load("u_target.npy"), C.load("u_pred.npy"), axis=-1).mean(), 1e-6)
    C.same("n_bits", entropy(np.exp(C.load("n_target_logprobs.npy")), np.exp(C.load("n_pred_logprobs.npy")), axis=-1, base=2).mean())
    C.same("n_jeffreys", C.values["n_forward"] + C.values["n_reverse"])
    C.same("n_gjs_0", "n_forward")
    C.same("n_gjs_1", "n_reverse")
    C.same("n_gjs_0.5", "n_js")
    C.same("u_renormalize", "torchmetrics_mean", 1e-9)
    C.same("t_tokens", "optax_tokens", 1e-6)
    C.same("torch_mean", C.values["torch_sum"] / 35)
    C.same("torch_mean", C.values["n_logprobs_probs"] / 5)


inputs()
definitions()
conventions()
cross_checks()
C.write("torchmetrics", "optax", "jax", "keras", "scipy")
