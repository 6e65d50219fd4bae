"""Reference values of `lossctl gan penalty`: writes testdata/gan_penalty/*.npy and testdata/gan_penalty/reference.json.

    python gan_penalty.py            after gan.py, whose testdata/gan/grad_*.npy it reads

Libraries are run on a discriminator whose gradient is the stored array: D(x) = Σ x·g for each sample. BasicSR and mmagic as installed
(one file of each); CycleGAN, StyleGAN2 and R3GAN are their few published lines.
"""
import numpy as np
import torch

import libraries
from cases import Cases, f4

C = Cases("gan_penalty")
tensor = C.tensor
SURVEY = "survey of libraries, printed by float32 runs"


def inputs():
    C.put("golden.npy", f4([-1.25, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, -1.25, 0.5, -0.5, 1.25, 0.25, -0.75, 1, 0, -1, 0.75, -0.25, -1.25, 0.5]).reshape(2, 3, 2, 2))
    r = np.random.RandomState(31)
    C.put("small.npy", f4(0.3 * r.randn(6, 5)))                              # norms on both sides of 1
    C.put("pictures.npy", f4(0.5 * r.randn(4, 3, 5, 6)))
    C.put("pictures_f2.npy", C.arrays["pictures.npy"].astype(np.float16))
    C.put("pictures_fortran.npy", C.arrays["pictures.npy"].astype(np.float64))
    np.save(C.out + "/pictures_fortran.npy", np.asfortranarray(C.arrays["pictures_fortran.npy"]))
    C.put("pictures_big_endian.npy", C.arrays["pictures.npy"].astype(">f8"))
    C.put("many_channels.npy", 0.1 * r.randn(3, 80, 7))
    C.put("zero.npy", np.array([[0, 0, 0], [0.3, -0.4, 0], [3, 0, -4]], np.float64))
    C.put("outputs.npy", f4(3 * r.randn(7)))
    C.put("patches.npy", f4(3 * r.randn(3, 1, 4, 4)))
    C.put("mask.npy", (r.rand(4, 3, 5, 6) < 0.7).astype(np.uint8))
    C.put("mask_positions.npy", (r.rand(4, 5, 6) < 0.7).astype(np.uint8))
    C.put("mask_samples.npy", np.array([1, 0, 1, 1], np.uint8))
    C.put("weight.npy", f4([0.5, 2, 0, 1.25]))
    C.put("extreme.npy", np.array([[1e150, 1], [1e-170, -1e-170], [0, 0], [3e-160, 4e-160]]))


def define(g, kind="gp", norm="sample", lam=None, gamma=10.0, k=1.0, eps=0.0, mask=None, weight=None, reduction="mean"):
    """Penalties of samples, or of positions, and what they are averaged to. Returns value, rows, mean norm, largest norm."""
    g = g + eps
    if kind == "drift":
        norms, count = g.abs(), torch.ones_like(g)
    elif norm == "sample":
        m = torch.ones_like(g) if mask is None else mask.double().reshape(mask.shape + (1,) * (g.ndim - mask.ndim)).expand_as(g)
        norms, count = (g * m).flatten(1).pow(2).sum(1).sqrt(), (m.flatten(1).sum(1) > 0).double()
    else:
        norms = g.pow(2).sum(1).sqrt()
        count = torch.ones_like(norms) if mask is None else mask.double()
    lam = {"drift": 1e-3}.get(kind, 10.0) if lam is None else lam
    if kind == "gp":
        p = lam * (norms - k) ** 2
    elif kind == "gp-one-sided":
        p = lam * torch.relu(norms - k) ** 2
    elif kind == "drift":
        p = lam * norms ** 2
    else:
        p = gamma / 2 * norms ** 2
    w = count if weight is None else count * weight.reshape(weight.shape + (1,) * (p.ndim - weight.ndim))
    rows = (p * w).flatten(1).sum(1) / count.flatten(1).sum(1) if p.ndim > 1 else p * w
    return (p * w).sum() / (count.sum() if reduction == "mean" else 1), rows, (norms * w).sum() / count.sum(), norms[count > 0].max()


