// MDPSolvers
