// Exploration
