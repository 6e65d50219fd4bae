"""Reference values of `lossctl gan`: writes testdata/gan/*.npy and testdata/gan/reference.json.

    python gan.py [--data DIR]       DIR holds real.npy fake.npy grad_*.npy of a trained critic (default: testdata/gan)

Definitions are in `define` below, conventions the libraries themselves: MONAI, BasicSR, mmagic and mimicry as installed (one file of
each, without its other imports); CycleGAN, pix2pixHD, taming-transformers, StyleGAN2 and R3GAN are their few published lines.
"""
import argparse, warnings

import numpy as np
import torch
import torch.nn.functional as F

import libraries
from cases import DEFINITION, TESTDATA, Cases, f4, plain

warnings.filterwarnings("ignore")
ap = argparse.ArgumentParser()
ap.add_argument("--data", default=TESTDATA + "/gan")
DATA = ap.parse_args().data
C = Cases("gan")
tensor = C.tensor


def inputs():
    data = {name: np.load("%s/%s.npy" % (DATA, name)) for name in ("real", "fake", "grad_real", "grad_fake", "grad_interp")}
    for name, a in data.items():
        C.put(name + ".npy", a)
    C.put("golden_real.npy", f4([2, -0.5, 0.8]))
    C.put("golden_fake.npy", f4([-1, 0.3, 1.5]))
    r = np.random.RandomState(30)
    C.put("patch_real.npy", f4(1 + 2 * r.randn(5, 1, 6, 6)))                 # a patch discriminator, batches of other sizes
    C.put("patch_fake.npy", (2 * r.randn(4, 1, 7, 5) - 1).astype(np.float16))
    C.put("patch_fake_fortran.npy", C.arrays["patch_fake.npy"].astype(np.float64))
    np.save(C.out + "/patch_fake_fortran.npy", np.asfortranarray(C.arrays["patch_fake_fortran.npy"]))
    C.put("scale2_real.npy", f4(1 + r.randn(5, 1, 3, 3)))                    # two more scales
    C.put("scale2_fake.npy", f4(r.randn(4, 1, 3, 2) - 1))
    C.put("scale3_real.npy", r.randn(5) + 1)
    C.put("scale3_fake.npy", r.randn(4, 1) - 1)
    C.put("pair_real.npy", f4(1 + r.randn(6, 2)))
    C.put("pair_fake.npy", f4(r.randn(6, 2) - 0.5))
    C.put("pair_mask.npy", np.array([[1, 1], [0, 1], [1, 1], [0, 0], [1, 0], [1, 1]], np.uint8))
    C.put("pair_weight.npy", f4([0.5, 1, 2, 3, 0, 1.5]))
    C.put("x_real.npy", np.array([1e4, -1e4, 800, -800, 40, -40, 1e-300, 0, 1e300]))
    C.put("x_fake.npy", np.array([-1e4, 1e4, 710, -746, 37, -37, 5e-324, -0.0, -1e300, 1e300]))
    C.put("neginf_fake.npy", f4([-np.inf, -1, 2]))


# ---------------------------------------------------------------- definitions

def cost(kind, x, real, label=None):
    """What scores x cost that should be real (or fake), element by element; label is that of cross-entropy, lsgan and l1."""
    if kind in ("vanilla", "nonsaturating", "saturating"):
        return F.binary_cross_entropy_with_logits(x, torch.full_like(x, label), reduction="none")
    if kind == "softplus":
        return F.softplus(-x if real else x)
    if kind == "lsgan":
        return (x - label) ** 2
    if kind == "l1":
        return (x - label).abs()
    sign = 1 if real else -1
    return -sign * x if kind == "wgan" else F.relu(1 - sign * x)


