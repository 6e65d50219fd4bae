"""Reference values of `lossctl kl tokens`: writes testdata/kl_tokens/*.npy and testdata/kl_tokens/reference.json.

Three kinds of cases, see README.md:
  definition   the formulas below, in float64 on the stored values; gradients by torch autograd
  convention   what the library computes, written down from its source, which the case names
  golden       the numbers of the survey, in float32 by the libraries

    python kl_tokens.py
"""
import warnings

import numpy as np
import torch
import torch.nn.functional as F
from cases import Cases, f4

warnings.filterwarnings("ignore")  # kl_div warns of its mean
C = Cases("kl_tokens")


def inputs():
    # The survey's golden numbers: log-probs of the same differences (new − ref).
    C.put("golden_new.npy", f4([[-1.2], [-0.8], [-3], [-1]]))
    C.put("golden_ref.npy", f4([[-1], [-1], [-1], [-1]]))
    C.put("golden_far_new.npy", f4([[-51], [-101]]))
    C.put("golden_far_ref.npy", f4([[-1], [-1]]))
    ref = f4([[-1.5, -1, -2, -0.7], [-0.4, -2.5, -1, -1], [-1, -1, -1, -1]])
    C.put("golden_seq_ref.npy", ref)
    C.put("golden_seq_new.npy", ref + f4([[.2, -.5, 0, .5], [.3, -.5, 0, 0], [0, 0, 0, 0]]))
    C.put("golden_first.npy", np.array([[1], [0]], np.uint8))
    C.put("golden_seq_mask.npy", np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 0, 0, 0]], np.uint8))

    r = np.random.RandomState(40)
    # s_: log-probs of sampled tokens, (N,T)
    new = -np.abs(1.5 * r.randn(5, 7)) - 0.01
    C.put("s_new.npy", f4(new))
    C.put("s_ref.npy", f4(np.minimum(new + 0.7 * r.randn(5, 7), -1e-3)))
    C.put("s_new_f8.npy", new)
    C.put("s_ref_f8.npy", np.minimum(new + 1e-7 * r.randn(5, 7), -1e-3))      # a step away
    C.put("s_new_f2.npy", new.astype(np.float16))
    C.put("s_ref_f2.npy", np.minimum(new + 0.7 * r.randn(5, 7), -1e-3).astype(np.float16))
    mask = r.rand(5, 7) < 0.6
    mask[2] = False                                                         # a sequence without a token
    C.put("s_mask.npy", mask)
    C.put("s_lengths.npy", np.array([7, 3, 0, 1, 5]))
    labels = r.randint(0, 90, (5, 7))
    labels[~mask] = -100
    C.put("s_labels.npy", labels)
    C.put("s_weight.npy", f4([0.5, 2, 1, 0, 3]))
    C.put("s_weight_tokens.npy", f4(0.25 + r.randint(0, 7, (5, 7)) / 4))
    nanned = C.arrays["s_new.npy"].copy()
    nanned[~mask] = np.nan
    C.put("s_new_nan.npy", nanned)                                            # NaN only where the mask is 0
    C.put("x_new.npy", f4([[-0.001, -30, -700, -2], [-60, -1, -5, -0.5]]))    # far apart
    C.put("x_ref.npy", f4([[-40, -0.01, -1, -2], [-10, -12, -26, -0.25]]))
    # f_: logits over a vocabulary, (N,T,V)
    C.put("f_new.npy", f4(2 * r.randn(3, 5, 6)))
    C.put("f_ref.npy", f4(C.arrays["f_new.npy"] + r.randn(3, 5, 6)))
    C.put("f_new_f2.npy", (2 * r.randn(3, 5, 6)).astype(np.float16))
    C.put("f_ref_f8.npy", 2 * r.randn(3, 5, 6))
    C.put("f_ref_probs.npy", F.softmax(torch.from_numpy(C.arrays["f_ref.npy"]).double(), -1).numpy())
    C.put("f_ref_logprobs.npy", F.log_softmax(torch.from_numpy(C.arrays["f_ref.npy"]).double(), -1).numpy())
    C.put("f_mask.npy", np.array([[1, 1, 0, 1, 0], [0, 0, 0, 0, 0], [1, 1, 1, 1, 1]], np.uint8))
    C.put("f_labels.npy", np.array([[3, 1, -100, 5, -100], [-100] * 5, [0, 0, 2, 4, 1]]))
    C.put("f_lengths.npy", np.array([4, 0, 5], np.int32))
    C.put("f_new_axis1.npy", np.moveaxis(C.arrays["f_new.npy"], -1, 1))         # (N,V,T)
    C.put("f_ref_axis1.npy", np.moveaxis(C.arrays["f_ref.npy"], -1, 1))
    cut = C.arrays["f_new.npy"].copy()
    cut[..., 4] = -np.inf
    C.put("f_new_cut.npy", cut)                                               # a token that π never says
    ref = C.arrays["f_ref.npy"].copy()
    ref[..., 4] = -np.inf
    C.put("f_ref_cut.npy", ref)
    C.put("r_new.npy", f4(3 * r.randn(2, 3, 130)))                            # rows: more than 64 classes
    C.put("r_ref.npy", f4(3 * r.randn(2, 3, 130)))


