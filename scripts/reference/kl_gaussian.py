"""Reference values of `lossctl kl gaussian`: writes testdata/kl_gaussian/*.npy and testdata/kl_gaussian/reference.json.

    python kl_gaussian.py

Definitions are in float64 on the stored values, gradients by autograd; conventions are the published formulas of pytorch/examples and
guided-diffusion, and torch.distributions itself. Every definition without free bits is compared with torch.distributions as well.
"""
import math
import numpy as np
import torch
import torch.distributions as D
from cases import Cases, f4

C = Cases("kl_gaussian")
LN2 = math.log(2)


def inputs():
    # Golden input of the survey, recovered from its numbers per dimension.
    C.put("g_mu.npy", f4([[0.5, -1], [0, 2]]))
    C.put("g_logvar.npy", f4([[0, -1], [1, 0.5]]))
    C.put("g_mu_flat.npy", C.arrays["g_mu.npy"].ravel())
    C.put("g_logvar_flat.npy", C.arrays["g_logvar.npy"].ravel())

    r = np.random.RandomState(41)
    for name, shape in (("n", (7, 5)), ("v", (3, 4, 2, 3)), ("b", (11,))):
        C.put(name + "_mu.npy", f4(r.randn(*shape)))
        C.put(name + "_logvar.npy", f4(0.8 * r.randn(*shape) - 0.5))
        C.put(name + "_tmu.npy", f4(r.randn(*shape)))
        C.put(name + "_tlogvar.npy", f4(0.8 * r.randn(*shape)))
    C.put("n_std.npy", f4(np.exp(C.arrays["n_logvar.npy"] / 2)))
    C.put("n_tstd.npy", f4(np.exp(C.arrays["n_tlogvar.npy"] / 2)))
    C.put("n_mu_f2.npy", C.arrays["n_mu.npy"].astype(np.float16))
    C.put("n_logvar_f2.npy", C.arrays["n_logvar.npy"].astype(np.float16))
    C.put("n_mu_f8be.npy", r.randn(7, 5).astype(">f8"))
    C.put("n_mask.npy", r.rand(7, 5) < 0.6)
    only = np.ones(7, bool)
    only[[1, 4]] = False
    C.put("n_mask_samples.npy", only)
    gone = C.arrays["n_mask.npy"].copy()
    gone[2] = False
    C.put("n_mask_gone.npy", gone)                                      # a sample of which nothing is left
    nan = C.arrays["n_mu.npy"].copy()
    nan[~C.arrays["n_mask.npy"]] = np.nan
    C.put("n_mu_nan.npy", nan)                                          # NaN only where the mask is 0
    C.put("n_weight.npy", f4([0.5, 1, 2, 0.25, 3, 0, 1.5]))
    C.put("n_weight_elements.npy", f4(2 * r.rand(7, 5)))
    C.put("v_mask.npy", r.rand(3, 4, 2, 3) < 0.5)

    # A collapsed dimension, one that is nearly so, a live one.
    n = 64
    mu = r.randn(n, 3) * [1e-3, 0.12, 1.2]
    C.put("k_mu.npy", f4(mu))
    C.put("k_logvar.npy", f4(np.stack([1e-3 * r.randn(n), -0.02 + 0.05 * r.randn(n), -2 + 0.3 * r.randn(n)], 1)))

    # Ends of what is finite.
    C.put("x_mu.npy", f4([[0, 1e18], [30, -1e-20], [1e-30, 5]]))
    C.put("x_logvar.npy", f4([[-80, 3], [80, -60], [0, 1e-7]]))
    C.put("x_tlogvar.npy", f4([[-79.5, 50], [85, 60], [1e-7, -20]]))
    C.put("x_logvar_inf.npy", f4([[0, 800], [0, 0], [0, 0]]))
    C.put("x_std_zero.npy", f4([[1, 0], [1, 1], [2, 1]]))
    C.put("x_tlogvar_far.npy", np.array([[0, 800.], [-700, 0], [720, -3000]]))
    C.put("x_logvar_far.npy", np.array([[0, 790.], [-690, 0], [-5000, -3001]]))
    C.put("x_mu_far.npy", np.array([[0, 1e180], [1e-160, 0], [1e100, 0.]]))

    # Full covariances.
    def spd(n, k, scale=1.0):
        a = r.randn(n, k, k + 2)
        return scale * (a @ a.transpose(0, 2, 1)) / (k + 2)
    C.put("c_mu.npy", f4(r.randn(6, 4)))
    C.put("c_tmu.npy", f4(r.randn(6, 4)))
    cov = f4(spd(6, 4))
    C.put("c_cov.npy", (cov + cov.transpose(0, 2, 1)) / 2)
    C.put("c_tcov.npy", spd(6, 4, 2))
    C.put("c_mu_1.npy", f4(r.randn(5, 1)))
    C.put("c_cov_1.npy", f4(0.1 + r.rand(5, 1, 1)))
    C.put("c_mu_70.npy", f4(r.randn(3, 70)))
    C.put("c_cov_70.npy", spd(3, 70))
    C.put("c_mask.npy", np.array([1, 0, 1, 1, 0, 1], bool))
    C.put("c_weight.npy", f4([1, 2, 0.5, 0, 1, 3]))
    C.put("c_cov_diagonal.npy", np.stack([np.diag(np.exp(v)) for v in C.arrays["n_logvar.npy"].astype(float)]))
    hilbert = 1 / (1 + np.add.outer(np.arange(6.), np.arange(6.)))
    C.put("c_mu_hilbert.npy", np.zeros((1, 6)))
    C.put("c_cov_hilbert.npy", hilbert[None])                           # condition number 1.5e7


