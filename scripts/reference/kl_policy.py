"""Reference values of `lossctl kl policy`: writes testdata/kl_policy/*.npy and testdata/kl_policy/reference.json.

    python kl_policy.py

Definitions are in float64 on the stored values, gradients by autograd; exact divergences are compared with torch.distributions. The
conventions are the published formulas of the PPO implementations, from log_prob of torch.distributions.
"""
import math
import numpy as np
import torch
import torch.distributions as D
from cases import Cases, f4

C = Cases("kl_policy")


def inputs():
    # Golden ratios of the survey, log new − log old = −0.2, 0.2, −2, 0, of the action that was taken, one of two.
    old = np.array([0.5, 0.5, 0.9, 0.3])
    new = old * np.exp([-0.2, 0.2, -2, 0])
    C.put("g_old.npy", np.log(np.stack([old, 1 - old], 1)))
    C.put("g_new.npy", np.log(np.stack([new, 1 - new], 1)))
    C.put("g_actions.npy", np.zeros(4, np.int64))

    r = np.random.RandomState(43)
    for name, shape in (("n", (7, 5)), ("t", (3, 4, 6)), ("w", (3, 70))):
        old = 1.5 * r.randn(*shape)
        C.put(name + "_old.npy", f4(old))
        C.put(name + "_new.npy", f4(old + 0.4 * r.randn(*shape)))
        C.put(name + "_actions.npy", r.randint(0, shape[-1], shape[:-1]))
    C.put("t_old_middle.npy", np.moveaxis(C.arrays["t_old.npy"], -1, 1))
    C.put("t_new_middle.npy", np.moveaxis(C.arrays["t_new.npy"], -1, 1))
    C.put("n_actions_u1.npy", C.arrays["n_actions.npy"].astype(np.uint8)[:, None])
    lp = {s: torch.log_softmax(torch.from_numpy(C.arrays["n_%s.npy" % s]).double(), -1).numpy() for s in ("old", "new")}
    for s in ("old", "new"):
        C.put("n_%s_logprobs.npy" % s, lp[s])
        C.put("n_%s_probs.npy" % s, np.exp(lp[s]))
        C.put("n_%s_f2.npy" % s, C.arrays["n_%s.npy" % s].astype(np.float16))
        counts = 1 + r.randint(0, 9, (7, 5))
        C.put("n_%s_counts.npy" % s, f4(counts / 64))                    # not normalised
    impossible = C.arrays["n_old.npy"].copy()
    impossible[np.arange(7), (C.arrays["n_actions.npy"] + 1) % 5] = -np.inf
    C.put("n_old_impossible.npy", impossible)                            # an action that neither policy takes
    both = C.arrays["n_new.npy"].copy()
    both[np.isinf(impossible)] = -np.inf
    C.put("n_new_impossible.npy", both)
    never = C.arrays["n_new.npy"].copy()
    never[3, C.arrays["n_actions.npy"][3]] = -np.inf
    C.put("n_new_never.npy", never)                                      # the new policy has given up what the old one did
    C.put("n_mask.npy", np.array([1, 1, 0, 1, 0, 1, 1], bool))
    C.put("n_weight.npy", f4([0.5, 1, 2, 0, 3, 1.5, 0.25]))
    C.put("t_mask.npy", r.rand(3, 4) < 0.7)
    C.put("x_old.npy", f4([[1e4, -1e4, 0], [800, 799, -800], [40, -40, 37]]))
    C.put("x_new.npy", f4([[1e4, -1e4, 1], [799, 800, -800], [-40, 37, 40]]))

    for name, shape in (("m", (9, 3)), ("s", (3, 2, 4)), ("d", (3, 70)), ("o", (5, 1))):
        mean, logstd = r.randn(*shape), 0.5 * r.randn(*shape) - 0.5
        C.put(name + "_old_mean.npy", f4(mean))
        C.put(name + "_old_logstd.npy", f4(logstd))
        C.put(name + "_new_mean.npy", f4(mean + 0.3 * r.randn(*shape)))
        C.put(name + "_new_logstd.npy", f4(logstd + 0.2 * r.randn(*shape)))
        C.put(name + "_actions.npy", f4(mean + np.exp(logstd) * r.randn(*shape)))
    C.put("m_mask.npy", np.arange(9) % 4 != 1)
    C.put("m_weight.npy", f4(2 * r.rand(9)))


# ---------------------------------------------------------------- definitions (float64)

def log_probs(x, how, renormalize=False):
    if how == "logits":
        return x.log_softmax(-1)
    lp = x.log() if how == "probs" else x
    return lp.log_softmax(-1) if renormalize else lp