# ---------------------------------------------------------------- definitions (float64)

def estimate(new, ref, estimator="k3", clip_log_ratio=None, clip_value=None):
    """d = log π − log π_ref of tokens sampled from π, at most clip_log_ratio in size; k1 = d, abs = |d|, k2 = d²/2,
    k3 = e^−d − 1 + d, by expm1; at most clip_value in size."""
    d = new - ref
    if clip_log_ratio is not None:
        d = d.clamp(-clip_log_ratio, clip_log_ratio)
    k = {"k1": lambda: d, "abs": lambda: d.abs(), "k2": lambda: d * d / 2, "k3": lambda: k3(d)}[estimator]()
    return k if clip_value is None else k.clamp(-clip_value, clip_value)


def k3(d):
    """expm1(−d) + d, and its Taylor series where that cancels."""
    small = d.abs() < 1e-2
    s = torch.where(small, d, 0.)
    series = s * s / 2 * (1 - s / 3 * (1 - s / 4 * (1 - s / 5 * (1 - s / 6 * (1 - s / 7)))))
    return torch.where(small, series, torch.expm1(-torch.where(small, 0., d)) + torch.where(small, 0., d))


def log_probs(x, what, temperature):
    lp = {"logits": lambda: x, "probs": lambda: x.log(), "logprobs": lambda: x}[what]()
    return lp if what != "logits" and temperature == 1 else (lp / temperature).log_softmax(-1)


def kl(p, q):
    """KL(p‖q) over the last axis of log-probs; p = 0 gives 0."""
    return torch.where(p > -torch.inf, p.exp() * (torch.where(p > -torch.inf, p, 0.) - q), 0.).sum(-1)


def diverge(new, ref, divergence="forward", temperature=1.0, gjs_beta=0.5, pred_as="logits", target_as=None):
    """forward KL(ref‖new), reverse KL(new‖ref), js, jeffreys = forward + reverse,
    gjs: M = (1−β)·new + β·ref, β·KL(ref‖M) + (1−β)·KL(new‖M); β = 0 is forward, β = 1 reverse."""
    q, p = log_probs(new, pred_as, temperature), log_probs(ref, target_as or pred_as, temperature)
    if divergence == "js":
        divergence, gjs_beta = "gjs", .5
    if divergence == "gjs" and gjs_beta in (0, 1):
        divergence = "reverse" if gjs_beta else "forward"
    if divergence == "forward":
        return kl(p, q)
    if divergence == "reverse":
        return kl(q, p)
    if divergence == "jeffreys":
        return kl(p, q) + kl(q, p)
    b = torch.tensor(gjs_beta)
    m = torch.logaddexp(q + torch.log1p(-b), p + b.log())
    return b * kl(p, m) + (1 - b) * kl(q, m)