def case(name, file, flags="", grad=False, rows=False, note=None, **kw):
    g = tensor(file, grad)
    value, per, mean, most = define(g, **{k: tensor(v) if isinstance(v, str) and v.endswith(".npy") else v for k, v in kw.items()})
    d = torch.autograd.grad(value, g)[0] if grad else None
    C.add(name, "--grad %s %s" % (file, flags), value, per_sample=per if rows else None, grad=d, note=note)
    C.cases[-1]["components"] = {"mean_norm": float(mean.detach()), "max_norm": float(most.detach())}


def definitions():
    for file in ("golden.npy", "pictures.npy", "small.npy"):
        stem = file[:-4]
        for kind in ("gp", "gp-one-sided", "r1", "r2"):
            case("%s_%s" % (stem, kind), file, "--kind " + kind, grad=True, rows=True, kind=kind)
            if stem == "pictures":
                case("%s_%s_channel" % (stem, kind), file, "--norm channel --kind " + kind, grad=True, rows=True, kind=kind, norm="channel")
    case("critic_gp", "../gan/grad_interp.npy", grad=True, note="a trained critic of 8×8 digits, at points between real and fake ones")
    case("critic_one_sided", "../gan/grad_interp.npy", "--kind gp-one-sided", kind="gp-one-sided")
    case("critic_r1", "../gan/grad_real.npy", "--kind r1", kind="r1")
    case("critic_r2", "../gan/grad_fake.npy", "--kind r2 --gamma 0.2", kind="r2", gamma=0.2)
    P = "pictures.npy"
    case("lambda", P, "--lambda 2.5", lam=2.5)
    case("target_norm", P, "--target-norm 3", k=3.0, grad=True)
    case("target_norm_0", P, "--target-norm 0", k=0.0, note="λ·mean ‖g‖²: r1 with γ = 2λ")
    case("target_norm_one_sided", P, "--target-norm 4.5 --kind gp-one-sided", k=4.5, kind="gp-one-sided", grad=True)
    case("eps", P, "--eps 0.01", eps=0.01, grad=True)
    case("sum", P, "--reduction sum", reduction="sum")
    case("sum_channel", P, "--reduction sum --norm channel", reduction="sum", norm="channel")
    case("f2", "pictures_f2.npy", grad=True)
    case("fortran", "pictures_fortran.npy", grad=True, note="the value of pictures_gp")
    case("fortran_channel", "pictures_fortran.npy", "--norm channel", norm="channel", grad=True)
    case("big_endian", "pictures_big_endian.npy")
    case("many_channels", "many_channels.npy", "--norm channel", norm="channel", grad=True)
    case("many_channels_sample", "many_channels.npy", grad=True)
    case("drift", "outputs.npy", "--kind drift", kind="drift", grad=True, rows=True)
    case("drift_lambda", "patches.npy", "--kind drift --lambda 0.1", kind="drift", lam=0.1, rows=True)
    case("drift_scores", "../gan/real.npy", "--kind drift", kind="drift")
    case("mask", P, "--mask mask.npy", mask="mask.npy", grad=True)
    case("mask_channel", P, "--mask mask_positions.npy --norm channel", mask="mask_positions.npy", norm="channel", grad=True, rows=True)
    case("mask_samples", P, "--mask mask_samples.npy", mask="mask_samples.npy")
    case("weight", P, "--sample-weight weight.npy", weight="weight.npy", grad=True, rows=True)
    w = tensor("weight.npy") > 0
    C.cases[-1]["components"]["max_norm"] = float(tensor(P)[w].flatten(1).norm(dim=1).max())
    case("weight_r1", P, "--sample-weight weight.npy --kind r1", weight="weight.npy", kind="r1")
    C.cases[-1]["components"]["max_norm"] = float(tensor(P)[w].flatten(1).norm(dim=1).max())
    g = tensor("zero.npy", True)
    value, rows, _, _ = define(g[1:])
    d, = torch.autograd.grad(value * 2 / 3, g)
    C.add("zero", "--grad zero.npy", (value.detach() * 2 + 10) / 3, per_sample=[10] + list(rows.detach()), grad=d, note="norm 0: penalty λk², gradient 0")
    case("extreme_r1", "extreme.npy", "--kind r1", kind="r1")
    C.add("extreme_gp", "--grad extreme.npy", define(tensor("extreme.npy"))[0])


