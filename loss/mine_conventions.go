package loss

// mineConventions are the libraries whose numbers triplet mine reproduces.
var mineConventions = []Convention{
	{
		Name: "pml",
		Doc:  "pytorch-metric-learning's TripletMarginLoss: all triplets of unit vectors, margin 0.05, the mean of what is not 0; --mining semi-hard and hard are its TripletMarginMiner, which keeps every triplet of the band, batch-hard and easy-positive its BatchHardMiner and BatchEasyHardMiner",
		Set:  []Setting{{"mining", "batch-all"}, {"normalize", "true"}, {"margin", "0.05"}, {"every-semi-hard", "true"}, {"reduction", "active"}},
	},
	{
		Name:       "sbert",
		Doc:        "sentence-transformers' BatchHard, BatchAll and BatchSemiHardTripletLoss (--mining): margin 5; batch-hard counts rows without a positive too, with a distance of 0; batch-all is the mean of what is not 0",
		Set:        []Setting{{"margin", "5"}, {"every-anchor", "true"}},
		Reductions: map[string]string{"mean": "sbert-mean"},
	},
	{
		Name: "tfa",
		Doc:  "TensorFlow Addons' TripletSemiHardLoss, and TripletHardLoss with --mining batch-hard, which counts rows without a positive too: squared distances (its L_2; its L_1 is --distance l2), margin 1; a batch of one label, whose number there has no meaning, has no triplet",
		Set:  []Setting{{"mining", "batch-semi-hard"}, {"distance", "sql2"}, {"margin", "1"}, {"every-anchor", "true"}},
	},
	{
		Name: "facenet",
		Doc:  "Schroff et al. 2015: the semi-hard negative of every positive pair, squared distances, margin 0.2; the embeddings of the paper are unit vectors, --normalize makes them",
		Set:  []Setting{{"mining", "semi-hard"}, {"distance", "sql2"}, {"margin", "0.2"}},
	},
	{
		Name: "hermans",
		Doc:  "Hermans et al. 2017: batch-hard, soft margin, distances that are not squared; --mining batch-all --reduction active is their batch all ≠ 0",
		Set:  []Setting{{"mining", "batch-hard"}, {"margin", "soft"}},
	},
}