def aggregate(k, count, name="token-mean", length=None, weight=1.0):
    """k, count (N,T) → the value, and that of each sequence alone; weights multiply, and denominators count."""
    k = torch.where(count, k * weight, 0.)
    c, s = count.sum(1).double(), k.sum(1)
    full, n, length = (c > 0).double(), torch.ones(len(c)), length or k.shape[1]
    num, den = {
        "token-mean": (s, c), "mean": (s, c), "dapo": (s, c), "token-sum": (s, None), "sum": (s, None), "batchmean": (s, n),
        "seq-mean-token-sum": (s, full), "seq-mean-token-sum-norm": (s, full * length),
        "seq-mean-token-mean": (s / c.clamp(min=1), full), "grpo": (s / c.clamp(min=1), n), "dr-grpo": (s, n * length),
    }[name]
    return (num.sum(), num) if den is None else (num.sum() / den.sum(), num / den)


# ---------------------------------------------------------------- cases

def args(new, ref, flags):
    return "--pred %s --target %s %s" % (new, ref, flags)


def flag(flags, name, default=None):
    words = flags.split()
    return words[words.index(name) + 1] if name in words else default


def number(flags, name, default=None):
    v = flag(flags, name)
    return default if v is None else float(v)


def counted(k, flags):
    """Which tokens count: the mask, the labels that are not ignored, the lengths."""
    count = torch.ones(k.shape[:2], dtype=torch.bool)
    if flag(flags, "--mask"):
        count &= C.tensor(flag(flags, "--mask")) != 0
    if flag(flags, "--labels"):
        count &= C.tensor(flag(flags, "--labels")) != int(flag(flags, "--ignore-index", -100))
    if flag(flags, "--lengths"):
        count &= torch.arange(k.shape[1]) < C.tensor(flag(flags, "--lengths"))[:, None]
    return count


def compute(new, ref, flags):
    """The definition that the flags ask for."""
    if new.ndim == 3:
        if flag(flags, "--class-axis"):
            new, ref = (x.movedim(int(flag(flags, "--class-axis")), -1) for x in (new, ref))
        k = diverge(new, ref, flag(flags, "--divergence", "forward"), number(flags, "--temperature", 1.), number(flags, "--gjs-beta", .5),
                    flag(flags, "--pred-as", "logits"), flag(flags, "--target-as"))
    else:
        k = estimate(new, ref, flag(flags, "--estimator", "k3"), number(flags, "--clip-log-ratio"), number(flags, "--clip-value"))
    weight = torch.tensor(1.)
    if flag(flags, "--sample-weight"):
        weight = C.tensor(flag(flags, "--sample-weight"))
        weight = weight if weight.ndim == 2 else weight[:, None]
    length = number(flags, "--max-length")
    return aggregate(number(flags, "--beta", 1.) * k, counted(k, flags), flag(flags, "--aggregate", "token-mean"), length, weight)


def define(name, new, ref, flags="", grad=True, note=None):
    """A definition; its gradient by pred, or by --grad-of."""
    x, y = (C.tensor(f, grad=True) for f in (new, ref))
    value, rows = compute(x, y, flags)
    g = None
    if grad:
        g, = torch.autograd.grad(value, [y if flag(flags, "--grad-of") == "target" else x])
    C.add(name, args(new, ref, flags), value, per_sample=rows, grad=g, note=note)


