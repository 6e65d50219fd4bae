"""Reference values of `lossctl ctc`: writes testdata/ctc/*, testdata/ctc/reference.json and testdata/ctc/decode.json; see README.md.

Definitions are the forward recursion of `forward` below in float64, checked against torch's ctc_loss and against the sum over all
paths; gradients are its autograd, but for --convention torch, which is torch's own. Texts, error rates and alignments are those of
torchaudio (forced_align, merge_tokens) and jiwer.
"""
import itertools, json, math, os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
import numpy as np
import torch
import torch.nn.functional as F

from cases import Cases, f4

C = Cases("ctc")
NEVER = -1e30  # log 0, finite so that autograd has no NaN
INF = math.inf


# ---------------------------------------------------------------- definition (float64)

def needs(target):
    """The fewest frames that an alignment of the target has: a blank stands between equal neighbours."""
    return len(target) + sum(a == b for a, b in zip(target, target[1:]))


def forward(lp, target, blank=0):
    """−log Σ over alignments, of lp (T, C) and a list of labels; inf where no alignment has a probability."""
    if needs(target) > len(lp):
        return torch.tensor(INF)
    lp = lp.clamp(min=NEVER)
    states = [blank]
    for y in target:
        states += [y, blank]
    n = len(states)
    never = torch.full((1,), NEVER)
    jump = torch.tensor([0.0 if i > 1 and states[i] != blank and states[i] != states[i - 2] else NEVER for i in range(n)])
    a = torch.full((n,), NEVER)
    a[0] = 0.0
    first = True
    for row in lp:
        one = torch.cat([never, a[:-1]])
        two = torch.cat([never, never, a[:-2]])[:n] + jump
        if first:  # begins in the blank or in the first label
            one = torch.tensor([NEVER] + [0.0] * min(n - 1, 1) + [NEVER] * (n - 2))[:n]
            two = torch.full((n,), NEVER)
            first = False
        a = torch.logsumexp(torch.stack([a, one, two]), 0) + row[states]
    total = torch.logsumexp(a[-2:], 0) if n > 1 else a[-1]
    if len(lp) == 0:
        total = torch.zeros(()) if not target else torch.tensor(NEVER)
    return torch.tensor(INF) if total < NEVER / 2 else -total


def all_paths(lp, target, blank=0):
    """The same by its definition: all C^T paths that collapse to the target."""
    total = -INF
    for path in itertools.product(range(lp.shape[1]), repeat=lp.shape[0]):
        if [k for k, _ in itertools.groupby(path) if k != blank] == list(target):
            total = np.logaddexp(total, sum(float(lp[t, k]) for t, k in enumerate(path)))
    return -total


def log_probs(x, pred_as="logits"):
    return {"logits": lambda: x.log_softmax(-1), "probs": lambda: x.log(), "logprobs": lambda: x}[pred_as]()


def define(x, targets, lengths=None, blank=0, pred_as="logits", layout="tnc", reduction="mean", smoothing=0.0, alpha=1.0, gamma=0.0,
           infeasible="inf", weight=None, mask=None):
    """ℓ_n = w_n·((1−s)·α·(1−e^−L)^γ·L + s·mean_{t,c}(−log p)), L the CTC loss of sample n over its frames; x (T, N, C).
    mean ÷ samples, target-length: mean of ℓ_n ÷ max(labels, 1), frame ÷ frames."""
    if layout == "ntc":
        x = x.transpose(0, 1)
    lp = log_probs(x, pred_as)
    rows, labels, frames = [], [], []
    for n, y in enumerate(targets):
        y = [int(k) for k in y]
        p = lp[: lengths[n] if lengths is not None else None, n]
        if mask is not None:
            p = p[torch.as_tensor(mask[n, : len(p)]).bool()]
        loss = forward(p, y, blank)
        if torch.isinf(loss) and infeasible != "inf":
            if infeasible == "skip":
                continue
            loss = torch.zeros(())
        elif not torch.isinf(loss):
            if gamma or alpha != 1:
                loss = alpha * (-torch.expm1(-loss)) ** gamma * loss
            if smoothing:
                loss = (1 - smoothing) * loss + smoothing * (-p).mean()
        rows.append(loss * (1 if weight is None else weight[n]))
        labels.append(max(len(y), 1))
        frames.append(len(p))
    rows, labels, frames = torch.stack(rows), torch.tensor(labels), torch.tensor(frames)
    value = {"mean": lambda: rows.mean(), "none": lambda: rows.mean(), "sum": lambda: rows.sum(), "target-length": lambda: (rows / labels).mean(),
             "frame": lambda: rows.sum() / frames.sum()}[reduction]()
    each = rows / labels if reduction == "target-length" else rows / frames if reduction == "frame" else rows
    return value, each


