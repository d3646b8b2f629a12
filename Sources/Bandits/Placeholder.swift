// Bandits