def definitions():
    S, M = ("s_new.npy", "s_ref.npy"), "--mask s_mask.npy"
    for e in ("k1", "abs", "k2", "k3"):
        define("s_" + e, *S, "--estimator " + e)
        define("s_%s_target" % e, *S, "--estimator %s --grad-of target --mask s_mask.npy" % e)
    define("s_default", *S)
    define("s_close", "s_new_f8.npy", "s_ref_f8.npy", note="differences of 1e-7: k3 is half their square")
    define("s_f2", "s_new_f2.npy", "s_ref_f2.npy")
    for a in ("token-mean", "token-sum", "seq-mean-token-sum", "seq-mean-token-sum-norm", "seq-mean-token-mean", "grpo", "dr-grpo", "dapo"):
        define("s_" + a, *S, "--aggregate %s %s" % (a, M))
        define("s_k1_" + a, *S, "--estimator k1 --lengths s_lengths.npy --aggregate " + a, grad=False)
    define("s_max_length_dr", *S, M + " --aggregate dr-grpo --max-length 16")
    define("s_max_length_norm", *S, M + " --aggregate seq-mean-token-sum-norm --max-length 4")
    define("s_labels", *S, "--labels s_labels.npy")
    define("s_labels_ignore", *S, "--labels s_labels.npy --ignore-index %d" % C.arrays["s_labels.npy"].max(), note="only that label is ignored")
    define("s_lengths_mask", *S, "--lengths s_lengths.npy --aggregate grpo " + M)
    define("s_nan_masked", "s_new_nan.npy", "s_ref.npy", M, grad=False)
    define("s_nan_labels", "s_new_nan.npy", "s_ref.npy", "--labels s_labels.npy --aggregate seq-mean-token-sum", grad=False)
    define("s_weight", *S, M + " --sample-weight s_weight.npy --aggregate seq-mean-token-mean")
    define("s_weight_tokens", *S, M + " --sample-weight s_weight_tokens.npy")
    define("s_beta", *S, M + " --beta 0.04 --aggregate grpo")
    define("x_k3", "x_new.npy", "x_ref.npy", grad=False, note="no clamp: the value is e^699")
    define("x_clip_log_ratio", "x_new.npy", "x_ref.npy", "--clip-log-ratio 20", note="no gradient where the ratio is clamped")
    define("x_clip_value", "x_new.npy", "x_ref.npy", "--clip-value 10", note="no gradient where the value is clamped")
    define("x_clip_both", "x_new.npy", "x_ref.npy", "--clip-log-ratio 20 --clip-value 10")
    define("x_clip_k1", "x_new.npy", "x_ref.npy", "--estimator k1 --clip-value 10 --grad-of target")
    define("x_clip_k2", "x_new.npy", "x_ref.npy", "--estimator k2 --clip-log-ratio 12")

    V = ("f_new.npy", "f_ref.npy")
    for d in ("forward", "reverse", "js", "jeffreys", "gjs"):
        define("f_" + d, *V, "--divergence " + d)
        define("f_%s_target" % d, *V, "--divergence %s --grad-of target --mask f_mask.npy" % d)
    define("f_default", *V)
    define("f_gjs_01", *V, "--divergence gjs --gjs-beta 0.1 --temperature 2")
    define("f_gjs_0", *V, "--divergence gjs --gjs-beta 0")
    define("f_gjs_1", *V, "--divergence gjs --gjs-beta 1")
    define("f_temperature", *V, "--temperature 3 --beta 0.1")
    define("f_f2_f8", "f_new_f2.npy", "f_ref_f8.npy")
    define("f_probs", "f_new.npy", "f_ref_probs.npy", "--target-as probs --mask f_mask.npy")
    define("f_logprobs", "f_new.npy", "f_ref_logprobs.npy", "--target-as logprobs --divergence reverse")
    define("f_labels_grpo", *V, "--labels f_labels.npy --aggregate grpo")
    define("f_lengths_seq", *V, "--lengths f_lengths.npy --aggregate seq-mean-token-mean")
    define("f_lengths_dr", *V, "--lengths f_lengths.npy --aggregate dr-grpo --max-length 8")
    define("f_axis1", "f_new_axis1.npy", "f_ref_axis1.npy", "--class-axis 1 --mask f_mask.npy")
    define("f_cut_both", "f_new_cut.npy", "f_ref_cut.npy", grad=False, note="a token of probability 0 in both takes no part")
    define("f_cut_reverse", "f_new_cut.npy", "f_ref.npy", "--divergence reverse", grad=False)
    define("f_cut_inf", "f_new_cut.npy", "f_ref.npy", grad=False, note="π says never what the reference says: inf")
    define("r_forward", "r_new.npy", "r_ref.npy")
    define("r_reverse_target", "r_new.npy", "r_ref.npy", "--divergence reverse --grad-of target --aggregate seq-mean-token-sum")
    define("r_js", "r_new.npy", "r_ref.npy", "--divergence js --temperature 0.5")

    LM, LP = ("../lm/finetuned_logits.npy", "../lm/pretrained_logits.npy"), ("../lm/logp_finetuned.npy", "../lm/logp_pretrained.npy")
    MASK = "--mask ../lm/mask.npy"
    define("lm_forward", *LM, MASK, grad=False)
    define("lm_reverse", *LM, MASK + " --divergence reverse --aggregate seq-mean-token-sum", grad=False)
    define("lm_js_all", *LM, "--divergence js", grad=False)
    define("lm_k3", *LP, MASK)
    define("lm_k3_grpo", *LP, MASK + " --aggregate grpo --beta 0.04")
    define("lm_k1", *LP, MASK + " --estimator k1 --aggregate seq-mean-token-mean", grad=False)


