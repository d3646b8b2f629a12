// RewardDistances