def case(name, pred, targets, flags, grad=False, note=None, files="", **kw):
    """A definition: targets are lists of labels, `files` the flags of the files that hold them."""
    x = C.tensor(pred, grad)
    if isinstance(kw.get("weight"), str):
        kw["weight"] = C.tensor(kw["weight"])
    if isinstance(kw.get("mask"), str):
        kw["mask"] = C.load(kw["mask"])
    y = x[:, None] if x.ndim == 2 else x
    value, rows = define(y, targets, **kw)
    g = torch.autograd.grad(value, x)[0] if grad else None
    # rows are given where no sample is left out
    C.add(name, " ".join(["--pred", pred, files, flags]), value, per_sample=rows.detach() if len(rows) == len(targets) else None, grad=g, note=note)


# ---------------------------------------------------------------- inputs

def pad(targets, width, fill):
    a = np.full((len(targets), width), fill, np.int64)
    for n, y in enumerate(targets):
        a[n, : len(y)] = y
    return a


def text(name, lines):
    C.arrays[name] = None
    with open(os.path.join(C.out, name), "w") as f:
        f.write("".join(line + "\n" for line in lines))


G_TARGETS = [[1, 2], [3, 3, 1]]
R_TARGETS = [[3, 3, 1, 5], [2], [], [4, 4, 4]]
R_LENGTHS = [11, 6, 4, 9]
U_TARGET = [2, 2, 1]


def inputs():
    # The survey's golden logits, recovered from its gradient: ((12 i) mod 17 − 8)/4 over T 5, N 2, C 4.
    C.put("g_logits.npy", f4((((np.arange(40) * 12) % 17) - 8) / 4).reshape(5, 2, 4))
    C.put("g_logprobs.npy", torch.from_numpy(C.load("g_logits.npy")).double().log_softmax(-1).numpy())
    C.put("g_targets.npy", pad(G_TARGETS, 3, 0))
    C.put("g_flat.npy", np.array(sum(G_TARGETS, []), np.int32))
    C.put("g_target_lengths.npy", np.array([2, 3]))
    C.put("g_lengths.npy", np.array([5, 3], np.int32))
    C.put("g_empty.npy", np.zeros((2, 2), np.uint8))
    C.put("g_targets_last.npy", pad([[1, 2], [0, 0, 1]], 3, 3))

    r = np.random.RandomState(30)
    T, N, K = 11, 4, 6
    x = f4(2 * r.randn(T, N, K))
    C.put("r_logits.npy", x)
    C.put("r_logits_ntc.npy", x.swapaxes(0, 1))
    C.put("r_logits_f2.npy", x.astype(np.float16))
    C.put("r_logits_f8be.npy", x.astype(">f8"))
    C.put("r_targets.npy", pad(R_TARGETS, 4, -1))
    C.put("r_targets_zero.npy", pad(R_TARGETS, 5, 0).astype(np.int16))
    C.put("r_targets_9.npy", pad(R_TARGETS, 5, 9).astype(np.uint8))
    C.put("r_flat.npy", np.array(sum(R_TARGETS, [])))
    C.put("r_target_lengths.npy", np.array([len(y) for y in R_TARGETS]))
    C.put("r_lengths.npy", np.array(R_LENGTHS))
    C.put("r_lengths_short.npy", np.array([4, 6, 0, 5]))   # sample 0 needs 5 frames, sample 3 has as many as it needs, sample 2 neither has nor needs any
    C.put("r_weight.npy", f4([0.5, 2, 0, 1.25]))
    C.put("r_mask.npy", (r.rand(N, T) < 0.8))
    C.put("r_mask_samples.npy", np.array([1, 1, 0, 1], np.uint8))
    lp = torch.from_numpy(x).double().log_softmax(-1)
    C.put("r_logprobs.npy", lp.numpy())
    C.put("r_probs.npy", f4(lp.exp().numpy()))
    C.put("r_free.npy", f4(-np.abs(r.randn(T, N, K))))      # log-probs that are not normalised
    inf = x.copy()
    inf[:, :, 4] = -np.inf                                  # sample 3 has label 4: no alignment is possible
    inf[2, 0, 0] = inf[3, 1, 2] = -np.inf
    C.put("r_logits_neginf.npy", inf)
    nanned = x.copy()
    for n, t in enumerate(R_LENGTHS):
        nanned[t:, n] = np.nan
    C.put("r_logits_nan_beyond.npy", nanned)
    text("r_targets.csv", [",".join(map(str, y)) for y in R_TARGETS])
    text("r_targets.txt", [" ".join(map(str, y)) for y in R_TARGETS])
    text("r_targets.jsonl", [json.dumps({"name": "u%d" % n, "ids": y}) for n, y in enumerate(R_TARGETS)])

    C.put("u_logits.npy", f4(1.5 * r.randn(7, 3)))          # one utterance
    C.put("u_target.npy", np.array(U_TARGET))
    big = f4([[1e4, -1e4, 0], [-1e4, 1e4, 50], [3e4, 3e4, -3e4], [800, 799, -800], [-40, 40, 37], [0, -1e30, 1e30]])
    C.put("x_logits.npy", big)                              # (T, C)
    C.put("x_target.npy", np.array([1, 2]))
    long = f4(3 * r.randn(240, 2, 9))
    C.put("l_logits.npy", long)
    C.put("l_targets.npy", np.stack([r.randint(1, 9, 90), r.randint(1, 3, 90)]).astype(np.uint8))  # the second has many repeats
    C.put("l_target_lengths.npy", np.array([90, 85]))