def sides(real, fake, kind="vanilla", relativistic="none", real_label=1.0, fake_label=0.0):
    """Costs of d_loss and g_loss by real and by fake scores, or by pairs: (d_real, d_fake), (g_real, g_fake)."""
    a, b = (real_label, fake_label)
    if relativistic == "none":
        d = cost(kind, real, True, a), cost(kind, fake, False, b)
        g = {"saturating": lambda: torch.nn.functional.logsigmoid(-fake), "hinge": lambda: -fake}.get(kind, lambda: cost(kind, fake, True, 1.0))()
        return d, (None, g)
    difference = kind in ("lsgan", "l1")
    la, lb, ga, gb = (a - b, b - a, 1.0, -1.0) if difference else (a, b, 1.0, 0.0)
    if relativistic == "paired":
        x = real - fake
        return (cost(kind, x, True, la), None), (None, cost(kind, -x, True, ga))
    x, y = real - fake.mean(), fake - real.mean()
    return (cost(kind, x, True, la), cost(kind, y, False, lb)), (cost(kind, x, False, gb), cost(kind, y, True, ga))


def judged(real, fake, relativistic):
    if relativistic == "average":
        return real - fake.mean(), fake - real.mean()
    if relativistic == "paired":
        return real - fake, fake - real
    return real, fake


def define(real, fake, side="discriminator", reduction="mean", scales="mean", **kw):
    """d_loss or g_loss of lists of scales: the sum over real and fake of the mean (or sum), halved where relativistic average."""
    losses = []
    for r, f in zip(real, fake):
        parts = [x for x in sides(r, f, **kw)[side == "generator"] if x is not None]
        v = sum(x.mean() if reduction == "mean" else x.sum() for x in parts)
        losses.append(v / 2 if kw.get("relativistic") == "average" else v)
    return sum(losses) / (len(losses) if scales == "mean" else 1)


def components(real, fake, **kw):
    """What training scripts log beside the losses, over all scales."""
    relativistic, kind = kw.get("relativistic", "none"), kw.get("kind", "vanilla")
    pairs = [judged(r, f, relativistic) for r, f in zip(real, fake)]
    x, y = (torch.cat([p[i].flatten() for p in pairs]) for i in (0, 1))
    raw = [torch.cat([a.flatten() for a in side]) for side in (real, fake)]
    logits = kind in ("vanilla", "nonsaturating", "saturating", "softplus")
    middle = 0.0
    if kind in ("lsgan", "l1") and relativistic == "none":
        middle = (kw.get("real_label", 1.0) + kw.get("fake_label", 0.0)) / 2
    probability = torch.sigmoid if logits else (lambda v: v)
    out = {"d_loss": define(real, fake, **kw), "g_loss": define(real, fake, side="generator", **kw),
           "d_real": probability(x).mean(), "d_fake": probability(y).mean(),
           "d_real_accuracy": (x > middle).double().mean(), "d_fake_accuracy": (y < middle).double().mean(),
           "mean_real": raw[0].mean(), "mean_fake": raw[1].mean(), "wasserstein": raw[0].mean() - raw[1].mean(),
           "sign_real": torch.sign(x - middle).mean()}
    if relativistic != "paired":
        half = 0.5 if relativistic == "average" else 1.0
        parts = [[half * v.mean() for v in sides(r, f, **kw)[0]] for r, f in zip(real, fake)]
        for i, name in enumerate(("d_loss_real", "d_loss_fake")):
            out[name] = sum(p[i] for p in parts) / len(parts)
    return {k: v.detach() for k, v in out.items()}


def show(numbers):
    """Adds components to the last case."""
    C.cases[-1]["components"] = {k: plain(v) for k, v in numbers.items()}


def case(name, real, fake, flags="", grads="", logged=False, note=None, **kw):
    """A definition: real and fake name files, several of them scales; flags are the command line's, kw the same for define.
    grads names the inputs whose gradients are stored, each in a case of its own."""
    reals, fakes = ([tensor(f) for f in files.split()] for files in (real, fake))
    for t in reals + fakes:
        t.requires_grad_()
    value = define(reals, fakes, **kw)
    args = " ".join(["--real %s" % f for f in real.split()] + ["--fake %s" % f for f in fake.split()] + [flags])
    named = {k: v for k, v in kw.items() if k != "side"}
    C.add(name, args, value, note=note)
    if logged:
        show(components(reals, fakes, **named))
    for of in grads.split():
        g, = torch.autograd.grad(value, (reals if of == "real" else fakes)[0], retain_graph=True, allow_unused=True)
        x = (reals if of == "real" else fakes)[0]
        C.add("%s_by_%s" % (name, of), args + " --grad-of " + of, value, grad=torch.zeros_like(x) if g is None else g)