# ---------------------------------------------------------------- definitions (float64)

def normal_kl(mu, lv, tmu=0.0, tlv=None):
    """½(lv₂ − lv₁ + exp(lv₁ − lv₂) − 1 + (μ₁ − μ₂)²·exp(−lv₂)); without a target lv₂ = 0."""
    tlv = torch.zeros_like(lv) if tlv is None else tlv
    delta = lv - tlv
    return 0.5 * (torch.expm1(delta) - delta + (mu - tmu) ** 2 * torch.exp(-tlv))


def reduce(cells, count, reduction):
    """cells and count: (N, dimensions). Mean: over the samples of which something counts."""
    samples = (count.sum(1) > 0).sum()
    return cells.sum() / {"mean": samples, "sum": 1, "batchmean": len(cells), "elements": count.sum()}[reduction]


def value_of(kl, mask=None, weight=None, beta=1.0, free=0.0, on="sample", capacity=None, gamma=1.0, unit=1.0, reduction="mean"):
    """β·Σ_d KL, free bits max(λ, KL_nd) or Σ_d max(λ, mean_n KL_nd), capacity γ·|KL − C|. kl: (N, dimensions)."""
    count = torch.ones_like(kl) if mask is None else mask.double()
    kl = torch.where(count > 0, kl, torch.zeros_like(kl)) * unit
    if free and on == "sample":
        kl = torch.clamp(kl, min=free) * count
    if weight is not None:
        kl = kl * weight
    if free and on == "batch":
        samples = (count.sum(1) > 0).sum()
        value = torch.clamp(kl.sum(0) / samples, min=free).sum()
        if reduction != "mean":
            value = value * samples / {"sum": 1, "batchmean": len(kl)}[reduction]
    else:
        value = reduce(kl, count, reduction)
    value = beta * value
    if capacity is not None:
        value = gamma * (value - capacity).abs()
    rows = None
    if free == 0 and capacity is None and reduction == "mean":
        rows = torch.where(count.sum(1) > 0, beta * kl.sum(1), torch.tensor(math.nan))
    return value, rows


