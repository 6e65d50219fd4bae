package loss

// tokensConventions are the trainers whose numbers kl tokens reproduces. They
// differ in the estimator, in what is clamped, and in what divides.
var tokensConventions = []Convention{
	{
		Name: "trl",
		Doc:  "GRPOTrainer: k3 of sampled tokens, no clamp; loss_type dapo and bnpo are the token-mean, grpo and dr_grpo are --aggregate grpo and dr-grpo with --max-length; without a token it gives 0",
		Set:  []Setting{{"estimator", "k3"}},
	},
	{
		Name: "trl-ppo",
		Doc:  "objective/kl of PPOTrainer: k1 of sampled tokens, summed over each sequence, ÷ all sequences",
		Set:  []Setting{{"estimator", "k1"}, {"reduction", "batchmean"}},
	},
	{
		Name: "trl-gkd",
		Doc:  "generalized_jsd_loss of GKDTrainer over the vocabulary, β 0.5, temperature 1 without T²; its batchmean divides by the tokens",
		Set:  []Setting{{"divergence", "gjs"}, {"gjs-beta", "0.5"}, {"temperature", "1"}},
	},
	{
		Name: "verl",
		Doc:  "low_var_kl: k3 with d clamped to ±20 and the estimate to ±10; its other estimators are not clamped: then say --clip-log-ratio none --clip-value none; loss_agg_mode is --aggregate, and adds 1e-8 to the tokens of a sequence; the seq-mean-token-sum-norm of its older versions is not divided by the sequences",
		Set:  []Setting{{"estimator", "k3"}, {"clip-log-ratio", "20"}, {"clip-value", "10"}},
	},
	{
		Name: "openrlhf",
		Doc:  "compute_approx_kl: k1 unless --estimator k2 or k3, clamped to ±10 as its newer versions do; token-mean",
		Set:  []Setting{{"estimator", "k1"}, {"clip-value", "10"}},
	},
	{
		Name:       "torch",
		Doc:        "nn.functional.kl_div(log_softmax(pred), softmax(target)): mean divides by the vocabulary too, batchmean by the sequences alone",
		Set:        []Setting{{"divergence", "forward"}, {"sum-tolerance", "none"}, {"reduction", "mean"}},
		Reductions: map[string]string{"mean": "elements"},
	},
}