def printed(*rows):
    """The rows of the last case, as the survey prints them."""
    for got, want in zip(C.cases[-1]["per_sample"], rows):
        assert abs(got - want) < 1e-12, (C.cases[-1], rows)


def definitions():
    g = dict(files="--target g_targets.npy")
    golden = [2.855137459319002, 8.106517925299686]
    case("golden_none", "g_logits.npy", G_TARGETS, "--reduction none", reduction="none", **g)
    printed(*golden)
    case("golden_batchmean", "g_logits.npy", G_TARGETS, "", grad=True, **g)
    C.same("golden_none", 5.480827692309344)
    C.same("golden_batchmean", 5.480827692309344)
    case("golden_target_length", "g_logits.npy", G_TARGETS, "--reduction target-length", reduction="target-length", grad=True, **g)
    C.same("golden_target_length", 2.0648706857130317)
    case("golden_sum", "g_logits.npy", G_TARGETS, "--reduction sum", reduction="sum", **g)
    C.same("golden_sum", 10.961655384618687)
    case("golden_frame", "g_logits.npy", G_TARGETS, "--reduction frame", reduction="frame", grad=True, **g)
    C.same("golden_frame", 1.0961655384618687)
    case("golden_smoothing", "g_logits.npy", G_TARGETS, "--label-smoothing 0.1 --reduction sum", reduction="sum", smoothing=0.1, grad=True, **g)
    printed(2.7693980599928616, 7.489767167698387)
    case("golden_focal", "g_logits.npy", G_TARGETS, "--alpha 0.25 --gamma 2 --reduction sum", reduction="sum", alpha=0.25, gamma=2, grad=True, **g)
    printed(0.6339946518446258, 2.0254073359744424)
    case("golden_infeasible", "g_logits.npy", G_TARGETS, "--pred-lengths g_lengths.npy", lengths=[5, 3], **g)
    case("golden_infeasible_zero", "g_logits.npy", G_TARGETS, "--pred-lengths g_lengths.npy --infeasible zero --reduction target-length",
         lengths=[5, 3], infeasible="zero", reduction="target-length", grad=True, **g)
    C.same("golden_infeasible_zero", 0.7137843648297505)
    case("golden_infeasible_skip", "g_logits.npy", G_TARGETS, "--pred-lengths g_lengths.npy --infeasible skip", lengths=[5, 3], infeasible="skip", grad=True, **g)
    C.same("golden_infeasible_skip", golden[0])
    case("golden_empty_target", "g_logits.npy", [[], []], "", files="--target g_empty.npy", grad=True)
    printed(8.051217330287988)
    case("golden_blank_last", "g_logits.npy", [[1, 2], [0, 0, 1]], "--blank last --reduction sum", files="--target g_targets_last.npy", blank=3, reduction="sum", grad=True)
    printed(4.08773004517479, 8.4485936836973)
    case("golden_blank_3", "g_logits.npy", [[1, 2], [0, 0, 1]], "--blank 3", files="--target g_targets_last.npy", blank=3)
    case("golden_concatenated", "g_logits.npy", G_TARGETS, "", files="--target g_flat.npy --target-lengths g_target_lengths.npy")
    C.same("golden_concatenated", "golden_batchmean")
    case("golden_cut", "g_logits.npy", [[1, 2], [3, 3]], "", files="--target g_targets.npy --target-lengths two.npy", note="lengths decide what is a label")

    x, y = "r_logits.npy", R_TARGETS
    r = dict(files="--target r_targets.npy")
    L = dict(lengths=R_LENGTHS)
    case("random", x, y, "", grad=True, **r)
    case("random_lengths", x, y, "--pred-lengths r_lengths.npy", grad=True, **r, **L)
    case("random_lengths_target_length", x, y, "--pred-lengths r_lengths.npy --reduction target-length", reduction="target-length", grad=True, **r, **L)
    case("random_lengths_frame", x, y, "--pred-lengths r_lengths.npy --reduction frame", reduction="frame", grad=True, **r, **L)
    case("random_lengths_sum", x, y, "--pred-lengths r_lengths.npy --reduction sum", reduction="sum", **r, **L)
    case("random_nan_beyond", "r_logits_nan_beyond.npy", y, "--pred-lengths r_lengths.npy", note="NaN only beyond the lengths", **r, **L)
    C.same("random_nan_beyond", "random_lengths")
    case("random_ntc", "r_logits_ntc.npy", y, "--layout ntc", layout="ntc", grad=True, **r)
    case("random_ntc_auto", "r_logits_ntc.npy", y, "--pred-lengths r_lengths.npy", layout="ntc", grad=True, **r, **L)
    case("random_f2", "r_logits_f2.npy", y, "", note="float16 file", **r)
    case("random_f8_bigendian", "r_logits_f8be.npy", y, "", **r)
    for name, files in {
        "zero": "--target r_targets_zero.npy", "pad": "--target r_targets_9.npy --target-pad 9", "concatenated": "--target r_flat.npy --target-lengths r_target_lengths.npy",
        "lengths": "--target r_targets_9.npy --target-lengths r_target_lengths.npy", "csv": "--target r_targets.csv", "txt": "--target r_targets.txt",
        "jsonl": "--target r_targets.jsonl:ids",
    }.items():
        case("random_target_" + name, x, y, "", files=files)
        C.same("random_target_" + name, "random")
    case("random_short", x, y, "--pred-lengths r_lengths_short.npy", lengths=[4, 6, 0, 5], **r)
    case("random_short_zero", x, y, "--pred-lengths r_lengths_short.npy --infeasible zero", lengths=[4, 6, 0, 5], infeasible="zero", grad=True, **r)
    case("random_short_skip", x, y, "--pred-lengths r_lengths_short.npy --infeasible skip", lengths=[4, 6, 0, 5], infeasible="skip", grad=True, **r)
    case("random_weight", x, y, "--sample-weight r_weight.npy", weight="r_weight.npy", grad=True, **r)
    case("random_mask_frames", x, y, "--mask r_mask.npy", mask="r_mask.npy", grad=True, note="a frame that is left out is not there", **r)
    value, _ = define(C.tensor(x)[:, [0, 1, 3]], [y[0], y[1], y[3]])
    C.add("random_mask_samples", "--pred r_logits.npy --target r_targets.npy --mask r_mask_samples.npy", value, note="sample 2 is left out")
    case("random_probs", "r_probs.npy", y, "--pred-as probs", pred_as="probs", grad=True, **r)
    case("random_logprobs", "r_logprobs.npy", y, "--pred-as logprobs", pred_as="logprobs", grad=True, note="the gradient by free log-probs, -γ", **r)
    case("random_free", "r_free.npy", y, "--pred-as logprobs", pred_as="logprobs", grad=True, note="log-probs that are not normalised are taken as they are", **r)
    case("random_neginf", "r_logits_neginf.npy", y, "", note="sample 3 has a label of probability 0: inf", **r)
    case("random_neginf_zero", "r_logits_neginf.npy", y, "--infeasible zero", infeasible="zero", **r)
    case("random_smoothing_focal", x, y, "--pred-lengths r_lengths.npy --label-smoothing 0.3 --gamma 1.5 --alpha 0.5", smoothing=0.3, gamma=1.5, alpha=0.5, grad=True, **r, **L)
    case("random_smoothing_probs", "r_probs.npy", y, "--pred-as probs --label-smoothing 0.2", pred_as="probs", smoothing=0.2, grad=True, **r)
    case("random_smoothing_logprobs", "r_free.npy", y, "--pred-as logprobs --label-smoothing 0.2", pred_as="logprobs", smoothing=0.2, grad=True, **r)
    case("random_focal_half", x, y, "--gamma 0.5", gamma=0.5, grad=True, **r)
    case("random_smoothing_1", x, y, "--label-smoothing 1", smoothing=1.0, grad=True, **r)
    case("single", "u_logits.npy", [U_TARGET], "", files="--target u_target.npy", grad=True)
    case("single_tc", "u_logits.npy", [U_TARGET], "--layout tc", files="--target u_target.npy")
    case("single_no_batch", "u_logits.npy", [U_TARGET], "--no-batch", files="--target u_target.npy")
    case("extreme", "x_logits.npy", [[1, 2]], "", files="--target x_target.npy", grad=True)
    Y = C.load("l_targets.npy")
    case("long", "l_logits.npy", [Y[0], Y[1][:85]], "", files="--target l_targets.npy --target-lengths l_target_lengths.npy", grad=True)