# ---------------------------------------------------------------- conventions

def lib(name, convention, new, ref, fn, flags="", source="", grad=False, note=None, tolerance=1e-6):
    """What a library computes: fn(new, ref, mask) on float64 tensors."""
    x, y = C.tensor(new, grad=grad), C.tensor(ref)
    value = fn(x, y, counted(x, flags).double())
    g = torch.autograd.grad(value, [x])[0] if grad else None
    C.add(name, args(new, ref, ("--convention %s " % convention) + flags), value, source, tolerance, grad=g, note=note)


def conventions():
    S, X, V = ("s_new.npy", "s_ref.npy"), ("x_new.npy", "x_ref.npy"), ("f_new.npy", "f_ref.npy")
    LP = ("../lm/logp_finetuned.npy", "../lm/logp_pretrained.npy")
    M, FM, LMM = "--mask s_mask.npy", "--mask f_mask.npy", "--mask ../lm/mask.npy"

    GRPO = "huggingface/trl: trl/trainer/grpo_trainer.py, _compute_loss"
    def grpo(loss_type, beta=1., length=256):
        def fn(x, y, m):
            k = beta * (torch.exp(y - x) - (y - x) - 1)
            if loss_type == "grpo":
                return ((k * m).sum(-1) / m.sum(-1).clamp(min=1.0)).mean()
            if loss_type == "bnpo":
                return (k * m).sum() / m.sum().clamp(min=1.0)
            if loss_type == "dr_grpo":
                return (k * m).sum() / (k.size(0) * length)
            return (k * m).sum() / m.sum()  # dapo, one process
        return fn
    lib("trl_dapo", "trl", *S, grpo("dapo"), M, GRPO, grad=True)
    lib("trl_bnpo", "trl", *S, grpo("bnpo"), M + " --aggregate token-mean", GRPO)
    lib("trl_grpo", "trl", *S, grpo("grpo", .04), M + " --aggregate grpo --beta 0.04", GRPO, grad=True)
    lib("trl_dr_grpo", "trl", *S, grpo("dr_grpo"), M + " --aggregate dr-grpo --max-length 256", GRPO)
    lib("trl_far", "trl", *X, grpo("dapo"), "", GRPO, note="no clamp: float32 gives inf here")
    lib("trl_lm", "trl", *LP, grpo("dapo"), LMM, GRPO)

    PPO = "huggingface/trl: trl/trainer/ppo_trainer.py, objective/kl"
    def ppo(x, y, m):
        x, y = (torch.where(m > 0, v, torch.ones_like(v)) for v in (x, y))  # INVALID_LOGPROB
        return (x - y).sum(1).mean()
    lib("trl_ppo", "trl-ppo", *S, ppo, M, PPO, grad=True, note="a sequence without a token counts as 0")
    lib("trl_ppo_lm", "trl-ppo", *LP, ppo, LMM, PPO)
    lib("trl_ppo_k3", "trl-ppo", *S, lambda x, y, m: ((torch.expm1(y - x) - (y - x)) * m).sum(1).mean(), M + " --estimator k3", PPO, note="kl_estimator k3")

    GKD = "huggingface/trl: trl/experimental/gkd/gkd_trainer.py, generalized_jsd_loss"
    def gkd(beta=.5, temperature=1.):
        def fn(student, teacher, m):
            s, t = F.log_softmax(student / temperature, -1), F.log_softmax(teacher / temperature, -1)
            if beta == 0:
                j = F.kl_div(s, t, reduction="none", log_target=True)
            elif beta == 1:
                j = F.kl_div(t, s, reduction="none", log_target=True)
            else:
                b = torch.tensor(beta)
                mix = torch.logsumexp(torch.stack([s + torch.log1p(-b), t + torch.log(b)]), dim=0)
                j = b * F.kl_div(mix, t, reduction="none", log_target=True) + (1 - b) * F.kl_div(mix, s, reduction="none", log_target=True)
            return (j * m[..., None]).sum() / m.sum()
        return fn
    lib("trl_gkd", "trl-gkd", *V, gkd(), FM, GKD, grad=True)
    lib("trl_gkd_01", "trl-gkd", *V, gkd(.1, 2.), FM + " --gjs-beta 0.1 --temperature 2", GKD, note="no T²")
    lib("trl_gkd_0", "trl-gkd", *V, gkd(0.), FM + " --gjs-beta 0", GKD)
    lib("trl_gkd_1", "trl-gkd", *V, gkd(1.), "--labels f_labels.npy --gjs-beta 1", GKD)

    VERL = "volcengine/verl: verl/trainer/ppo/core_algos.py, kl_penalty and agg_loss"
    def verl(mode="token-mean", length=None):
        def fn(x, y, m):
            k = torch.clamp(y - x, min=-20, max=20)
            k = torch.clamp(torch.exp(k) - k - 1, min=-10, max=10)
            c = m.sum(-1)
            full = (c > 0).double()
            if mode == "token-mean":
                return (k * m).sum() / m.sum()
            if mode == "seq-mean-token-mean":
                return ((k * m).sum(-1) / (c + 1e-8) * full).sum() / full.sum()
            v = ((k * m).sum(-1) * full).sum() / full.sum()
            return v / (length or k.shape[1]) if mode.endswith("norm") else v
        return fn
    lib("verl", "verl", *S, verl(), M, VERL, grad=True)
    for mode in ("seq-mean-token-sum", "seq-mean-token-sum-norm", "seq-mean-token-mean"):
        lib("verl_" + mode, "verl", *S, verl(mode), M + " --aggregate " + mode, VERL, grad=True)
    lib("verl_far", "verl", *X, verl(), "", VERL, grad=True, note="clamped to 10")
    lib("verl_lm", "verl", *LP, verl("seq-mean-token-mean"), LMM + " --aggregate seq-mean-token-mean", VERL)
    lib("verl_k1", "verl", *S, lambda x, y, m: ((x - y) * m).sum() / m.sum(), M + " --estimator k1", VERL, note="none of these differences is clamped")

    RLHF = "OpenRLHF/OpenRLHF: openrlhf/models/utils.py, compute_approx_kl; masked_mean over the tokens"
    def rlhf(e):
        def fn(x, y, m):
            d = x - y
            k = {"k1": d, "k2": d ** 2 / 2, "k3": torch.exp(-d) - 1 + d}[e].clamp(-10, 10)
            return (k * m).sum() / m.sum()
        return fn
    for e in ("k1", "k2", "k3"):
        lib("openrlhf_" + e, "openrlhf", *S, rlhf(e), M + ("" if e == "k1" else " --estimator " + e), RLHF, grad=True)
        lib("openrlhf_far_" + e, "openrlhf", *X, rlhf(e), "" if e == "k1" else "--estimator " + e, RLHF, note="clamped to 10")

    TORCH = "torch %s: nn.functional.kl_div" % torch.__version__
    def kl_div(reduction):
        return lambda x, y, m: F.kl_div(x.log_softmax(-1), y.softmax(-1), reduction=reduction)
    lib("torch_mean", "torch", *V, kl_div("mean"), "", TORCH, grad=True, tolerance=1e-9, note="÷ N·T·V")
    lib("torch_batchmean", "torch", *V, kl_div("batchmean"), "--reduction batchmean", TORCH, grad=True, tolerance=1e-9, note="÷ N alone")
    lib("torch_sum", "torch", *V, kl_div("sum"), "--reduction sum", TORCH, tolerance=1e-9)