def rows(name, real, fake, flags="", note=None, **kw):
    """A definition with the parts of the samples: rows of real, then of fake; of pairs one."""
    r, f = tensor(real), tensor(fake)
    side = kw.pop("side", "discriminator")
    half = 0.5 if kw.get("relativistic") == "average" else 1.0
    parts = sides(r, f, **kw)[side == "generator"]
    per = []
    for x, part in zip((r, f), parts):
        if part is not None:
            per += [half * p.mean() for p in part]
        elif kw.get("relativistic") != "paired":
            per += [0.0] * len(x)
    C.add(name, "--real %s --fake %s %s" % (real, fake, flags), define([r], [f], side, **kw), per_sample=per, note=note)


KINDS = ("vanilla", "nonsaturating", "saturating", "softplus", "lsgan", "wgan", "hinge", "l1")


def definitions():
    R, F_ = "golden_real.npy", "golden_fake.npy"
    for kind in KINDS:
        for relativistic in ("none", "average", "paired"):
            if kind == "saturating" and relativistic != "none":
                continue
            flags = "--kind %s --relativistic %s" % (kind, relativistic)
            kw = {"kind": kind, "relativistic": relativistic}
            case("d_%s_%s" % (kind, relativistic), R, F_, flags, grads="real fake", logged=True, **kw)
            case("g_%s_%s" % (kind, relativistic), R, F_, flags + " --side generator", grads="real fake", side="generator", **kw)
    # a trained critic, 900 scores a side
    for kind in ("vanilla", "lsgan", "wgan", "hinge"):
        case("critic_" + kind, "real.npy", "fake.npy", "--kind " + kind, logged=True, kind=kind)
        case("critic_average_" + kind, "real.npy", "fake.npy", "--relativistic average --side generator --kind " + kind, kind=kind, relativistic="average", side="generator")
    case("critic_paired", "real.npy", "fake.npy", "--relativistic paired", relativistic="paired", logged=True)
    # labels
    case("labels_smooth", R, F_, "--real-label 0.9", real_label=0.9, grads="real", logged=True)
    case("labels_smooth_generator", R, F_, "--real-label 0.9 --side generator", real_label=0.9, side="generator", note="labels do not act on g_loss")
    case("labels_both", R, F_, "--real-label 0.9 --fake-label 0.1", real_label=0.9, fake_label=0.1, grads="fake")
    case("labels_lsgan", R, F_, "--kind lsgan --real-label 1 --fake-label -1", kind="lsgan", fake_label=-1.0, logged=True, grads="real fake")
    case("labels_average", R, F_, "--real-label 0.8 --relativistic average", real_label=0.8, relativistic="average", grads="real fake")
    case("labels_average_lsgan", R, F_, "--kind lsgan --real-label 0.9 --fake-label 0.2 --relativistic average", kind="lsgan", real_label=0.9, fake_label=0.2,
         relativistic="average", grads="real fake", note="differences are compared with ±(a−b)")
    case("labels_paired_lsgan", R, F_, "--kind lsgan --real-label 0.9 --relativistic paired", kind="lsgan", real_label=0.9, relativistic="paired")
    # patch maps of other shapes and types
    P, Q = "patch_real.npy", "patch_fake.npy"
    case("patch", P, Q, grads="real fake", logged=True)
    case("patch_fortran", P, "patch_fake_fortran.npy", grads="fake", note="the value of patch")
    case("patch_sum", P, Q, "--reduction sum", reduction="sum", grads="real")
    case("patch_sum_average", P, Q, "--reduction sum --relativistic average --kind lsgan", reduction="sum", relativistic="average", kind="lsgan", grads="fake")
    case("patch_average", P, Q, "--relativistic average --kind hinge --side generator", relativistic="average", kind="hinge", side="generator", grads="real fake")
    # scales
    S, T = "patch_real.npy scale2_real.npy scale3_real.npy", "patch_fake.npy scale2_fake.npy scale3_fake.npy"
    case("scales", S, T, logged=True)
    case("scales_sum", S, T, "--scales sum --kind lsgan", scales="sum", kind="lsgan")
    case("scales_generator", S, T, "--kind hinge --side generator", kind="hinge", side="generator")
    case("scales_average", S, T, "--relativistic average", relativistic="average", logged=True, note="every scale has means of its own")
    case("scales_average_generator", S, T, "--relativistic average --kind lsgan --side generator --scales sum", relativistic="average", kind="lsgan", side="generator", scales="sum")
    case("scales_sum_of_sums", S, T, "--reduction sum --scales sum", reduction="sum", scales="sum")
    # pairs, masks, weights
    A, B = "pair_real.npy", "pair_fake.npy"
    case("pair", A, B, "--relativistic paired", relativistic="paired", grads="real fake", logged=True)
    r, f, m, w = tensor(A), tensor(B), tensor("pair_mask.npy").double(), tensor("pair_weight.npy")
    args = "--real %s --fake %s --relativistic paired" % (A, B)
    d = F.softplus(f - r)
    C.add("pair_mask", args + " --mask pair_mask.npy", (d * m).sum() / m.sum())
    C.add("pair_weight", args + " --sample-weight pair_weight.npy", (d * w[:, None]).mean(), note="weights multiply, the mean divides by the pairs")
    seen = w != 0
    show({"mean_real": r[seen].mean(), "d_real": torch.sigmoid(r - f)[seen].mean(), "d_real_accuracy": (r > f)[seen].double().mean()})
    # rows
    rows("rows", P, Q)
    rows("rows_generator", P, Q, "--side generator --kind lsgan", side="generator", kind="lsgan", note="a real sample has no part in g_loss")
    rows("rows_average", R, F_, "--relativistic average", relativistic="average")
    rows("rows_average_generator", P, Q, "--relativistic average --kind hinge --side generator", relativistic="average", kind="hinge", side="generator")
    rows("rows_paired", A, B, "--relativistic paired", relativistic="paired")
    rows("rows_wgan", P, Q, "--kind wgan", kind="wgan")
    # the ends of float64
    X, Y = "x_real.npy", "x_fake.npy"
    for kind in ("vanilla", "softplus", "hinge", "wgan", "l1"):
        case("x_" + kind, X, Y, "--kind " + kind, kind=kind, grads="real fake" if kind == "vanilla" else "")
        if kind not in ("hinge", "wgan"):                                    # −mean of 1e300 and −1e300 beside others: a matter of the order
            case("x_generator_" + kind, X, Y, "--side generator --kind " + kind, kind=kind, side="generator")
    case("x_saturating", X, Y, "--side generator --kind saturating", kind="saturating", side="generator", grads="fake")
    case("x_average", X, Y, "--relativistic average", relativistic="average")
    r, f = tensor(R), tensor("neginf_fake.npy")                              # a probability of 0, where torch's own cross-entropy has 0·inf
    args = "--real %s --fake neginf_fake.npy" % R
    C.add("neginf", args, F.softplus(-r).mean() + F.softplus(f).mean())
    show({"d_fake": torch.sigmoid(f).mean(), "mean_fake": -np.inf, "wasserstein": np.inf, "d_fake_accuracy": 2 / 3})
    C.add("neginf_generator", args + " --side generator", np.inf)