def categorical_kl(p, q):
    """Σ p (log p − log q) of log-probabilities; 0 where p is 0."""
    return torch.where(p == -math.inf, torch.zeros_like(p), p.exp() * (p - torch.where(p == -math.inf, torch.zeros_like(q), q))).sum(-1)


def normal_kl(m1, s1, m2, s2):
    """Σ_d s₂ − s₁ + (e^{2s₁} + (μ₁ − μ₂)²)/(2·e^{2s₂}) − ½ of log-deviations s."""
    return (s2 - s1 + ((2 * s1).exp() + (m1 - m2) ** 2) / (2 * (2 * s2).exp()) - 0.5).sum(-1)


def estimate(name, log_r):
    return {"k1": -log_r, "k2": log_r ** 2 / 2, "k3": torch.expm1(log_r) - log_r}[name]


INPUTS = ("new", "old", "pred", "target", "pred-mean", "pred-logstd", "target-mean", "target-logstd", "actions", "mask", "sample-weight")
NAMES = {"new": "pred", "old": "target"}


def terms(x, kind="forward", estimator="exact", pred_as="logits", target_as=None, axis=-1, renormalize=False):
    """The divergence of every state, the log-ratio of the actions, and torch's divergence, by torch's log_prob."""
    if "pred" in x:
        new = log_probs(x["pred"].movedim(axis, -1), pred_as, renormalize)
        old = log_probs(x["target"].movedim(axis, -1), target_as or pred_as, renormalize)
        kl = categorical_kl(old, new) if kind == "forward" else categorical_kl(new, old)
        if estimator != "exact":
            a = x["actions"].long().reshape(new.shape[:-1] + (1,))
            kl = estimate(estimator, (new.gather(-1, a) - old.gather(-1, a))[..., 0])
        else:
            def dist(lp):
                return D.Categorical(logits=lp.detach(), validate_args=False)
            pair = (dist(old), dist(new)) if kind == "forward" else (dist(new), dist(old))
            ours = D.kl_divergence(*pair)
            normal = (old.detach().exp().sum(-1) - 1).abs().max() < 1e-9 and (new.detach().exp().sum(-1) - 1).abs().max() < 1e-9
            ok = torch.isfinite(kl) & torch.isfinite(ours)
            assert not normal or torch.allclose(kl[ok], ours[ok], rtol=1e-9, atol=1e-12)
        return kl
    nm, ns, om, os = (x[k] for k in ("pred-mean", "pred-logstd", "target-mean", "target-logstd"))
    old, new = D.Normal(om, os.exp()), D.Normal(nm, ns.exp())
    if estimator != "exact":
        return estimate(estimator, (new.log_prob(x["actions"]) - old.log_prob(x["actions"])).sum(-1))
    pair = (om, os, nm, ns) if kind == "forward" else (nm, ns, om, os)
    kl = normal_kl(*pair)
    assert torch.allclose(kl, D.kl_divergence(*((old, new) if kind == "forward" else (new, old))).sum(-1), rtol=1e-10)
    return kl


def define(name, flags, by=None, note=None, reduction="mean", **kw):
    """A case by its command line; kw are the same settings for terms. by: the input of a gradient."""
    words = flags.split()
    given = {NAMES.get(words[i][2:], words[i][2:]): words[i + 1] for i in range(len(words) - 1) if words[i].startswith("--") and words[i][2:] in INPUTS}
    x = {k: C.tensor(v, grad=k == by) for k, v in given.items()}
    kl = terms(x, **kw)
    count = torch.ones_like(kl)
    if "mask" in x:
        count = x["mask"].double().reshape(kl.shape)
        kl = torch.where(count > 0, kl, torch.zeros_like(kl))
    if "sample-weight" in x:
        w = x["sample-weight"]
        kl = kl * w.reshape(w.shape + (1,) * (kl.ndim - w.ndim))
    value = kl.sum() / {"mean": count.sum(), "sum": 1, "batchmean": len(kl)}[reduction]
    n = len(kl)
    rows = (kl.reshape(n, -1).sum(1) / count.reshape(n, -1).sum(1)) if reduction == "mean" and n < 25 else None
    grad = torch.autograd.grad(value, x[by])[0] if by else None
    C.add(name, flags + (" --grad-of " + by if by and by != "pred" else ""), value, per_sample=rows, grad=grad, note=note)


GAUSSIAN = "--pred-mean %s_new_mean.npy --pred-logstd %s_new_logstd.npy --target-mean %s_old_mean.npy --target-logstd %s_old_logstd.npy"