def reader():
    files = "--target ../reader/targets.npy"
    x = C.tensor("../reader/logits.npy")
    n, m = C.load("../reader/input_lengths.npy"), C.load("../reader/target_lengths.npy")
    y = [row[:k] for row, k in zip(C.load("../reader/targets.npy"), m)]
    for name, flags, kw in [
        ("reader", "", {}), ("reader_sum", "--reduction sum", dict(reduction="sum")), ("reader_frame", "--reduction frame", dict(reduction="frame")),
        ("reader_target_length", "--reduction target-length", dict(reduction="target-length")),
        ("reader_smoothing", "--label-smoothing 0.1", dict(smoothing=0.1)), ("reader_focal", "--gamma 2 --alpha 0.25", dict(gamma=2, alpha=0.25)),
    ]:
        case(name, "../reader/logits.npy", y, "--pred-lengths ../reader/input_lengths.npy " + flags, files=files, lengths=n, **kw)
    torch_loss = F.ctc_loss(x.log_softmax(-1), torch.from_numpy(C.load("../reader/targets.npy")), torch.from_numpy(n), torch.from_numpy(m), reduction="none")
    C.same("reader", torch_loss.mean())
    add("reader_torch", "--pred ../reader/logits.npy --target ../reader/targets.npy --pred-lengths ../reader/input_lengths.npy --convention torch",
        (torch_loss / torch.from_numpy(m)).mean(), TORCH)