def golden():
    """The survey's numbers, which are float32: appendix B and C, the KL of RLHF and its aggregation."""
    SOURCE = "survey, float32 by the formulas and libraries named there"
    def case(name, new, ref, flags, value, tolerance=1e-6, rows=None, note=None):
        C.add("golden_" + name, args(new, ref, flags), value, SOURCE, tolerance, rows, note=note)
    N = ("golden_new.npy", "golden_ref.npy")
    rows = {"k1": [-0.20000004768371582, 0.19999998807907104, -2.0, 0.0], "abs": [0.20000004768371582, 0.19999998807907104, 2.0, 0.0],
            "k2": [0.02000000886619091, 0.019999997690320015, 2.0, 0.0],
            "k3": [0.021402835845947266, 0.018730759620666504, 4.389056205749512, 0.0]}
    for e, r in rows.items():
        case(e, *N, "--estimator " + e, np.mean(r), 5e-6 if e == "k3" else 1e-6, r, "k3 of float32 has five digits" if e == "k3" else None)
    case("verl_clamp", "golden_far_new.npy", "golden_far_ref.npy", "--convention verl", 10.0, rows=[10.0, 10.0], note="ref − new = 50 and 100")
    case("raw_50", "golden_far_new.npy", "golden_far_ref.npy", "--convention trl --mask golden_first.npy", 5.184705528587072e+21, note="no clamp; at 100 float32 gives inf, float64 2.7e43")
    S, M = ("golden_seq_new.npy", "golden_seq_ref.npy"), "--mask golden_seq_mask.npy"
    for a, v in (("token-mean", 0.07725367695093155), ("seq-mean-token-sum", 0.23176103830337524), ("seq-mean-token-sum-norm", 0.05794025957584381),
                 ("seq-mean-token-mean", 0.08163268864154816), ("grpo", 0.054421793669462204), ("dr-grpo", 0.038626838475465775)):
        case(a, *S, "%s --aggregate %s" % (M, a), v)