def definitions():
    for s in ("n", "t", "w"):
        own = "--new %s_new.npy --old %s_old.npy" % (s, s)
        define(s, own, by="pred")
        define(s + "_by_old", own, by="target")
        define(s + "_reverse", own + " --divergence reverse", by="pred", kind="reverse")
        for e in ("k1", "k2", "k3"):
            define("%s_%s" % (s, e), own + " --actions %s_actions.npy --estimator %s" % (s, e), by="pred", estimator=e)
    own = "--pred n_new.npy --target n_old.npy"
    define("n_k3_by_old", own + " --actions n_actions.npy --estimator k3", by="target", estimator="k3")
    define("n_k3_column", own + " --actions n_actions_u1.npy --estimator k3", estimator="k3", note="actions of shape (N,1), uint8")
    define("n_f2", "--pred n_new_f2.npy --target n_old_f2.npy")
    define("n_sum", own + " --reduction sum", by="pred", reduction="sum")
    define("n_mask", own + " --mask n_mask.npy", by="pred")
    define("n_mask_batchmean", own + " --mask n_mask.npy --reduction batchmean", reduction="batchmean")
    define("n_weight", own + " --sample-weight n_weight.npy", by="pred")
    define("n_weight_k2", own + " --sample-weight n_weight.npy --actions n_actions.npy --estimator k2", by="target", estimator="k2")
    define("t_mask", "--pred t_new.npy --target t_old.npy --mask t_mask.npy", by="pred")
    define("t_middle", "--pred t_new_middle.npy --target t_old_middle.npy --class-axis 1", by="pred", axis=1, note="actions on axis 1")
    define("t_middle_k3", "--pred t_new_middle.npy --target t_old_middle.npy --class-axis 1 --actions t_actions.npy --estimator k3", by="pred", axis=1, estimator="k3")
    for how in ("probs", "logprobs"):
        flags = "--pred n_new_%s.npy --target n_old_%s.npy --pred-as %s" % (how, how, how)
        define("n_" + how, flags, by="pred", pred_as=how)
        define("n_%s_k3" % how, flags + " --actions n_actions.npy --estimator k3", by="pred", pred_as=how, estimator="k3")
    define("n_mixed", "--pred n_new.npy --target n_old_probs.npy --target-as probs", by="pred", target_as="probs")
    define("n_renormalize", "--pred n_new_counts.npy --target n_old_counts.npy --pred-as probs --renormalize", by="pred", pred_as="probs", renormalize=True)
    define("n_renormalize_k3", "--pred n_new_counts.npy --target n_old_counts.npy --pred-as probs --renormalize --actions n_actions.npy --estimator k3", by="pred",
           pred_as="probs", renormalize=True, estimator="k3")
    define("n_impossible", "--pred n_new_impossible.npy --target n_old_impossible.npy", note="0·log 0 is 0")
    define("n_impossible_old", "--pred n_new.npy --target n_old_impossible.npy", note="what the old policy never did costs nothing")
    define("n_impossible_k3", "--pred n_new_impossible.npy --target n_old_impossible.npy --actions n_actions.npy --estimator k3", estimator="k3")
    define("n_never", "--pred n_new_never.npy --target n_old.npy", note="inf: the new policy cannot do what the old one did")
    define("n_never_k1", "--pred n_new_never.npy --target n_old.npy --actions n_actions.npy --estimator k1", estimator="k1")
    define("n_same", "--pred n_old.npy --target n_old.npy", note="0, exactly")
    define("x", "--pred x_new.npy --target x_old.npy", by="pred")
    define("policy", "--pred ../policy/new_logits.npy --target ../policy/old_logits.npy")
    define("policy_k3", "--pred ../policy/new_logits.npy --target ../policy/old_logits.npy --actions ../policy/actions.npy --estimator k3", estimator="k3")

    for s in ("m", "s", "d", "o"):
        own = GAUSSIAN % (s, s, s, s)
        define(s, own, by="pred-mean")
        define(s + "_logstd", own, by="pred-logstd")
        define(s + "_k3", own + " --actions %s_actions.npy --estimator k3" % s, by="pred-mean", estimator="k3")
        define(s + "_k3_logstd", own + " --actions %s_actions.npy --estimator k3" % s, by="pred-logstd", estimator="k3")
    own = GAUSSIAN % ("m", "m", "m", "m")
    define("m_by_old_mean", own, by="target-mean")
    define("m_by_old_logstd", own, by="target-logstd")
    for by in ("pred-mean", "pred-logstd", "target-mean", "target-logstd"):
        define("m_reverse_" + by.replace("-", "_"), own + " --divergence reverse", by=by, kind="reverse")
    for e in ("k1", "k2"):
        define("m_" + e, own + " --actions m_actions.npy --estimator " + e, by="pred-logstd", estimator=e)
        define("m_%s_by_old" % e, own + " --actions m_actions.npy --estimator " + e, by="target-mean", estimator=e)
    define("m_mask", own + " --mask m_mask.npy", by="pred-mean")
    define("m_weight", own + " --sample-weight m_weight.npy", by="pred-logstd")
    define("m_sum_k2", own + " --actions m_actions.npy --estimator k2 --reduction sum", by="pred-mean", estimator="k2", reduction="sum")
    own = "--new-mean ../policy/new_mean.npy --new-logstd ../policy/new_logstd.npy --old-mean ../policy/old_mean.npy --old-logstd ../policy/old_logstd.npy"
    x = [C.tensor("../policy/%s.npy" % s) for s in ("old_mean", "old_logstd", "new_mean", "new_logstd")]
    C.add("policy_normal", own, normal_kl(*x).mean(), note="the aliases new and old")


