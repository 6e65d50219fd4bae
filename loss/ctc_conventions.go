package loss

// ctcConventions are the libraries whose numbers ctc reproduces. They differ
// in what the mean divides by and in what an utterance costs that has no
// alignment.
var ctcConventions = []Convention{
	{
		Name:       "torch",
		Doc:        "CTCLoss, ctc_loss: the mean divides every loss by its labels first; the gradient by log-probs is exp(log p) − γ; zero_infinity is --infeasible zero",
		Set:        []Setting{{"gradient", "torch"}},
		Reductions: map[string]string{"mean": "target-length"},
	},
	{
		Name: "warp-ctc",
		Doc:  "the sum of the costs (size_average is --reduction batchmean, length_average frame); an utterance without an alignment costs 0",
		Set:  []Setting{{"infeasible", "zero"}, {"reduction", "sum"}},
	},
	{
		Name: "tf",
		Doc:  "tf.nn.ctc_loss: a number an utterance, of which this is the mean; the blank is 0, and the last class where blank_index is −1 and in tf.compat.v1 (--blank last)",
		Set:  []Setting{{"blank", "0"}},
	},
	{
		Name: "keras",
		Doc:  "losses.CTC: mean over utterances; 0 is the blank and the padding; the JAX backend is as optax where there is no alignment",
		Set:  []Setting{{"blank", "0"}, {"target-pad", "0"}},
	},
	{
		Name: "optax",
		Doc:  "ctc_loss: log 0 is −1e5, so that an utterance without an alignment costs about 1e5 for each step that it lacks",
		Set:  []Setting{{"log-zero", "-1e5"}},
	},
	{
		Name: "espnet",
		Doc:  "CTC: the sum ÷ utterances, zero_infinity",
		Set:  []Setting{{"infeasible", "zero"}},
	},
	{
		Name:       "hf",
		Doc:        "Wav2Vec2ForCTC and others: the sum (ctc_loss_reduction), or torch's mean; negative labels are padding; the blank is pad_token_id",
		Set:        []Setting{{"reduction", "sum"}},
		Reductions: map[string]string{"mean": "target-length"},
	},
	{
		Name:       "k2",
		Doc:        "ctc_loss: the sum; mean divides every loss by its labels first; paths outside its beam of 10 are missing from k2's number, not from this one",
		Set:        []Setting{{"blank", "0"}, {"reduction", "sum"}},
		Reductions: map[string]string{"mean": "target-length"},
	},
}