def mvn_kl(mu, cov, tmu=None, tcov=None):
    """½(tr(Σ₂⁻¹Σ₁) + dᵀΣ₂⁻¹d − k + log det Σ₂ − log det Σ₁)."""
    k = mu.shape[1]
    tmu = torch.zeros_like(mu) if tmu is None else tmu
    tcov = torch.eye(k).expand_as(cov) if tcov is None else tcov
    d = (mu - tmu)[..., None]
    inv = torch.linalg.inv(tcov)
    trace = (inv * cov.transpose(1, 2)).sum((1, 2))
    return 0.5 * (trace + (d.transpose(1, 2) @ inv @ d)[:, 0, 0] - k + torch.logdet(tcov) - torch.logdet(cov))


ROLES = ("mu", "logvar", "std", "cov", "target-mu", "target-logvar", "target-std", "target-cov")


def define(name, flags, by=None, note=None, **kw):
    """A case by its command line; kw are the same settings for value_of. by: the input of a gradient."""
    words = flags.split()
    given = {words[i][2:]: words[i + 1] for i in range(0, len(words) - 1) if words[i][2:] in ROLES + ("mask", "sample-weight")}
    x = {k: C.tensor(v, grad=k == by) for k, v in given.items()}
    mu, mask, weight = x["mu"], x.get("mask"), x.get("sample-weight")
    if "cov" in x:
        kl = mvn_kl(mu, x["cov"], x.get("target-mu"), x.get("target-cov"))
        torch_kl = D.kl_divergence(D.MultivariateNormal(mu, x["cov"]), D.MultivariateNormal(
            x.get("target-mu", torch.zeros_like(mu)), x.get("target-cov", torch.eye(mu.shape[1]).expand_as(x["cov"]))))
        kl, torch_kl = kl[:, None], torch_kl[:, None]
    else:
        def logvar(p):
            return x[p + "logvar"] if p + "logvar" in x else 2 * x[p + "std"].log() if p + "std" in x else None
        lv, tlv = logvar(""), logvar("target-")
        kl = normal_kl(mu, lv, x.get("target-mu", torch.zeros_like(mu)), tlv)
        one = torch.ones_like(mu)
        torch_kl = D.kl_divergence(D.Normal(mu, (lv / 2).exp(), validate_args=False),
                                   D.Normal(x.get("target-mu", 0 * one), one if tlv is None else (tlv / 2).exp(), validate_args=False))
    ok = torch.isfinite(torch_kl) & torch.isfinite(kl) & (kl > 1e-3)
    assert torch.allclose(kl[ok], torch_kl[ok], rtol=1e-10), name
    n = len(kl)
    kl = kl.reshape(n, -1)
    if mask is not None:
        mask = mask.reshape(n, -1).expand_as(kl)
    if weight is not None:
        weight = weight.reshape(n, -1)
    value, rows = value_of(kl, mask, weight, **kw)
    grad = torch.autograd.grad(value, x[by])[0] if by else None
    if by and by.endswith("cov"):
        grad = (grad + grad.transpose(1, 2)) / 2                        # of the symmetric part, as torch's Cholesky has it
    C.add(name, flags + (" --grad-of " + by if by and by != "mu" else ""), value, per_sample=rows if rows is not None and n < 25 else None, grad=grad, note=note)


