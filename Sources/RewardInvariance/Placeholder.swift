// RewardInvariance