# ---------------------------------------------------------------- survey

def survey():
    """The survey's numbers of these three scores a side, at the digits that it prints."""
    def number(name, flags, value):
        C.add("golden_" + name, "--real golden_real.npy --fake golden_fake.npy " + flags, value, "survey of libraries, printed by float32 runs", 2e-7)

    g = " --side generator"
    number("vanilla_d_sum", "", 1.4470453262329102)
    number("vanilla_d_half_cyclegan", "--convention cyclegan", 0.7235226631164551)
    number("vanilla_d_half_taming", "--convention taming", 0.7235226631164551)
    number("vanilla_d_real_0.9", "--real-label 0.9", 1.5237120389938354)
    number("g_nonsat", g, 0.6896767616271973)
    number("g_saturating", "--kind saturating" + g, -0.9563433527946472)
    number("mimicry_ns_eps", "--convention mimicry" + g, 0.6896767616271973)
    for kind, d, v in (("lsgan", 2.2100000381469727, 1.5799999237060547), ("hinge", 1.8333332538604736, -0.2666666805744171), ("wgan", -0.4999999701976776, -0.2666666805744171)):
        number(kind + "_d", "--kind " + kind, d)
        number(kind + "_g", "--kind " + kind + g, v)
    number("rpgan_d", "--convention r3gan", 0.7742913365364075)
    number("rpgan_g", "--convention r3gan" + g, 1.2742913961410522)
    for kind, name, d, v in (("vanilla", "rasgan", 0.5904501676559448, 1.0904501676559448), ("lsgan", "ralsgan", 1.292222261428833, 3.292222023010254), ("hinge", "rahinge", 0.75, 1.5)):
        number(name + "_d", "--relativistic average --kind " + kind, d)
        number(name + "_g", "--relativistic average --kind " + kind + g, v)
    number("monai_hinge_d", "--convention monai --kind hinge", 1.7563066482543945)
    number("monai_lsq_d", "--convention monai --kind lsgan", 1.4777082204818726)