# ---------------------------------------------------------------- libraries

TORCH = "torch %s ctc_loss" % torch.__version__


def add(name, args, value, source, rows=None, grad=None, note=None, tolerance=1e-6):
    C.add(name, args, value, source, tolerance, rows, grad, note)


def torch_ctc(lp, targets, lengths, **kw):
    kw.setdefault("reduction", "none")
    flat = torch.tensor(sum(targets, []), dtype=torch.long)
    return F.ctc_loss(lp, flat, torch.tensor(lengths), torch.tensor([len(y) for y in targets]), **kw)


def conventions():
    g = "--target g_targets.npy "
    lp = C.tensor("g_logprobs.npy", True)
    rows = torch_ctc(lp, G_TARGETS, [5, 5])
    grad, = torch.autograd.grad(rows.sum(), lp)
    printed = [[0.024361074673581055, -0.2842283954666539, 0.20199483237629495, 0.05787248841677852],
               [-0.38502046159654835, -0.12226142313626694, -0.03913883044560054, 0.5464207151784158],
               [0.08108621928479967, 0.030797942081936376, -0.30161416863768953, 0.1897300072709536],
               [-0.18880010231431177, 0.2054135166596683, -0.03350704156712271, 0.01689362722176621],
               [-0.648376955737998, 0.0949536824595658, 0.007002558100016442, 0.5464207151784158]]
    assert np.abs(grad[:, 0].numpy() - printed).max() < 1e-14
    add("golden_torch_gradient", "--pred g_logprobs.npy --pred-as logprobs --convention torch --reduction sum " + g, rows.sum(), TORCH, rows.detach(), grad,
        "exp(log p) − γ", 1e-12)
    add("golden_torch_mean", "--pred g_logits.npy --convention torch " + g, torch_ctc(lp, G_TARGETS, [5, 5], reduction="mean"), TORCH,
        rows.detach() / torch.tensor([2, 3]), tolerance=1e-12)
    add("torch_infeasible", "--pred g_logits.npy --convention torch --pred-lengths g_lengths.npy " + g, torch_ctc(lp, G_TARGETS, [5, 3], reduction="mean"), TORCH)
    add("torch_zero_infinity", "--pred g_logits.npy --convention torch --infeasible zero --pred-lengths g_lengths.npy " + g,
        torch_ctc(lp, G_TARGETS, [5, 3], reduction="mean", zero_infinity=True), TORCH)
    x = C.tensor("r_logits.npy", True)
    lp = x.log_softmax(-1)
    r = "--pred r_logits.npy --target r_targets.npy "
    value = torch_ctc(lp, R_TARGETS, R_LENGTHS, reduction="mean")
    add("torch_random", r + "--pred-lengths r_lengths.npy --convention torch", value, TORCH, grad=torch.autograd.grad(value, x, retain_graph=True)[0])
    free = C.tensor("r_free.npy", True)
    value = torch_ctc(free, R_TARGETS, R_LENGTHS, reduction="mean")
    add("torch_free", "--pred r_free.npy --target r_targets.npy --pred-as logprobs --pred-lengths r_lengths.npy --convention torch", value, TORCH,
        grad=torch.autograd.grad(value, free)[0], note="log-probs that are not normalised")
    short = torch_ctc(lp, R_TARGETS, [4, 6, 0, 5])
    assert torch.equal(torch.isinf(short), torch.tensor([True, False, False, False])) and short[2] == 0, short
    add("torch_short", r + "--pred-lengths r_lengths_short.npy --convention torch --infeasible zero",
        torch_ctc(lp, R_TARGETS, [4, 6, 0, 5], reduction="mean", zero_infinity=True), TORCH, note="an utterance of no frames and no labels: 0")

    # Published code that is not installed: its reduction of torch's rows.
    rows = torch_ctc(lp, R_TARGETS, R_LENGTHS).detach()
    n = len(rows)
    S = r + "--pred-lengths r_lengths.npy "
    add("espnet", S + "--convention espnet", rows.sum() / n, "espnet2/asr/ctc.py: loss.sum() / size, zero_infinity")
    add("espnet_short", r + "--pred-lengths r_lengths_short.npy --convention espnet", torch_ctc(lp, R_TARGETS, [4, 6, 0, 5], zero_infinity=True).sum() / n,
        "espnet2/asr/ctc.py: loss.sum() / size, zero_infinity")
    add("hf", S + "--convention hf", rows.sum(), "transformers Wav2Vec2ForCTC: ctc_loss_reduction sum")
    lengths = torch.tensor([max(len(y), 1) for y in R_TARGETS])
    add("hf_mean", S + "--convention hf --reduction mean", (rows / lengths).mean(), "transformers Wav2Vec2ForCTC: ctc_loss_reduction mean is torch's")
    add("k2", S + "--convention k2", rows.sum(), "k2/python/k2/ctc_loss.py: reduction sum")
    add("k2_mean", "--pred g_logits.npy --convention k2 --reduction mean " + g, C.values["golden_torch_mean"], "k2/python/k2/ctc_loss.py: ÷ target lengths, then mean")
    add("warp_ctc", S + "--convention warp-ctc", rows.sum(), "warpctc_pytorch: costs.sum()")
    add("warp_ctc_frame", S + "--convention warp-ctc --reduction frame", rows.sum() / sum(R_LENGTHS), "warpctc_pytorch: length_average")
    add("warp_ctc_short", r + "--pred-lengths r_lengths_short.npy --convention warp-ctc", torch_ctc(lp, R_TARGETS, [4, 6, 0, 5], zero_infinity=True).sum(),
        "warp-ctc cpu_ctc.h: an infeasible utterance costs 0")
    add("tf", S + "--convention tf", rows.mean(), "tf.nn.ctc_loss gives one number an utterance; their mean")
    optax_and_keras(r, x)


