package loss

// tripletConventions are the libraries whose numbers triplet reproduces.
var tripletConventions = []Convention{
	{
		Name: "torch",
		Doc:  "TripletMarginLoss: 1e-6 is added to every component of a difference before its norm, which moves a distance by up to 1e-6·√D; 1 − cosine_similarity with TripletMarginWithDistanceLoss",
		Set:  []Setting{{"margin", "1"}, {"eps", "1e-6"}, {"eps-where", "difference"}},
	},
	{
		Name: "optax",
		Doc:  "triplet_margin_loss: 1e-6 is added under the root, so a distance is at least 0.001; its odd norm_degree, which adds up signed powers, is not reproduced",
		Set:  []Setting{{"margin", "1"}, {"eps", "1e-6"}, {"eps-where", "root"}},
	},
	{
		Name: "pml",
		Doc:  "pytorch-metric-learning's TripletMarginLoss: unit vectors, margin 0.05, the mean of what is not 0; its other norms also divide by another norm, which is not reproduced",
		Set:  []Setting{{"normalize", "true"}, {"margin", "0.05"}, {"reduction", "active"}},
	},
	{
		Name: "sbert",
		Doc:  "sentence-transformers' TripletLoss: margin 5",
		Set:  []Setting{{"margin", "5"}},
	},
	{
		Name: "sbert-2025",
		Doc:  "sentence-transformers of October 2025, whose l2 and l1 are similarities, minus the distance: the loss grows as the positive comes nearer (issue 3702, mended by 3704)",
		Set:  []Setting{{"margin", "5"}, {"inverted", "true"}},
	},
	{
		Name: "facenet",
		Doc:  "Schroff et al. 2015: squared distances, margin 0.2; the embeddings of the paper are unit vectors, --normalize makes them",
		Set:  []Setting{{"distance", "sql2"}, {"margin", "0.2"}},
	},
	{
		Name: "hermans",
		Doc:  "Hermans et al. 2017: soft margin, distances that are not squared",
		Set:  []Setting{{"margin", "soft"}},
	},
}