# ---------------------------------------------------------------- conventions

def pair(name, real, fake, flags, d, g, source, scores=None):
    """A library: d and g take the lists of real and fake scores. Gradients of both losses by the first fake array."""
    reals, fakes = ([tensor(f) for f in files.split()] for files in (real, fake))
    args = " ".join(["--real %s" % f for f in real.split()] + ["--fake %s" % f for f in fake.split()] + [flags])
    for side, of in (("d", d), ("g", g)):
        more = " --side generator" if side == "g" else ""
        fakes[0].requires_grad_()
        value = of(reals, fakes)
        grad = None
        if len(fakes) == 1:
            grad, = torch.autograd.grad(value, fakes[0])
            more += " --grad-of fake"
        C.add("%s_%s" % (name, side), args + more, value, source, 1e-6, grad=grad)


def conventions():
    R, F_ = "golden_real.npy", "golden_fake.npy"
    P, Q = "patch_real.npy", "patch_fake.npy"
    S, T = P + " scale2_real.npy", Q + " scale2_fake.npy"

    def cyclegan(mode, label=1.0):
        of = {"vanilla": F.binary_cross_entropy_with_logits, "lsgan": F.mse_loss, "wgangp": None}[mode]

        def loss(x, real):
            if of is None:
                return -x.mean() if real else x.mean()
            return of(x, torch.tensor(label if real else 0.0).expand_as(x))
        return (lambda r, f: (loss(r[0], True) + loss(f[0], False)) * 0.5), (lambda r, f: loss(f[0], True))

    lines = "published formula of %s"
    for mode, flags in (("vanilla", ""), ("lsgan", "--kind lsgan"), ("wgangp", "--kind wgan")):
        pair("cyclegan_" + mode, P, Q, "--convention cyclegan " + flags, *cyclegan(mode), lines % "pytorch-CycleGAN-and-pix2pix, models/networks.py")
    pair("cyclegan_label", P, Q, "--convention cyclegan --real-label 0.9", *cyclegan("vanilla", 0.9), lines % "pytorch-CycleGAN-and-pix2pix, models/networks.py")

    def pix2pixhd(x, real):
        return sum(F.mse_loss(s, torch.full_like(s, float(real))) for s in x)
    pair("pix2pixhd", S, T, "--convention pix2pixhd", lambda r, f: (pix2pixhd(f, False) + pix2pixhd(r, True)) * 0.5, lambda r, f: pix2pixhd(f, True),
         lines % "pix2pixHD, models/networks.py and pix2pixHD_model.py")

    def taming(act):
        return (lambda r, f: 0.5 * (act(-r[0]).mean() + act(f[0]).mean())), (lambda r, f: -f[0].mean())
    pair("taming_vanilla", P, Q, "--convention taming", *taming(F.softplus), lines % "taming-transformers, vqperceptual.py")
    pair("taming_hinge", P, Q, "--convention taming --kind hinge", *taming(lambda x: F.relu(1 + x)), lines % "taming-transformers, vqperceptual.py")
    pair("stylegan2", "real.npy", "fake.npy", "--convention stylegan2", lambda r, f: F.softplus(f[0]).mean() + F.softplus(-r[0]).mean(), lambda r, f: F.softplus(-f[0]).mean(),
         lines % "stylegan2-ada-pytorch, training/loss.py")
    pair("r3gan", "pair_real.npy", "pair_fake.npy", "--convention r3gan", lambda r, f: F.softplus(-(r[0] - f[0])).mean(), lambda r, f: F.softplus(-(f[0] - r[0])).mean(),
         lines % "R3GAN, Trainer.py")

    from monai.losses import PatchAdversarialLoss
    for criterion, flags in (("bce", ""), ("hinge", "--kind hinge"), ("least_squares", "--kind lsgan")):
        loss = PatchAdversarialLoss(criterion=criterion)
        for name, r, f in (("monai_" + criterion, P, Q), ("monai_scales_" + criterion, S, T)):
            pair(name, r, f, "--convention monai " + flags, lambda r, f: loss(r, True, True) + loss(f, False, True), lambda r, f: loss(f, True, False), "monai 1.6.1")

    basicsr = libraries.basicsr()
    for kind, flags in (("vanilla", ""), ("lsgan", "--kind lsgan"), ("wgan", "--kind wgan"), ("hinge", "--kind hinge"), ("wgan_softplus", "--kind softplus")):
        for label in (1.0, 0.9) if kind in ("vanilla", "lsgan") else (1.0,):
            loss = basicsr.MultiScaleGANLoss(kind, real_label_val=label)
            name = "basicsr_%s%s" % (kind, "_label" if label < 1 else "")
            more = flags + (" --real-label 0.9" if label < 1 else "")
            d, g = (lambda r, f: loss(r, True, True) + loss(f, False, True)), (lambda r, f: loss(f, True, False))
            pair(name, P, Q, "--convention basicsr " + more, d, g, "basicsr 1.4.2")
            pair(name + "_scales", S, T, "--convention basicsr " + more, d, g, "basicsr 1.4.2")
    for kind in ("vanilla", "lsgan"):                                        # as ESRGANModel calls it
        loss = basicsr.GANLoss(kind)

        def half(r, f, real, disc):
            return (loss(r[0] - f[0].mean(), real, disc) + loss(f[0] - r[0].mean(), not real, disc)) / 2
        pair("basicsr_esrgan_" + kind, P, Q, "--convention basicsr --relativistic average --kind " + kind, lambda r, f: half(r, f, True, True), lambda r, f: half(r, f, False, False),
             "basicsr 1.4.2, called as esrgan_model.py does")

    mmagic = libraries.mmagic()
    for kind in ("vanilla", "lsgan", "wgan", "hinge", "l1"):
        label = 0.9 if kind in ("vanilla", "l1") else 1.0
        loss = mmagic.GANLoss(kind, real_label_val=label)
        pair("mmagic_" + kind, P, Q, "--convention mmagic --kind %s%s" % (kind, " --real-label 0.9" if label < 1 else ""),
             lambda r, f: loss(r[0], True, True) + loss(f[0], False, True), lambda r, f: loss(f[0], True, False), "mmagic 1.2.0")

    mimicry = libraries.mimicry()
    column = (lambda x: x[0].reshape(-1, 1))
    pair("mimicry_ns", P, Q, "--convention mimicry", lambda r, f: mimicry.minimax_loss_dis(column(f), column(r)), lambda r, f: mimicry.ns_loss_gen(f[0]), "torch-mimicry 0.1.16")
    pair("mimicry_hinge", P, Q, "--convention mimicry --kind hinge", lambda r, f: mimicry.hinge_loss_dis(f[0], r[0]), lambda r, f: mimicry.hinge_loss_gen(f[0]), "torch-mimicry 0.1.16")
    pair("mimicry_wasserstein", P, Q, "--convention mimicry --kind wgan", lambda r, f: mimicry.wasserstein_loss_dis(r[0], f[0]), lambda r, f: mimicry.wasserstein_loss_gen(f[0]),
         "torch-mimicry 0.1.16")
    x = tensor("x_fake.npy")
    C.add("mimicry_ceiling", "--real x_real.npy --fake x_fake.npy --convention mimicry --side generator", mimicry.ns_loss_gen(x), "torch-mimicry 0.1.16", 1e-6,
          note="−log 1e-8 = 18.42 at most")


if __name__ == "__main__":
    inputs()
    definitions()
    survey()
    conventions()
    C.write("monai", "basicsr", "mmagic", "torch-mimicry")
