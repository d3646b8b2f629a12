public import ArgumentParser
public import MDPSolvers

/// `automatic`, `dyadic` or `fractions` on the command line.
extension NumberReading: ExpressibleByArgument {}