def optax_and_keras(r, x):
    import jax
    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax
    import keras
    import importlib.metadata as md

    def optax_ctc(x, targets, lengths):
        T, N, _ = x.shape
        S = max(len(y) for y in targets)
        over = (jnp.arange(T)[None] >= jnp.asarray(lengths)[:, None]).astype(float)
        none = (jnp.arange(S)[None] >= jnp.asarray([len(y) for y in targets])[:, None]).astype(float)
        return optax.losses.ctc_loss(jnp.swapaxes(x, 0, 1), over, jnp.asarray(pad(targets, S, 0)), none)

    source = "optax %s ctc_loss" % md.version("optax")
    for name, pred, files, targets, lengths, flags in [
        ("optax", "r_logits.npy", "--target r_targets.npy", R_TARGETS, R_LENGTHS, "--pred-lengths r_lengths.npy"),
        ("optax_infeasible", "g_logits.npy", "--target g_targets.npy", G_TARGETS, [5, 3], "--pred-lengths g_lengths.npy"),
        ("optax_short", "r_logits.npy", "--target r_targets.npy", R_TARGETS, [4, 6, 0, 5], "--pred-lengths r_lengths_short.npy"),
        ("optax_long", "l_logits.npy", "--target l_targets.npy --target-lengths l_target_lengths.npy",
         [list(C.load("l_targets.npy")[0]), list(C.load("l_targets.npy")[1][:85])], [240, 240], ""),
    ]:
        z = jnp.asarray(C.load(pred).astype(np.float64))
        rows = optax_ctc(z, targets, lengths)
        grad = jax.grad(lambda z: optax_ctc(z, targets, lengths).mean())(z)
        add(name, "--pred %s %s %s --convention optax" % (pred, files, flags), float(rows.mean()), source, np.asarray(rows),
            torch.from_numpy(np.array(grad)) if name != "optax_long" else None)

    y = torch.from_numpy(C.load("r_targets_zero.npy").astype(np.int64))
    rows = keras.losses.ctc(y, x.detach().transpose(0, 1))
    value = keras.losses.CTC()(y, x.detach().transpose(0, 1).float())
    add("keras", "--pred r_logits.npy --target r_targets_zero.npy --convention keras", rows.mean(), "keras %s losses.ctc (torch backend), mean" % keras.__version__, rows)
    assert abs(float(value) - float(rows.mean())) < 1e-5 * float(value)
    C.same("keras", "random", 1e-6)