def definitions():
    g = "--mu g_mu.npy --logvar g_logvar.npy"
    define("g_mean", g, by="mu")
    define("g_sum", g + " --reduction sum", reduction="sum", by="logvar")
    define("g_free_bits_sample", g + " --free-bits 0.5", free=.5, by="mu")
    define("g_free_bits_batch", g + " --free-bits 0.5 --free-bits-on batch", free=.5, on="batch", by="mu")
    define("g_dimensions", "--mu g_mu_flat.npy --logvar g_logvar_flat.npy", by="mu", note="a sample a dimension")

    for s in ("n", "v", "b"):
        own = "--mu %s_mu.npy --logvar %s_logvar.npy" % (s, s)
        both = own + " --target-mu %s_tmu.npy --target-logvar %s_tlogvar.npy" % (s, s)
        define(s + "_standard", own, by="mu")
        define(s + "_standard_logvar", own, by="logvar")
        define(s + "_pair", both, by="mu")
        for by in ("logvar", "target-mu", "target-logvar"):
            define(s + "_pair_" + by.replace("-", "_"), both, by=by)
        define(s + "_target_spread", own + " --target-logvar %s_tlogvar.npy" % s, by="target-logvar", note="the target's mean is 0")
    own = "--mu n_mu.npy --logvar n_logvar.npy"
    pair = own + " --target-mu n_tmu.npy --target-logvar n_tlogvar.npy"
    std = "--mu n_mu.npy --std n_std.npy"
    define("n_std", std, by="std")
    define("n_std_pair", std + " --target-mu n_tmu.npy --target-std n_tstd.npy", by="std")
    define("n_std_pair_target", std + " --target-mu n_tmu.npy --target-std n_tstd.npy", by="target-std")
    define("n_std_and_logvar", std + " --target-mu n_tmu.npy --target-logvar n_tlogvar.npy", by="std", note="each side may say its spread in its own way")
    define("n_f2", "--mu n_mu_f2.npy --logvar n_logvar_f2.npy", by="mu")
    define("n_f8be", "--mu n_mu_f8be.npy --logvar n_logvar.npy", by="logvar")
    define("n_beta", own + " --beta 4", by="logvar", beta=4.)
    define("n_beta_zero", own + " --beta 0", beta=0.)
    define("n_bits", own + " --unit bits", by="mu", unit=1 / LN2)
    define("n_free_bits", own + " --free-bits 0.4", by="logvar", free=.4)
    define("n_free_bits_pair", pair + " --free-bits 0.7 --beta 0.5", by="target-logvar", free=.7, beta=.5)
    define("n_free_bits_batch", own + " --free-bits 0.6 --free-bits-on batch", by="logvar", free=.6, on="batch")
    define("n_free_bits_batch_sum", own + " --free-bits 0.6 --free-bits-on batch --reduction sum", by="mu", free=.6, on="batch", reduction="sum")
    define("n_free_bits_batch_bits", own + " --free-bits 0.9 --free-bits-on batch --unit bits", by="mu", free=.9, on="batch", unit=1 / LN2, note="λ is in the unit")
    define("n_free_bits_mask", own + " --free-bits 0.4 --mask n_mask.npy", by="mu", free=.4)
    define("n_capacity", own + " --capacity 5", by="mu", capacity=5.)
    define("n_capacity_below", own + " --capacity 1.5 --gamma 1000", by="logvar", capacity=1.5, gamma=1000.)
    define("n_capacity_zero", own + " --capacity 0", by="mu", capacity=0., note="is the KL")
    define("n_capacity_bits", own + " --capacity 5 --gamma 2 --unit bits", by="mu", capacity=5., gamma=2., unit=1 / LN2)
    define("n_capacity_sum", own + " --capacity 12 --reduction sum", by="mu", capacity=12., reduction="sum")
    define("n_capacity_free_bits", own + " --capacity 5 --free-bits 0.6", by="logvar", capacity=5., free=.6)
    define("n_capacity_free_bits_batch", own + " --capacity 5 --free-bits 0.6 --free-bits-on batch", by="logvar", capacity=5., free=.6, on="batch")
    define("n_sum", own + " --reduction sum", by="mu", reduction="sum")
    define("n_batchmean", own + " --reduction batchmean --mask n_mask_samples.npy", by="mu", reduction="batchmean")
    define("n_mask", own + " --mask n_mask.npy", by="mu", note="mean over samples of which something counts")
    define("n_mask_nan", "--mu n_mu_nan.npy --logvar n_logvar.npy --mask n_mask.npy", by="logvar", note="what is masked is not looked at")
    define("n_mask_gone", own + " --mask n_mask_gone.npy", by="mu", note="a sample without a dimension that counts is not in the mean")
    define("n_mask_samples", own + " --mask n_mask_samples.npy", by="logvar")
    define("n_weight", own + " --sample-weight n_weight.npy", by="mu", note="weights multiply; the mean divides by samples")
    define("n_weight_elements", pair + " --sample-weight n_weight_elements.npy", by="target-mu")
    define("n_weight_free_bits_batch", own + " --sample-weight n_weight.npy --free-bits 0.6 --free-bits-on batch", by="mu", free=.6, on="batch")
    define("v_mask", "--mu v_mu.npy --logvar v_logvar.npy --mask v_mask.npy", by="mu")
    define("v_free_bits_batch", "--mu v_mu.npy --logvar v_logvar.npy --free-bits 0.3 --free-bits-on batch", by="mu", free=.3, on="batch")
    define("k_collapsed", "--mu k_mu.npy --logvar k_logvar.npy", by="mu")
    define("x_standard", "--mu x_mu.npy --logvar x_logvar.npy", by="mu")
    define("x_pair", "--mu x_mu.npy --logvar x_logvar.npy --target-logvar x_tlogvar.npy", by="logvar")
    define("x_overflow", "--mu x_mu.npy --logvar x_logvar_inf.npy", note="exp(800) is beyond float64: inf, as torch has it")
    define("x_std_zero", "--mu x_mu.npy --std x_std_zero.npy", note="a point has an infinite KL")
    # exact in the real numbers, not in torch, which has 0·inf: dimension by dimension
    far = [0, 0.5 * (math.expm1(-10) + 10) + 0.5 * (1e180 * math.exp(-400)) ** 2,
           0.5 * (math.expm1(10) - 10) + 0.5 * (1e-160 * math.exp(350)) ** 2, 0,
           0.5 * (5720 - 1) + 0.5 * (1e100 * math.exp(-360)) ** 2, 0.5 * (math.expm1(-1) + 1)]
    rows = [far[0] + far[1], far[2] + far[3], far[4] + far[5]]
    C.add("x_far", "--mu x_mu_far.npy --logvar x_logvar_far.npy --target-logvar x_tlogvar_far.npy", math.fsum(rows) / 3, per_sample=rows,
          source="the formula in an order that does not overflow", note="log-variances beyond ±700, whose exponentials no float64 holds")
    define("vae", "--mu ../vae/mu.npy --logvar ../vae/logvar.npy")
    define("vae_logvar", "--mu ../vae/mu.npy --logvar ../vae/logvar.npy --beta 4", by="logvar", beta=4.)
    define("vae_free_bits", "--mu ../vae/mu.npy --logvar ../vae/logvar.npy --free-bits 0.1 --free-bits-on batch", free=.1, on="batch")

    cov = "--mu c_mu.npy --cov c_cov.npy"
    full = cov + " --target-mu c_tmu.npy --target-cov c_tcov.npy"
    define("c_standard", cov, by="mu")
    define("c_standard_cov", cov, by="cov")
    define("c_pair", full, by="mu")
    for by in ("cov", "target-mu", "target-cov"):
        define("c_pair_" + by.replace("-", "_"), full, by=by)
    define("c_target_cov_alone", cov + " --target-cov c_tcov.npy", by="target-cov", note="the target's mean is 0")
    define("c_1", "--mu c_mu_1.npy --cov c_cov_1.npy", by="cov")
    define("c_70", "--mu c_mu_70.npy --cov c_cov_70.npy", by="cov")
    define("c_mask", cov + " --mask c_mask.npy", by="cov")
    define("c_weight", full + " --sample-weight c_weight.npy --beta 3", by="target-cov", beta=3.)
    define("c_sum_bits", cov + " --reduction sum --unit bits", by="mu", reduction="sum", unit=1 / LN2)
    define("c_capacity", cov + " --capacity 7", by="cov", capacity=7.)
    define("c_diagonal", "--mu n_mu.npy --cov c_cov_diagonal.npy", by="mu", note="is the diagonal formula")
    define("c_hilbert", "--mu c_mu_hilbert.npy --cov c_cov_hilbert.npy")


