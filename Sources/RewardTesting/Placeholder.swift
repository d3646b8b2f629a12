// RewardTesting