# ---------------------------------------------------------------- decoding

def greedy(x, blank=0):
    return [int(k) for k, _ in itertools.groupby(x.argmax(-1).tolist()) if k != blank]


def decoding():
    """decode.json: texts and error rates by jiwer, alignments by torchaudio; greedy texts are one line of Python."""
    import jiwer, torchaudio
    from torchaudio.functional import forced_align, merge_tokens
    out = {"versions": {"jiwer": jiwer.__name__ + " " + __import__("importlib.metadata").metadata.version("jiwer"), "torchaudio": torchaudio.__version__}, "texts": [], "spans": []}
    assert [C.tensor("g_logits.npy")[:, n].argmax(-1).tolist() for n in range(2)] == [[1, 3, 2, 0, 3], [3, 2, 1, 3, 2]]

    # sentences, and frames that read them badly
    letters = "_ abcdefghijklmnopqrstuvwxyz'"
    said = ["the cat sat on the mat", "a seed", "it's all well", "", "hello hello", "zoo"]
    r = np.random.RandomState(31)
    T = 60
    x = r.randn(T, len(said), len(letters)).astype(np.float32)
    lengths = []
    for n, words in enumerate(said):
        t = 0
        for i, c in enumerate(words):
            if i and words[i - 1] == c:
                x[t, n, 0] += 4
                t += 1
            for _ in range(1 + r.randint(2)):
                x[t, n, letters.index(c)] += 3
                t += 1
        x[t : t + 3, n, 0] += 6
        lengths.append(t + 3)
    assert max(lengths) <= T
    C.put("s_logits.npy", x)
    C.put("s_lengths.npy", np.array(lengths))
    text("s_alphabet.txt", ["<blank>", " "] + list(letters[2:]))
    text("s_alphabet_ids.txt", ["%s %d" % (c, i) for i, c in enumerate(["<blank>", "<space>"] + list(letters[2:]))])
    text("s_vocab.json", [json.dumps({c: i for i, c in enumerate(["<pad>", "|"] + list(letters[2:]))})])
    text("s_text.txt", said)
    ids = ["utt%d" % n for n in range(len(said))]
    text("s_ids.txt", ids)
    text("s_idtext.txt", [(ids[n] + " " + said[n]).strip() for n in [3, 1, 0, 2, 5, 4]])
    text("s_text.csv", ["name,words"] + ["%s,%s" % p for p in zip(ids, said)])
    text("s_text.jsonl", [json.dumps({"words": w}) for w in said])
    targets = [[letters.index(c) for c in w] for w in said]
    C.put("s_targets.npy", pad(targets, max(map(len, said)), -1))
    for name, files in {"sentences": "--target s_targets.npy", "sentences_text": "--target s_text.txt --alphabet s_alphabet.txt",
                        "sentences_token_id": "--target s_text.txt --alphabet s_alphabet_ids.txt", "sentences_vocab": "--target s_text.txt --alphabet s_vocab.json",
                        "sentences_id_text": "--target s_idtext.txt --ids s_ids.txt --alphabet s_alphabet.txt", "sentences_csv": "--target s_text.csv:words --alphabet s_alphabet.txt",
                        "sentences_jsonl": "--target s_text.jsonl:words --alphabet s_alphabet.txt"}.items():
        case(name, "s_logits.npy", targets, "--pred-lengths s_lengths.npy", files=files, lengths=lengths)
        C.same(name, "sentences")
    heard = ["".join(letters[k] for k in greedy(torch.from_numpy(x[:t, n]))) for n, t in enumerate(lengths)]
    rates(out, "greedy", "--pred s_logits.npy --target s_text.txt --alphabet s_alphabet.txt --pred-lengths s_lengths.npy --decode greedy", said, heard)

    digits = "_0123456789"
    z = C.load("../reader/logits.npy")
    n, m = C.load("../reader/input_lengths.npy"), C.load("../reader/target_lengths.npy")
    y = C.load("../reader/targets.npy")
    rates(out, "reader", "--pred ../reader/logits.npy --target ../reader/targets.npy --alphabet ../reader/alphabet.txt --pred-lengths ../reader/input_lengths.npy --decode greedy",
          ["".join(digits[c] for c in y[i, :m[i]]) for i in range(60)], ["".join(digits[c] for c in greedy(torch.from_numpy(z[:n[i], i]))) for i in range(60)])

    def align(name, args, x, targets, lengths):
        spans = []
        for i, (y, t) in enumerate(zip(targets, lengths)):
            if not len(y) or needs(list(y)) > t:
                continue
            lp = torch.from_numpy(x[:t, i]).double().log_softmax(-1)[None]
            path, scores = forced_align(lp, torch.tensor([list(map(int, y))]), blank=0)
            spans += [[i, s.token, s.start, s.end, s.score] for s in merge_tokens(path[0], scores[0])]
        out["spans"].append({"name": name, "args": args.split(), "spans": spans})

    align("random", "--pred r_logits.npy --target r_targets.npy --pred-lengths r_lengths.npy", C.load("r_logits.npy"), R_TARGETS, R_LENGTHS)
    align("reader", "--pred ../reader/logits.npy --target ../reader/targets.npy --pred-lengths ../reader/input_lengths.npy", z, [y[i, :m[i]] for i in range(60)], n)
    align("long", "--pred l_logits.npy --target l_targets.npy --target-lengths l_target_lengths.npy", C.load("l_logits.npy"),
          [C.load("l_targets.npy")[0], C.load("l_targets.npy")[1][:85]], [240, 240])
    C.arrays["decode.json"] = None
    with open(os.path.join(C.out, "decode.json"), "w") as f:
        f.write('{"versions":%s,\n"texts":[\n%s\n],\n"spans":[\n%s\n]}\n' % (
            json.dumps(out["versions"]), ",\n".join(map(json.dumps, out["texts"])), ",\n".join(map(json.dumps, out["spans"]))))