def conventions():
    def lib(convention, name, flags, value, grad=None, note=None, source=None, tolerance=1e-6):
        C.add(name, flags + " --convention " + convention, value, source=source or "published formula of " + convention, tolerance=tolerance, grad=grad, note=note)

    for s in ("g", "n", "v"):
        own, mu, lv = "--mu %s_mu.npy --logvar %s_logvar.npy" % (s, s), C.tensor(s + "_mu.npy", True), C.tensor(s + "_logvar.npy", True)
        value = -0.5 * torch.sum(1 + lv - mu.pow(2) - lv.exp())
        lib("pytorch-examples", "pytorch_examples_" + s, own, value, torch.autograd.grad(value, mu)[0], note="the sum over everything, batch too")
        value = D.kl_divergence(D.Normal(mu, (lv / 2).exp()), D.Normal(0., 1.)).mean()
        lib("torch", "torch_" + s, own, value, torch.autograd.grad(value, mu)[0], source="torch.distributions %s" % torch.__version__, note="kl_divergence has the shape of mu; its mean is over everything")
        if s == "g":
            continue
        tmu, tlv = C.tensor(s + "_tmu.npy"), C.tensor(s + "_tlogvar.npy")
        kl = 0.5 * (-1.0 + tlv - lv + torch.exp(lv - tlv) + (mu - tmu) ** 2 * torch.exp(-tlv))
        value = (kl.mean(dim=list(range(1, kl.ndim))) / np.log(2.0)).mean()
        lib("guided-diffusion", "guided_diffusion_" + s, own + " --target-mu %s_tmu.npy --target-logvar %s_tlogvar.npy" % (s, s), value,
            torch.autograd.grad(value, mu)[0], note="mean_flat(normal_kl) / log 2: bits per dimension")
    mu, cov = C.tensor("c_mu.npy"), C.tensor("c_cov.npy")
    value = D.kl_divergence(D.MultivariateNormal(mu, cov), D.MultivariateNormal(C.tensor("c_tmu.npy"), C.tensor("c_tcov.npy"))).mean()
    lib("torch", "torch_c", "--mu c_mu.npy --cov c_cov.npy --target-mu c_tmu.npy --target-cov c_tcov.npy", value, source="torch.distributions %s" % torch.__version__,
        tolerance=1e-9, note="MultivariateNormal has a number a sample")


