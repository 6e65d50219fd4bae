package loss

// distillConventions are the codes that students are trained with.
var distillConventions = []Convention{
	{
		Name: "repdistiller",
		Doc:  "DistillKL of RepDistiller: T²·KL ÷ axis 0, T 4; its training script adds 0.1 of the cross-entropy to 0.9 of it",
		Set:  []Setting{{"temperature", "4"}},
	},
	{
		Name: "mdistiller",
		Doc:  "KD and DKD of mdistiller: as the default; logit-std adds 1e-7 to the standard deviation, dkd trains with --ce-weight 1 --kd-weight 1 and a warm-up that is not here",
		Set:  []Setting{{"temperature", "4"}, {"std-eps", "1e-7"}},
	},
	{
		Name: "torchdistill",
		Doc:  "KDLoss, LogitStdKDLoss, DISTLoss: α·CE + (1−α)·T²·KL with α = --ce-weight and 1−α = --kd-weight; without labels T² is left out, but for dist; std + 1e-7",
		Set:  []Setting{{"std-eps", "1e-7"}, {"t2-with-labels", "true"}},
	},
	{
		Name: "deit",
		Doc:  "DistillationLoss, soft: T²·KL ÷ (N·C), so C times smaller, T 3; half of it and half of the cross-entropy",
		Set:  []Setting{{"temperature", "3"}, {"class-mean", "true"}, {"ce-auto", "0.5"}, {"kd-auto", "0.5"}},
	},
	{
		Name: "mmdet",
		Doc:  "KnowledgeDistillationKLDivLoss, LocalizationDistillationLoss: the mean over the classes too, so C times smaller, T 10; no cross-entropy",
		Set:  []Setting{{"temperature", "10"}, {"class-mean", "true"}, {"ce-auto", "0"}, {"kd-auto", "1"}},
	},
	{
		Name:       "trl",
		Doc:        "GKDTrainer: generalised Jensen-Shannon of T 1 without T²; labels only say which tokens count; batchmean divides by these, and by axis 0 without labels; mean divides by the vocabulary too",
		Set:        []Setting{{"kind", "gkd"}, {"temperature", "1"}, {"no-t2", "true"}, {"ce-auto", "0"}, {"kd-auto", "1"}, {"reduction", "batchmean"}},
		Reductions: map[string]string{"batchmean": "valid", "mean": "elements"},
	},
	{
		Name: "sentence-transformers",
		Doc:  "DistillKLDivLoss: KL of the scores ÷ axis 0, T 1; no cross-entropy",
		Set:  []Setting{{"temperature", "1"}, {"ce-auto", "0"}, {"kd-auto", "1"}},
	},
}