def cross_checks():
    for a, b in (("s_default", "s_k3"), ("s_token-mean", "trl_dapo"), ("s_token-mean", "s_dapo"), ("s_token-mean", "s_nan_masked"), ("f_default", "f_forward"),
                 ("f_gjs", "f_js"), ("f_gjs_0", "f_forward"), ("f_gjs_1", "f_reverse"), ("s_labels", "s_token-mean")):
        C.same(a, b)
    C.same("torch_sum", C.values["f_forward"] * 15)
    C.same("f_jeffreys", C.values["f_forward"] + C.values["f_reverse"])
    for c in C.cases:  # the golden inputs give the golden numbers
        if c["name"].startswith("golden_"):
            flags = " ".join(c["args"][4:])
            if "--convention verl" in flags:
                flags += " --clip-log-ratio 20 --clip-value 10"
            v, rows = compute(C.tensor(c["args"][1]), C.tensor(c["args"][3]), flags)
            C.same(c["name"], v, c["tolerance"])
            for a, b in zip(rows, c.get("per_sample", [])):
                assert abs(a - b) <= c["tolerance"] * abs(b), (c["name"], a, b)
    v, _ = compute(C.tensor("golden_seq_new.npy"), C.tensor("golden_seq_ref.npy"), "--estimator k1 --mask golden_seq_mask.npy")
    assert abs(v - 9.934107758624577e-09) < 1e-7, v  # the survey's k1 token-mean is rounding


inputs()
definitions()
conventions()
golden()
cross_checks()
C.write()