def golden():
    """The numbers of the survey as it printed them; it ran float32."""
    g = "--mu g_mu.npy --logvar g_logvar.npy"
    for name, flags, value, ours in (
            ("mean", g, 1.621220588684082, "g_mean"),
            ("sum", g + " --reduction sum", 3.242441177368164, "g_sum"),
            ("mean_all", g + " --convention torch", 0.810610294342041, "torch_g"),
            ("sum_of_examples", g + " --convention pytorch-examples", 3.242441177368164, "pytorch_examples_g"),
            ("free_bits_sample", g + " --free-bits 0.5", 1.879150152206421, "g_free_bits_sample"),
            ("free_bits_batch", g + " --free-bits 0.5 --free-bits-on batch", 1.879150152206421, "g_free_bits_batch")):
        C.add("golden_" + name, flags, value, source="survey of libraries, float32", tolerance=2e-7)
        C.same(ours, value, 2e-7)
    rows = [0.125, 0.6839396953582764, 0.35914087295532227, 2.0743606090545654]
    C.add("golden_dimensions", "--mu g_mu_flat.npy --logvar g_logvar_flat.npy", sum(rows) / 4, per_sample=rows, source="survey of libraries, float32", tolerance=2e-7)
    C.same("g_dimensions", sum(rows) / 4, 2e-7)


def cross_checks():
    C.same("n_capacity_zero", "n_standard")
    C.same("c_diagonal", "n_standard", 1e-10)
    C.same("n_std", "n_standard", 1e-6)                                     # stds are rounded to float32


if __name__ == "__main__":
    inputs()
    definitions()
    conventions()
    golden()
    cross_checks()
    C.write()