def conventions():
    def lib(convention, name, flags, value, by=None, note=None, source=None):
        C.add(name, flags + " --convention " + convention, value, source=source or "published formula of " + convention, tolerance=1e-6,
              grad=None if by is None else torch.autograd.grad(value, by)[0], note=note)

    formulas = {  # from the log-probabilities of the taken actions
        "spinningup": lambda new, old: (old - new).mean(),
        "baselines": lambda new, old: .5 * ((-new - -old) ** 2).mean(),
        "cleanrl": lambda new, old: (((new - old).exp() - 1) - (new - old)).mean(),
        "sb3": lambda new, old: torch.mean((torch.exp(new - old) - 1) - (new - old)),
    }
    for name, f in formulas.items():
        for s in ("n", "t"):
            x, a = C.tensor(s + "_new.npy", True), C.tensor(s + "_actions.npy")
            value = f(D.Categorical(logits=x).log_prob(a), D.Categorical(logits=C.tensor(s + "_old.npy")).log_prob(a))
            lib(name, name + "_" + s, "--pred %s_new.npy --target %s_old.npy --actions %s_actions.npy" % (s, s, s), value, x)
        m, a = C.tensor("m_new_mean.npy"), C.tensor("m_actions.npy")
        new, old = D.Normal(m, C.tensor("m_new_logstd.npy").exp()), D.Normal(C.tensor("m_old_mean.npy"), C.tensor("m_old_logstd.npy").exp())
        lib(name, name + "_m", GAUSSIAN % ("m", "m", "m", "m") + " --actions m_actions.npy", f(new.log_prob(a).sum(-1), old.log_prob(a).sum(-1)), note="log_prob is summed over the action")
    torch_source = "torch.distributions %s" % torch.__version__
    lib("torch", "torch_m", GAUSSIAN % ("m", "m", "m", "m"), D.kl_divergence(old, new).mean(), source=torch_source, note="the mean is over the numbers of the action too")
    lib("torch", "torch_n", "--pred n_new.npy --target n_old.npy", D.kl_divergence(D.Categorical(logits=C.tensor("n_old.npy")), D.Categorical(logits=C.tensor("n_new.npy"))).mean(), source=torch_source)


def golden():
    """The numbers of the survey, as it printed them; it ran float32, and k3 by the difference of numbers near 1."""
    g = "--pred g_new.npy --target g_old.npy --pred-as logprobs --actions g_actions.npy"
    for name, flags, rows in (("cleanrl", " --convention cleanrl", [0.018730759620666504, 0.02140277624130249, 1.1353352069854736, 0.0]),
                              ("k2", " --estimator k2", [0.02000000886619091, 0.019999997690320015, 2.0, 0.0])):
        C.add("golden_" + name, g + flags, sum(rows) / 4, per_sample=rows[:3] + [0], source="survey of libraries, float32", tolerance=1e-6)
    define("g_k3", g + " --estimator k3", pred_as="logprobs", estimator="k3")
    C.same("golden_cleanrl", "g_k3", 1e-6)


def cross_checks():
    C.same("n_probs", "n", 1e-9)
    C.same("n_logprobs", "n", 1e-9)
    C.same("n_mixed", "n", 1e-9)
    C.same("t_middle", "t")
    for a, b in (("cleanrl_n", "n_k3"), ("sb3_t", "t_k3"), ("spinningup_n", "n_k1"), ("baselines_m", "m_k2"), ("torch_n", "n")):
        C.same(a, b, 1e-9)
    assert abs(C.values["torch_m"] * 3 - C.values["m"]) < 1e-12 and C.values["n_same"] == 0


if __name__ == "__main__":
    inputs()
    definitions()
    conventions()
    golden()
    cross_checks()
    C.write()