def survey():
    def number(name, flags, value, per_sample=None):
        C.add("golden_" + name, "--grad golden.npy " + flags, value, SURVEY, 2e-7, per_sample=per_sample)

    number("r1_sum_of_squares", "--kind r1 --gamma 2", (8.4375 + 7.125) / 2, per_sample=[8.4375, 7.125])
    number("r1_gamma10", "--kind r1", 38.90625)
    number("r1_stylegan2", "--convention stylegan2", 38.90625)
    number("gp_flattened", "", 32.07242965698242)
    number("gp_cyclegan", "--convention cyclegan", 32.07242965698242)
    number("gp_channel_basicsr", "--convention basicsr", 2.10847806930542)
    number("gp_channel_mmagic", "--convention mmagic", 2.10847806930542)
    number("gp_one_sided", "--kind gp-one-sided", 32.07242965698242)


def conventions():
    def discriminator(g):
        return lambda x: (x * g).flatten(1).sum(1, keepdim=True)

    basicsr, mmagic = libraries.basicsr(), libraries.mmagic()
    for file in ("golden.npy", "pictures.npy"):
        stem, g = file[:-4], tensor(file)
        D, x = discriminator(g), torch.zeros_like(g).requires_grad_()

        def add(name, flags, value, source):
            C.add("%s_%s" % (name, stem), "--grad %s %s" % (file, flags), value, source, 1e-6)

        add("basicsr_gp", "--convention basicsr --lambda 1", basicsr.gradient_penalty_loss(D, x, x), "basicsr 1.4.2")
        add("basicsr_r1", "--convention basicsr --kind r1 --gamma 2", basicsr.r1_penalty(D(x), x), "basicsr 1.4.2")
        for mode, flags in (("pixel", ""), ("HWC", " --norm sample")):
            add("mmagic_gp_" + mode, "--convention mmagic --lambda 1" + flags, mmagic.gradient_penalty_loss(D, x, x, norm_mode=mode), "mmagic 1.2.0")
            add("mmagic_r1_" + mode, "--convention mmagic --kind r1 --gamma 2" + flags, mmagic.r1_gradient_penalty_loss(D, x, norm_mode=mode), "mmagic 1.2.0")
        add("cyclegan", "--convention cyclegan", (((g.flatten(1) + 1e-16).norm(2, dim=1) - 1) ** 2).mean() * 10, "published formula of pytorch-CycleGAN-and-pix2pix, models/networks.py")
        add("stylegan2", "--convention stylegan2", (g.square().sum([1, 2, 3]) * (10 / 2)).mean(), "published formula of stylegan2-ada-pytorch, training/loss.py")
        add("r3gan_r2", "--convention r3gan --kind r2 --gamma 0.2", (0.2 / 2 * g.square().sum([1, 2, 3])).mean(), "published formula of R3GAN, Trainer.py")
    for file in ("outputs.npy", "patches.npy"):
        C.add("mmagic_shift_" + file[:-4], "--grad %s --convention mmagic --kind drift" % file, mmagic.DiscShiftLoss()(tensor(file)), "mmagic 1.2.0", 1e-6)


if __name__ == "__main__":
    inputs()
    definitions()
    survey()
    conventions()
    C.write("basicsr", "mmagic")