def rates(out, name, args, said, heard):
    """jiwer refuses an empty reference: the errors of those are the length of what was heard."""
    import jiwer
    errors = [0, 0]
    total = [0, 0]
    rows = []
    for ref, hyp in zip(said, heard):
        ref, hyp = " ".join(ref.split()), " ".join(hyp.split())
        row = []
        for k, (f, split) in enumerate([(jiwer.process_characters, list), (jiwer.process_words, str.split)]):
            if split(ref):
                o = f(ref, hyp)
                e = o.substitutions + o.deletions + o.insertions
            else:
                e = len(split(hyp))
            errors[k] += e
            total[k] += len(split(ref))
            row.append(e)
        rows.append({"target": ref, "text": hyp, "char_errors": row[0], "word_errors": row[1]})
    out["texts"].append({"name": name, "args": args.split(), "cer": errors[0] / total[0], "wer": errors[1] / total[1], "rows": rows})


# ---------------------------------------------------------------- checks of the definition itself

def checks():
    r = np.random.RandomState(1)
    for _ in range(40):
        T, K = r.randint(1, 6), r.randint(2, 4)
        y = [int(k) for k in r.randint(1, K, r.randint(0, 4))]
        lp = torch.from_numpy(r.randn(T, K)).log_softmax(-1)
        a, b, c = float(forward(lp, y)), all_paths(lp, y), float(torch_ctc(lp[:, None], [y], [T])[0])
        assert a == b == INF or abs(a - b) < 1e-12 * max(abs(b), 1), (a, b)
        assert a == c or abs(a - c) < 1e-12 * max(abs(a), 1), (a, c)


if __name__ == "__main__":
    inputs()
    C.put("two.npy", np.array([2, 2]))
    checks()
    definitions()
    conventions()
    reader()
    decoding()
    C.write("optax", "jax", "keras", "torchaudio", "jiwer")
